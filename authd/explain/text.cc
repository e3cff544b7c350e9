#include "authd/explain/text.h"

#include <fmt/format.h>

#include <algorithm>

#include "authd/explain/words.h"

namespace authd::explain {

namespace {

using core::Currency;
using core::Finding;
using core::Limit;
using core::Reason;

// What the figures of a finding count.
enum class Unit : std::uint8_t { unknown = 1, minor_units = 2, authorizations = 3 };

constexpr Unit unit_of(Limit::Measure measure) noexcept {
  return measure == Limit::Measure::amount ? Unit::minor_units : Unit::authorizations;
}

std::string figure(std::int64_t value, Unit unit, Currency currency) {
  if (unit == Unit::minor_units) return money(value, currency);
  if (unit == Unit::authorizations) {
    return fmt::format("{} authorization{}", value, value == 1 ? "" : "s");
  }
  return fmt::format("{} (minor units or authorizations)", value);
}

std::string window_words(const core::Window& window) {
  const std::string zone =
      window.zone.empty() ? "" : fmt::format(" ({})", clean(window.zone.view()));
  switch (window.period) {
    case core::Period::transaction: return "in one authorization";
    case core::Period::day:
    case core::Period::week:
    case core::Period::month:
    case core::Period::year: return fmt::format("a {}{}", core::name(window.period), zone);
    case core::Period::lifetime: return "in all";
    case core::Period::rolling: return fmt::format("in any {} s", window.rolling_s);
  }
  return "";
}

bool has_figures(const Finding& finding) noexcept {
  return finding.check == core::CheckKind::limit || finding.check == core::CheckKind::single_use;
}

// The lines of one request.
class Sheet {
 public:
  Sheet(const store::Record& record, const Definitions& definitions)
      : request_(std::get<core::Request>(record.command)),
        decision_(std::get<core::Answer>(record.outcome).decision),
        answer_(std::get<core::Answer>(record.outcome)),
        record_(record),
        definitions_(definitions) {}

  std::string text() {
    headline();
    circumstances();
    amounts();
    balances();
    decided_by();
    findings();
    return std::move(text_);
  }

 private:
  void line(std::string_view label, std::string_view value) {
    if (!value.empty()) text_ += fmt::format("  {:<14} {}\n", label, value);
  }
  void inner(std::string_view label, std::string_view value) {
    text_ += fmt::format("    {:<12} {}\n", label, value);
  }

  bool is_partial() const noexcept {
    return decision_.is_approved() && decision_.approved != request_.amount;
  }

  void headline() {
    std::string verdict = fmt::format("DECLINED, {}", core::name(decision_.reason));
    if (decision_.is_approved()) verdict = "APPROVED " + money(decision_.approved);
    if (is_partial()) {
      verdict = fmt::format("APPROVED IN PART, {} of {}", money(decision_.approved),
                            money(request_.amount));
    }
    text_ += fmt::format("Request {} of program {}: {}\n", request_.message.view(),
                         request_.program.view(), verdict);
    std::string_view why = meaning(decision_.reason);
    if (is_partial())
      why = "The available balance covered only a part, and a part could be approved.";
    if (was_confirmed()) why = "The processor had approved it before it asked.";
    text_ += fmt::format("{}\n\n", why);
  }

  // Whether the processor had reported an approval of this message before the request came.
  bool was_confirmed() const noexcept {
    if (!decision_.is_approved()) return false;
    return std::any_of(record_.rows.begin(), record_.rows.end(), [this](const core::Row& row) {
      const auto* const message = std::get_if<core::Message>(&row);
      return message != nullptr && message->id == request_.message &&
             message->notice == core::Message::Notice::approved;
    });
  }

  void circumstances() {
    line("Decided", fmt::format("{}, record {} of the journal", utc(record_.moment.at),
                                record_.moment.sequence.value));
    line("Kind", core::name(request_.kind));
    line("Card", request_.card.view());
    if (const core::AccountId account = account_of_rows(); account.value != 0) {
      line("Account", std::to_string(account.value));
    }
    const auto authorization = answer_.authorization.value;
    line("Authorization", authorization == 0 ? "none" : std::to_string(authorization));
    if (!request_.authorization.empty()) line("Belongs to", request_.authorization.view());
    line("Merchant", merchant());
    line("How", how());
  }

  core::AccountId account_of_rows() const noexcept {
    for (const core::Row& row : record_.rows) {
      const auto* const authorization = std::get_if<core::Authorization>(&row);
      if (authorization != nullptr) return authorization->account;
    }
    return {};
  }

  std::string merchant() const {
    const core::Merchant& merchant = request_.details.merchant;
    std::string text = clean(merchant.name.view());
    const auto add = [&text](std::string_view label, const std::string& value) {
      if (value.empty()) return;
      text += fmt::format("{}{}{}", text.empty() ? "" : ", ", label, value);
    };
    add("MCC ", merchant.mcc == 0 ? "" : fmt::format("{:04}", merchant.mcc));
    add("id ", clean(merchant.id.view()));
    add("", clean(merchant.country.view()));
    const Currency currency = request_.details.currency;
    add("currency ", currency == Currency{} ? "" : std::string(currency.alpha()));
    return text;
  }

  // What is known about how the card was used.
  std::string how() const {
    const core::Details& details = request_.details;
    std::string text;
    const auto add = [&text](std::string_view label, auto value, auto unknown) {
      if (value == unknown) return;
      text += fmt::format("{}{} {}", text.empty() ? "" : ", ", label, core::name(value));
    };
    add("entry", details.entry_mode, core::EntryMode::unknown);
    add("card", details.card_presence, core::CardPresence::unknown);
    add("channel", details.channel, core::Channel::unknown);
    add("wallet", details.wallet, core::Wallet::none);
    add("recurrence", details.recurrence, core::Recurrence::unknown);
    add("AVS", details.address, core::Verification::absent);
    add("CVV", details.security_code, core::Verification::absent);
    add("3-D Secure", details.cardholder, core::Verification::absent);
    return text;
  }

  void amounts() {
    std::string asked = money(request_.amount);
    if (request_.cash_back_minor > 0) {
      asked += fmt::format(", {} of it cash back",
                           money(request_.cash_back_minor, request_.amount.currency));
    }
    if (request_.partial_approval) asked += ", a part may be approved";
    line("Amount", asked);
    line("Approved", money(decision_.approved));
    const std::int64_t extra_minor = record_.explanation.extra_hold_minor;
    if (extra_minor > 0) {
      line("Extra hold",
           money(extra_minor, request_.amount.currency) + ", until the final amount is known");
    }
  }

  // The record does not say which currency the account is kept in when it is another one.
  Currency account_currency() const noexcept {
    return decision_.reason == Reason::currency_mismatch ? Currency{} : request_.amount.currency;
  }

  void balances() {
    const Reason reason = decision_.reason;
    const bool nobody = reason == Reason::program_unknown || reason == Reason::card_unknown ||
                        reason == Reason::account_unknown;
    if (nobody) {
      line("Balance", "no account was found");
      return;
    }
    const core::Balance& before = record_.explanation.before;
    const core::Balance& after = decision_.balance;
    const auto both = [&](std::string_view label, std::int64_t was, std::int64_t is) {
      std::string text = money(was, account_currency()) + " before";
      // Too late: no balance went out, so none is recorded.
      if (reason != Reason::too_late)
        text += fmt::format(", {} after", money(is, account_currency()));
      line(label, text);
    };
    both("Available", before.available_minor, after.available_minor);
    both("Posted", before.posted_minor, after.posted_minor);
  }

  const core::Control* definition_of(const Finding& finding) const {
    const auto found = definitions_.find({finding.control, finding.version});
    return found == definitions_.end() ? nullptr : &found->second.control;
  }

  Unit unit(const Finding& finding) const {
    if (finding.check == core::CheckKind::single_use) return Unit::authorizations;
    if (const core::Control* const control = definition_of(finding)) {
      if (const auto* const limit = std::get_if<Limit>(&control->check)) {
        return unit_of(limit->measure);
      }
    }
    const bool decided = is_decisive(finding);
    if (decided && decision_.reason == Reason::amount_limit) return Unit::minor_units;
    if (decided && decision_.reason == Reason::count_limit) return Unit::authorizations;
    return finding.asked > 1 ? Unit::minor_units : Unit::unknown;  // a count asks for one
  }

  bool is_decisive(const Finding& finding) const noexcept {
    const core::Explanation& explanation = record_.explanation;
    return explanation.decided_by && *explanation.decided_by < explanation.findings.size() &&
           &explanation.findings[*explanation.decided_by] == &finding;
  }

  void decided_by() {
    const core::Explanation& explanation = record_.explanation;
    if (!explanation.decided_by || *explanation.decided_by >= explanation.findings.size()) return;
    const Finding& finding = explanation.findings[*explanation.decided_by];
    text_ += fmt::format("\nDeclined by control {}, version {}, of the {}: it {}.\n",
                         finding.control.value, finding.version, core::name(finding.level),
                         meaning(finding.check));
    if (const std::string rule = limit_words(finding); !rule.empty()) inner("Rule", rule);
    if (!has_figures(finding)) return;
    const Unit in = unit(finding);
    const Currency currency = request_.amount.currency;
    inner("Limit", figure(finding.limit, in, currency));
    inner("Used before", figure(finding.used, in, currency));
    inner("Asked", figure(finding.asked, in, currency));
    inner("Left", figure(finding.left(), in, currency));
    inner("Resets", resets(finding));
  }

  std::string limit_words(const Finding& finding) const {
    const core::Control* const control = definition_of(finding);
    const auto* const limit = control == nullptr ? nullptr : std::get_if<Limit>(&control->check);
    if (limit == nullptr) return "";
    return fmt::format("at most {} {}, counted for each {}",
                       figure(limit->max, unit_of(limit->measure), request_.amount.currency),
                       window_words(limit->window), core::name(limit->counts));
  }

  static std::string resets(const Finding& finding) {
    return finding.resets_at == core::end_of_time ? "never" : utc(finding.resets_at);
  }

  void findings() {
    const auto& findings = record_.explanation.findings;
    if (findings.empty()) {
      text_ += fmt::format("\n{}\n", why_no_findings());
      return;
    }
    text_ += "\nControls, in the order in which they were evaluated:\n";
    int number = 0;
    for (const Finding& finding : findings) {
      text_ += fmt::format("{:>4}  {:<22} {:<8} control {}, version {}: {}{}\n", ++number,
                           verdict(finding), core::name(finding.level), finding.control.value,
                           finding.version, core::name(finding.check),
                           finding.mode == core::Mode::shadow ? " (shadow)" : "");
      if (has_figures(finding)) figures(finding);
    }
  }

  std::string_view why_no_findings() const noexcept {
    if (was_confirmed()) return "No control was evaluated: the processor had decided.";
    const bool earlier = !decision_.is_approved() && decision_.reason < Reason::denied;
    return earlier ? "No control was evaluated: what declined it comes before them."
                   : "No control applied.";
  }

  std::string_view verdict(const Finding& finding) const noexcept {
    if (is_decisive(finding)) return "DECLINED IT";
    if (finding.passed) return "passed";
    return finding.mode == core::Mode::shadow ? "would have declined" : "failed as well";
  }

  void figures(const Finding& finding) {
    const Unit in = unit(finding);
    const Currency currency = request_.amount.currency;
    text_ += fmt::format("{:29}limit {}, used {}, asked {}, left {}, resets {}\n", "",
                         figure(finding.limit, in, currency), figure(finding.used, in, currency),
                         figure(finding.asked, in, currency), figure(finding.left(), in, currency),
                         resets(finding));
  }

  const core::Request& request_;
  const core::Decision& decision_;
  const core::Answer& answer_;
  const store::Record& record_;
  const Definitions& definitions_;
  std::string text_;
};

// What a booking moved and what was unusual about it: "held -5.00 USD; more than was held".
std::string movements(const core::Booking& booking) {
  std::string text;
  const auto moved = [&](std::string_view what, std::int64_t minor_units) {
    if (minor_units == 0) return;
    text += fmt::format("{}{} {}", text.empty() ? "" : ", ", what,
                        change(minor_units, booking.currency));
  };
  moved("held", booking.held_minor);
  moved("posted", booking.posted_minor);
  moved("pending credit", booking.pending_credit_minor);
  if (text.empty()) text = "no money moved";
  const auto flag = [&text](bool is, std::string_view what) {
    if (is) text += fmt::format("; {}", what);
  };
  flag(booking.unasked, "we were not asked for it");
  flag(booking.over_captured, "more than was authorized");
  flag(booking.late, "after its end");
  flag(booking.ghost, "our answer had come too late");
  flag(booking.below_zero, "the balance is below zero");
  flag(booking.account.value == 0 && booking.posted_minor != 0, "the card is unknown: in suspense");
  return text;
}

struct HistoryOf {
  const store::Record& record;

  std::string operator()(const core::Request& request) const {
    const core::Decision& decision = std::get<core::Answer>(record.outcome).decision;
    const std::string verdict = decision.is_approved()
                                    ? "approved " + money(decision.approved)
                                    : fmt::format("declined, {}", core::name(decision.reason));
    return fmt::format("request {}: {} {}, {}", request.message.view(), core::name(request.kind),
                       money(request.amount), verdict);
  }
  std::string operator()(const core::Event& event) const {
    const std::string about =
        event.about.empty() ? "" : fmt::format(" about {}", event.about.view());
    return fmt::format("notice {}: {}{} {}{}; {}", event.notice.view(), core::name(event.kind),
                       event.final ? " for the last time" : "", money(event.amount), about,
                       booked());
  }
  std::string operator()(const core::ExpireNext&) const {
    return "expiry by our calendar; " + booked();
  }
  std::string operator()(const core::Abandon& abandon) const {
    return fmt::format("our answer to {} came too late; {}", abandon.message.view(), booked());
  }
  std::string operator()(const core::MoveMoney&) const { return moved(); }
  std::string operator()(const core::AdvanceTransfer&) const { return moved(); }
  template <class SetUp>
  std::string operator()(const SetUp&) const {
    return "set-up";
  }

  std::string moved() const {
    const core::Transfer& transfer = std::get<core::Moved>(record.outcome).transfer;
    return fmt::format("{} {} of {}: {}", core::name(transfer.kind), transfer.id.view(),
                       money(transfer.amount), core::name(transfer.status));
  }
  std::string booked() const { return movements(std::get<core::Booking>(record.outcome)); }
};

}  // namespace

std::string decision_text(const store::Record& record, const Definitions& definitions) {
  return Sheet(record, definitions).text();
}

std::string history_line(const store::Record& record) {
  return fmt::format("{:>10}  {:<27}  {}\n", record.moment.sequence.value, utc(record.moment.at),
                     std::visit(HistoryOf{record}, record.command));
}

}  // namespace authd::explain
