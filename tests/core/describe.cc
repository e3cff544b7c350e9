#include "tests/core/describe.h"

#include <sstream>
#include <type_traits>

namespace authd::core::test {
namespace {

template <class... Words>
std::string line(const Words&... words) {
  std::ostringstream out;
  ((out << words << ' '), ...);
  return out.str();
}

std::string text(Money money) {
  return std::to_string(money.minor_units) + ' ' + std::string(money.currency.alpha());
}

std::string text(const Owner& owner) {
  if (const auto* account = std::get_if<AccountId>(&owner.of))
    return line("account", account->value);
  if (const auto* card = std::get_if<Owner::CardOwner>(&owner.of)) {
    return line("card", card->program.view(), card->card.view());
  }
  return line("program", std::get<ProgramId>(owner.of).view());
}

std::string text(const Check& check) {
  const auto* limit = std::get_if<Limit>(&check);
  if (limit == nullptr) return std::string(name(kind_of(check)));
  return line(limit->measure == Limit::Measure::amount ? "amount" : "count", "max", limit->max,
              name(limit->window.period), limit->window.rolling_s, limit->window.zone.view(),
              "counts", name(limit->counts));
}

std::string text(const Details& details) {
  return line("mcc", details.merchant.mcc, details.merchant.id.view(),
              details.merchant.country.view());
}

std::string text(const Request& request) {
  return line("request", request.program.view(), request.message.view(), "of",
              request.authorization.view(), request.card.view(), name(request.kind),
              text(request.amount), "cash-back", request.cash_back_minor,
              request.partial_approval ? "partial" : "", text(request.details));
}

std::string text(const Event& event) {
  return line("event", event.program.view(), event.notice.view(), name(event.kind), "of",
              event.authorization.view(), "about", event.about.view(), event.card.view(),
              name(event.transaction), text(event.amount), event.final ? "final" : "",
              event.timed_out ? "timed-out" : "", text(event.details));
}

std::string text(const SetControl& set) {
  return line("set control", set.control.id.value, "on", text(set.owner),
              set.control.mode == Mode::shadow ? "shadow" : "", text(set.control.check),
              set.control.filter == Filter{} ? "" : "filtered");
}

std::string text(const ChangeAccount& change) {
  return line("change account", change.account.value, "status", static_cast<int>(change.status),
              "overdraft", change.overdraft_minor, "minimum", change.minimum_minor,
              name(change.kyc));
}

std::string text(const ChangeCard& change) {
  return line("change card", change.program.view(), change.card.view(), "status",
              static_cast<int>(change.status), "valid", change.active_from.unix_us,
              change.expires_at.unix_us);
}

std::string text(const Program& program) {
  return line("configure", program.id.view(), program.zone.view(),
              program.partial_approval ? "partial" : "", "days", program.hold_days,
              program.hold_periods.size(), "extra", program.extra_holds.size());
}

std::string text(const MoveMoney& move) {
  return line("move", move.program.view(), move.id.view(), name(move.kind), "from", move.from.value,
              "to", move.to.value, text(move.amount), move.reserve ? "reserve" : "",
              move.mirrored ? "mirrored" : "");
}

std::string text(const AdvanceTransfer& advancing) {
  return line("advance", advancing.program.view(), advancing.id.view(), "to", name(advancing.to));
}

std::string text(const MirrorAccount& mirror) {
  const Account& account = mirror.account;
  return line("mirror account", account.id.value, account.currency.alpha(), "status",
              static_cast<int>(account.status), "posted", account.posted_minor, "overdraft",
              account.overdraft_minor, "minimum", account.minimum_minor, name(account.kyc));
}

std::string text(const MirrorCard& mirror) {
  const Card& card = mirror.card;
  return line("mirror card", card.program.view(), card.token.view(), "account", card.account.value,
              "status", static_cast<int>(card.status));
}

std::string text(const MirrorControl& mirror) {
  return line("mirror", text(SetControl{mirror.owner, mirror.control}), "version",
              mirror.control.version, "counter", mirror.control.counter.value);
}

std::string text(const Moved& moved) {
  const Transfer& transfer = moved.transfer;
  return line("moved", "origin", static_cast<int>(moved.origin), "fault",
              static_cast<int>(moved.fault), transfer.id.view(), name(transfer.status),
              name(transfer.reason), "held", moved.from_held_minor, "posted",
              moved.from_posted_minor, "to", moved.to_posted_minor, "changed",
              transfer.changed_at.unix_us, "begun by", transfer.begun_by.value);
}

std::string text(const Booking& booking) {
  return line("booking", "origin", static_cast<int>(booking.origin), "fault",
              static_cast<int>(booking.fault), "authorization", booking.authorization.value,
              "account", booking.account.value, "held", booking.held_minor, "posted",
              booking.posted_minor, "pending", booking.pending_credit_minor,
              booking.unasked ? "unasked" : "", booking.over_captured ? "over-captured" : "",
              booking.late ? "late" : "", booking.ghost ? "ghost" : "",
              booking.below_zero ? "below-zero" : "");
}

std::string text(const Answer& answer) {
  return line("answer", "origin", static_cast<int>(answer.origin), name(answer.decision.reason),
              text(answer.decision.approved), "posted", answer.decision.balance.posted_minor,
              "available", answer.decision.balance.available_minor, "authorization",
              answer.authorization.value, "at", answer.decided_at.unix_us);
}

}  // namespace

std::string describe(const Command& command) {
  return std::visit(
      [](const auto& given) -> std::string {
        using Given = std::decay_t<decltype(given)>;
        if constexpr (std::is_same_v<Given, OpenAccount>) {
          return line("open account", given.account.id.value);
        } else if constexpr (std::is_same_v<Given, IssueCard>) {
          return line("issue", given.card.program.view(), given.card.token.view(), "account",
                      given.card.account.value);
        } else if constexpr (std::is_same_v<Given, RemoveControl>) {
          return line("remove control", given.control.value, "of", text(given.owner));
        } else if constexpr (std::is_same_v<Given, ConfigureProgram>) {
          return text(given.program);
        } else if constexpr (std::is_same_v<Given, DefineZone>) {
          return line("define zone", given.zone.name.view());
        } else if constexpr (std::is_same_v<Given, ExpireNext>) {
          return "expire next";
        } else if constexpr (std::is_same_v<Given, Abandon>) {
          return line("abandon", given.program.view(), given.message.view());
        } else if constexpr (std::is_same_v<Given, MirrorRemoval>) {
          return line("mirror removal", given.control.value, "of", text(given.owner));
        } else if constexpr (std::is_same_v<Given, MirrorMark>) {
          return line("mirror mark", given.system_id, given.end_lsn);
        } else {
          return text(given);
        }
      },
      command);
}

std::string describe(const Moment& moment) {
  return line("at", moment.at.unix_us, "sequence", moment.sequence.value, "exposure",
              moment.exposure_minor, "age", moment.mirror_age_us,
              moment.past_deadline ? "past-deadline" : "");
}

std::string describe(const Outcome& outcome) {
  if (const auto* setup = std::get_if<Setup>(&outcome)) return line("setup", name(*setup));
  if (const auto* booking = std::get_if<Booking>(&outcome)) return text(*booking);
  if (const auto* moved = std::get_if<Moved>(&outcome)) return text(*moved);
  return text(std::get<Answer>(outcome));
}

std::string describe(const Explanation& explanation) {
  std::string all = line("explanation: before", explanation.before.posted_minor,
                         explanation.before.available_minor, "extra", explanation.extra_hold_minor);
  if (explanation.decided_by) all += line("decided by", static_cast<int>(*explanation.decided_by));
  for (const Finding& finding : explanation.findings) {
    all +=
        "\n    " + line(name(finding.level), finding.control.value, "v", finding.version,
                        name(finding.check), finding.mode == Mode::shadow ? "shadow" : "",
                        finding.passed ? "passed" : "failed", "limit", finding.limit, "used",
                        finding.used, "asked", finding.asked, "resets", finding.resets_at.unix_us);
  }
  return all;
}

}  // namespace authd::core::test
