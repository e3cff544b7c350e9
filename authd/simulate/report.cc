#include "authd/simulate/report.h"

#include <iomanip>
#include <ostream>
#include <sstream>
#include <utility>

namespace authd::simulate {

namespace {

constexpr int name_width = 20;

std::ostream& row(std::ostream& out, const std::string& name) {
  return out << std::left << std::setw(name_width) << name << std::right;
}

void add_latencies(std::ostream& out, const std::string& name, const Latencies& latencies) {
  const LatencySummary us = latencies.summary();
  if (us.count == 0) return;
  const auto ms = [](std::uint32_t microseconds) { return microseconds / 1'000.0; };
  row(out, name) << "p50 " << ms(us.p50_us) << "  p90 " << ms(us.p90_us) << "  p99 "
                 << ms(us.p99_us) << "  p99.9 " << ms(us.p99_9_us) << "  max " << ms(us.max_us)
                 << " ms\n";
}

std::string text_of(const Balance& balance) {
  return "posted " + std::to_string(balance.posted_minor) + ", held " +
         std::to_string(balance.held_minor) + ", available " +
         std::to_string(balance.available_minor);
}

void add_wrong(std::ostream& out, const WrongAnswer& wrong) {
  out << "\nWRONG  " << wrong.life_cycle << ", program " << wrong.program << ", "
      << (wrong.was_question ? "authorizations" : "events") << ": " << wrong.what << "\n"
      << "  sent      " << wrong.sent << "\n";
  if (wrong.status != 0) out << "  answered  " << wrong.status << " " << wrong.body << "\n";
}

void add_finding(std::ostream& out, const Report& report) {
  for (const WrongAnswer& wrong : report.wrong) add_wrong(out, wrong);
  if (report.wrong_count > report.wrong.size())
    out << "\nand " << report.wrong_count - report.wrong.size() << " more wrong answers\n";
  for (const WrongBalance& wrong : report.wrong_balances) {
    out << "\nWRONG  account " << wrong.account << " (minor units of " << wrong.currency << ")\n"
        << "  expected  " << text_of(wrong.expected) << "\n"
        << "  found     " << text_of(wrong.found) << "\n";
  }
  for (const std::string& note : report.notes) out << "\nNOTE  " << note << "\n";
  for (const std::string& problem : report.problems) out << "\nPROBLEM  " << problem << "\n";
  out << (report.is_right() ? "\nEverything was right.\n" : "\nNot everything was right.\n");
}

}  // namespace

void Report::add_wrong(WrongAnswer answer) {
  ++wrong_count;
  if (wrong.size() < wrong_answers_max) wrong.push_back(std::move(answer));
}

bool Report::is_right() const noexcept {
  return wrong_count == 0 && wrong_balances.empty() && problems.empty();
}

std::string to_text(const Report& report) {
  std::ostringstream out;
  out << std::fixed << std::setprecision(2);
  row(out, "simulated") << report.name;
  if (report.life_cycles > 0)
    out << ", " << report.life_cycles << " life cycles, seed " << report.seed;
  out << "\n";
  std::uint64_t total = 0;
  for (const auto& [program, sent] : report.sent) {
    total += sent.questions + sent.events;
    row(out, "sent to " + program)
        << sent.questions << " questions, " << sent.events << " events\n";
  }
  row(out, "in") << report.seconds << " s";
  if (report.seconds > 0)
    out << ", " << static_cast<double>(total) / report.seconds << " messages/s";
  out << "\n";
  row(out, "of these") << report.repeated << " repeated, " << report.reordered << " reordered, "
                       << report.late << " late, " << report.lost << " lost\n";
  row(out, "answered");
  for (const auto& [status, count] : report.answers) out << status << ": " << count << "  ";
  out << "\n";
  row(out, "decisions") << report.approved << " approved, " << report.declined << " declined\n";
  add_latencies(out, "questions", report.questions);
  add_latencies(out, "events", report.events);
  if (report.accounts > 0) {
    row(out, "balances") << report.accounts - report.wrong_balances.size() << " of "
                         << report.accounts << " accounts right\n";
  }
  add_finding(out, report);
  return std::move(out).str();
}

}  // namespace authd::simulate
