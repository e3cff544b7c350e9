// authd referral payout: a day of a program or of all, paid or foretold now.

#include <fmt/format.h>

#include <algorithm>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <cstdio>

#include "authd/commands/commands.h"
#include "authd/commands/recon_desk.h"
#include "authd/commands/referral_desk.h"
#include "authd/commands/referral_progress.h"
#include "authd/explain/words.h"
#include "authd/referral/payout/payout.h"
#include "authd/referral/payout/preview.h"

namespace authd::commands {

namespace json = boost::json;
using referral::PayOutcome;
using referral::PayoutCounts;
using referral::PayoutObstacle;
using referral::PayoutReport;
using referral::PreviewLine;
using store::PgError;

namespace {

std::string_view outcome_name(std::optional<PayOutcome> outcome) {
  return outcome ? name(*outcome) : "under_review";
}

json::object counts_json(const PayoutCounts& counts) {
  json::object failed;
  for (std::size_t i = 0; i < counts.failed.size(); ++i)
    failed[referral::payout_failure_names[i]] = counts.failed[i];
  return {{"paid", counts.paid},
          {"paid_minor", counts.paid_minor},
          {"paid_before", counts.paid_before},
          {"carried", counts.carried},
          {"carried_minor", counts.carried_minor},
          {"failed", std::move(failed)},
          {"failed_minor", counts.failed_minor}};
}

void print_line(const json::object& line) { std::printf("%s\n", json::serialize(line).c_str()); }

// ---------------------------------------------------------------------------------------------
// What would be

void print_preview(const PreviewLine& line, core::Currency currency, bool as_json) {
  const std::string outcome(outcome_name(line.outcome));
  if (as_json) {
    json::object object{{"holder", line.holder},
                        {"amount_minor", line.minor},
                        {"held_minor", line.held_minor},
                        {"outcome", outcome}};
    if (line.account != 0) object["account"] = line.account;
    print_line(object);
    return;
  }
  const std::string held =
      line.held_minor == 0 ? "" : ", under review " + explain::money(line.held_minor, currency);
  const std::string into = line.account == 0 ? "" : fmt::format(" to account {}", line.account);
  std::printf("holder %lld\t%s\t%s%s%s\n", static_cast<long long>(line.holder),
              explain::money(line.minor, currency).c_str(), outcome.c_str(), into.c_str(),
              held.c_str());
}

// None where it is not known, which cannot be: amounts are then minor units.
core::Result<core::Currency, PgError> currency_of(store::Connection& connection,
                                                  const std::string& program) {
  AUTHD_TRY(row, connection.exec("SELECT currency::text FROM authd.referral_program"
                                 " WHERE program = $1::text",
                                 store::PgParams().text(program)));
  if (row.rows() == 0) return core::Currency{};
  return core::Currency::from_alpha(row.text(0, 0)).value_or(core::Currency{});
}

constexpr const char* not_finished =
    "not finished: who was paid stays paid; the same command goes on with it\n";

int foretell(ReferralDesk& desk, const ReferralPayoutArguments& arguments, core::LocalDay day) {
  const auto currency = currency_of(desk.connection, arguments.program);
  if (!currency) return failed(currency.error());
  PayoutCounts counts;
  std::int64_t under_review = 0;
  const auto done =
      referral::preview_payout(desk.connection, arguments.program, day, [&](const auto& page) {
        for (const PreviewLine& line : page) {
          print_preview(line, *currency, arguments.json);
          if (line.outcome) counts.count(*line.outcome, line.minor);
          under_review += line.held_minor;
        }
      });
  if (!done) return failed(done.error());
  json::object sum{{"program", arguments.program}, {"date", arguments.date}, {"dry_run", true}};
  sum["under_review_minor"] = under_review;
  sum["foretold"] = counts_json(counts);
  if (arguments.json) {
    print_line(sum);
    return exit_ok;
  }
  const auto money = [&](std::int64_t minor) { return explain::money(minor, *currency); };
  std::printf("%s",
              fmt::format("{} of {}: {} members would be paid {}; {} could not be, {}; {} carried"
                          " over, {}; {} paid on this day before; {} under review\n",
                          arguments.program, arguments.date, counts.paid, money(counts.paid_minor),
                          counts.failures(), money(counts.failed_minor), counts.carried,
                          money(counts.carried_minor), counts.paid_before, money(under_review))
                  .c_str());
  return exit_ok;
}

// ---------------------------------------------------------------------------------------------
// What was done

// Who could not be paid on the day, in pages: they may be many.
core::Result<void, PgError> print_failures(store::Connection& connection,
                                           const PayoutReport& report, bool as_json) {
  constexpr int page_rows = 500;
  const core::Currency currency =
      core::Currency::from_alpha(report.currency).value_or(core::Currency{});
  for (std::int64_t after = 0;;) {
    AUTHD_TRY(rows, connection.exec("SELECT holder_id, amount_minor, reason, coalesce(detail, '')"
                                    " FROM authd.referral_payout_failure WHERE program = $1::text"
                                    " AND day = $2::date AND holder_id > $3::bigint"
                                    " ORDER BY holder_id LIMIT $4::integer",
                                    store::PgParams()
                                        .text(report.program)
                                        .number(referral::pg_date(report.day))
                                        .number(after)
                                        .number(page_rows)));
    for (int row = 0; row < rows.rows(); ++row) {
      after = rows.number<std::int64_t>(row, 0);
      const auto minor = rows.number<std::int64_t>(row, 1);
      const auto outcome = static_cast<PayOutcome>(rows.number<std::int16_t>(row, 2) + 10);
      const std::string name(outcome_name(outcome));
      const std::string detail = printable(json::value(rows.text(row, 3)));
      if (as_json) {
        print_line(
            {{"holder", after}, {"amount_minor", minor}, {"outcome", name}, {"detail", detail}});
        continue;
      }
      std::printf("holder %lld\t%s\t%s\t%s\n", static_cast<long long>(after),
                  explain::money(minor, currency).c_str(), name.c_str(), detail.c_str());
    }
    if (rows.rows() < page_rows) return {};
  }
}

void print_report(const PayoutReport& report, bool as_json) {
  if (as_json) {
    print_line({{"program", report.program},
                {"date", referral::day_text(report.day)},
                {"currency", report.currency},
                {"paid_again", report.was_finished},
                {"now", counts_json(report.now)},
                {"day", json::object{{"paid", report.paid},
                                     {"paid_minor", report.paid_minor},
                                     {"failed", report.failed},
                                     {"carried", report.carried},
                                     {"carried_minor", report.carried_minor}}}});
    return;
  }
  const auto money = [&report](std::int64_t minor) {
    return explain::money(minor,
                          core::Currency::from_alpha(report.currency).value_or(core::Currency{}));
  };
  std::string text;
  if (report.was_finished) {
    text = fmt::format(
        "this day was paid before, and nobody is paid twice a day: {} more were paid {} now; what"
        " {} others are owed since waits for the next day\n",
        report.now.paid, money(report.now.paid_minor), report.now.paid_before);
  }
  text += fmt::format("{} of {}: {} members paid {}; {} could not be; {} carried over, {}\n",
                      report.program, referral::day_text(report.day), report.paid,
                      money(report.paid_minor), report.failed, report.carried,
                      money(report.carried_minor));
  std::fputs(text.c_str(), stdout);
}

// Nothing is in the way, or a line on standard error says what is.
bool can_be_paid(ReferralDesk& desk, const ReferralPayoutArguments& arguments, core::LocalDay day) {
  const auto obstacle = referral::payout_obstacle(desk.connection, arguments.program, day);
  if (!obstacle) {
    failed(obstacle.error());
    return false;
  }
  if (!*obstacle) return true;
  const bool one_may_look = arguments.dry_run && **obstacle != PayoutObstacle::unknown_program;
  switch (**obstacle) {
    case PayoutObstacle::unknown_program:
      std::fprintf(stderr, "program %s has no referral\n", arguments.program.c_str());
      break;
    case PayoutObstacle::future_day:
      if (one_may_look) break;
      std::fprintf(stderr, "%s has not begun in the time zone of program %s; --dry-run works\n",
                   arguments.date.c_str(), arguments.program.c_str());
      break;
    case PayoutObstacle::resting:
      std::fprintf(stderr, "program %s is paused: its payouts wait until it goes on\n",
                   arguments.program.c_str());
      break;
  }
  return one_may_look;
}

int pay(ReferralDesk& desk, const ReferralPayoutArguments& arguments, core::LocalDay day,
        const std::stop_token& stop) {
  referral::PayoutOptions options;
  options.connection = desk.options;
  options.at_once = desk.config.referral.value_or(referral::Settings{}).payouts_at_once;
  ReferralProgressPrinter printer(arguments.quiet);
  const auto report = referral::perform_payout(
      options, arguments.program, day, operator_name(), stop,
      [&printer](const referral::PayoutProgress& progress) { printer.show(progress); });
  printer.end();
  if (!report) {
    std::fputs(not_finished, stderr);
    return failed(report.error());
  }
  if (!*report) {
    std::fprintf(stderr, "another process pays program %s, or it has just been paused\n",
                 arguments.program.c_str());
    return exit_failed;
  }
  const auto printed = print_failures(desk.connection, **report, arguments.json);
  print_report(**report, arguments.json);
  if (!printed) return failed(printed.error());
  return (*report)->failed == 0 ? exit_ok : exit_failed;
}

// The one that was named, or all that have referral, by their names.
core::Result<std::vector<std::string>, PgError> programs_of(
    ReferralDesk& desk, const ReferralPayoutArguments& arguments) {
  if (!arguments.program.empty()) return std::vector{arguments.program};
  AUTHD_TRY(rows,
            desk.connection.exec("SELECT program FROM authd.referral_program ORDER BY program",
                                 store::PgParams()));
  std::vector<std::string> programs;
  for (int row = 0; row < rows.rows(); ++row) programs.emplace_back(rows.text(row, 0));
  return programs;
}

}  // namespace

int referral_payout(const std::filesystem::path& config_file,
                    const ReferralPayoutArguments& arguments) {
  const auto day = referral::parse_day(arguments.date);
  if (!day) {
    std::fprintf(stderr, "--date %s: a day is given as YYYY-MM-DD\n", arguments.date.c_str());
    return exit_cannot_start;
  }
  auto desk = referral_desk(config_file);
  if (!desk) return exit_cannot_start;
  const auto programs = programs_of(*desk, arguments);
  if (!programs) return failed(programs.error());
  if (programs->empty()) {
    std::fputs("no program has referral\n", stderr);
    return exit_cannot_start;
  }
  // What is in the way of one keeps no other from being paid.
  std::optional<StopOnSignal> signals;
  if (!arguments.dry_run) signals.emplace();
  int worst = exit_ok;
  for (const std::string& program : *programs) {
    if (signals && signals->token().stop_requested()) {
      std::fputs(not_finished, stderr);
      return exit_failed;
    }
    ReferralPayoutArguments one = arguments;
    one.program = program;
    int code = exit_cannot_start;
    if (can_be_paid(*desk, one, *day)) {
      code = one.dry_run ? foretell(*desk, one, *day) : pay(*desk, one, *day, signals->token());
    }
    worst = std::max(worst, code);
  }
  return worst;
}

}  // namespace authd::commands
