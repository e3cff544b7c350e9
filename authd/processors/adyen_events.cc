// The webhooks of Adyen's transfers; see adyen.h.

#include <algorithm>
#include <cstdlib>

#include "authd/processors/acquirer_fields.h"
#include "authd/processors/adyen.h"
#include "authd/processors/adyen_transfer.h"

namespace authd::processors {

namespace adyen {

namespace {

using core::EventKind;
using core::Kind;

bool moves_money(Meaning meaning) noexcept {
  return meaning == Meaning::debit || meaning == Meaning::credit ||
         meaning == Meaning::chargeback || meaning == Meaning::taken_again;
}

bool is_debit(Meaning meaning) noexcept {
  return meaning == Meaning::debit || meaning == Meaning::taken_again;
}

// Turns the steps of a transfer into events, in order.
class Course {
 public:
  using Told = Field<std::optional<core::Event>>;

  Course(const core::ProgramId& program, const Transfer& transfer,
         std::string_view timeout_reason) noexcept
      : program_(program), transfer_(transfer), timeout_reason_(timeout_reason) {}

  // Nothing where the step changes nothing.
  Told event_of(const Step& step) {
    core::Event event = event_about(step);
    if (event.amount.currency == core::Currency())
      return core::Unexpected{ParseError{ParseFault::missing, "data.amount"}};
    if (step.meaning == Meaning::pending) return nothing();
    if (step.mutations.any ? step.mutations.balance != 0 : moves_money(step.meaning))
      return posting(step, event);
    switch (step.meaning) {
      case Meaning::pending: return nothing();
      case Meaning::announcement: return announcement(step, event);
      case Meaning::refusal: return refusal(step, event);
      case Meaning::cancellation: return cancellation(step, event);
      case Meaning::expiry: return expiry(step, event);
      case Meaning::unknown:
      case Meaning::authorisation:
      case Meaning::debit:
      case Meaning::credit:
      case Meaning::chargeback:
      case Meaning::taken_again: break;
    }
    return reservation(step, event);
  }

 private:
  static Told nothing() { return std::optional<core::Event>(); }
  static Told told(core::Event& event, EventKind kind, std::int64_t minor) {
    event.kind = kind;
    event.amount.minor_units = minor;
    return std::optional{event};
  }

  // `amount` is what is stated: of the event, else of the transfer.
  core::Event event_about(const Step& step) const {
    const bool is_stated = step.amount.currency != core::Currency();
    const Kind debit = pays_cash(transfer_.details) ? Kind::cash : Kind::purchase;
    core::Event event;
    event.program = program_;
    event.notice = step.id;
    event.authorization = transfer_.id;
    event.card = transfer_.card;
    event.transaction = transfer_.is_incoming ? Kind::credit : debit;
    event.amount = is_stated ? step.amount : transfer_.amount;
    if (step.mutations.any) event.amount.currency = step.mutations.currency;
    event.details = transfer_.details;
    event.details.currency = event.amount.currency;
    return event;
  }

  // What is no longer reserved, or nothing when it is not said.
  std::int64_t release(const Step& step) noexcept {
    const std::int64_t released = std::max<std::int64_t>(step.mutations.reserved, 0);
    reserved_minor_ = std::max<std::int64_t>(reserved_minor_ - released, 0);
    return released;
  }

  // What is stated, or what moved out of `received`, where it has not been reserved.
  static std::int64_t received(const Step& step, const core::Event& event) noexcept {
    const std::int64_t moved = std::abs(step.mutations.received);
    return moved > 0 ? moved : event.amount.minor_units;
  }

  Told posting(const Step& step, core::Event& event) {
    const std::int64_t moved = step.mutations.balance;
    const std::int64_t amount = step.mutations.any ? std::abs(moved) : event.amount.minor_units;
    const std::int64_t released = release(step);
    if (step.mutations.any ? moved < 0 : is_debit(step.meaning)) {
      if (step.meaning == Meaning::taken_again || step.meaning == Meaning::chargeback)
        return told(event, EventKind::chargeback_reversed, amount);
      // Less than was reserved, and nothing is reserved any more.
      event.final = released > amount && reserved_minor_ == 0;
      return told(event, EventKind::cleared, amount);
    }
    event.transaction = Kind::credit;
    const bool is_dispute = step.meaning == Meaning::chargeback;
    return told(event, is_dispute ? EventKind::charged_back : EventKind::refunded, amount);
  }

  Told announcement(const Step& step, core::Event& event) const {
    event.transaction = Kind::credit;
    return told(event, EventKind::credit_approved, received(step, event));
  }

  // Told as the total, so that the answer to our question is not held a second time.
  Told reservation(const Step& step, core::Event& event) {
    const std::int64_t change = step.mutations.reserved;
    if (change > 0) return told(event, EventKind::reversed, release(step));
    if (change < 0) {
      const auto sum = core::checked_add(reserved_in_all_minor_, -change);
      if (!sum || *sum > core::minor_units_max)
        return core::Unexpected{
            ParseError{ParseFault::amount_overflow, "data.events.[].mutations.[].reserved"}};
      reserved_in_all_minor_ = *sum;
      reserved_minor_ -= change;
      return told(event, EventKind::approved, *sum);
    }
    const std::int64_t amount = received(step, event);
    if (step.meaning != Meaning::authorisation || amount == 0) return nothing();
    reserved_in_all_minor_ = std::max(reserved_in_all_minor_, amount);
    return told(event, EventKind::approved, amount);
  }

  // Of our question alone, unless there is more to take back.
  Told refusal(const Step& step, core::Event& event) const {
    const std::string_view reason = step.reason.empty() ? transfer_.reason : step.reason;
    if (!transfer_.is_incoming && reserved_in_all_minor_ == 0) event.about = transfer_.id;
    event.timed_out = reason == timeout_reason_;
    return told(event, EventKind::declined, received(step, event));
  }

  // Of a part, or of all that is left.
  Told cancellation(const Step& step, core::Event& event) {
    const std::int64_t released = release(step);
    event.final = released == 0 || reserved_minor_ == 0;
    return told(event, EventKind::reversed, released > 0 ? released : event.amount.minor_units);
  }

  Told expiry(const Step& step, core::Event& event) {
    const std::int64_t released = release(step);
    const bool is_part = released > 0 && reserved_minor_ > 0;
    return told(event, is_part ? EventKind::reversed : EventKind::expired,
                released > 0 ? released : event.amount.minor_units);
  }

  const core::ProgramId& program_;
  const Transfer& transfer_;
  std::string_view timeout_reason_;
  std::int64_t reserved_in_all_minor_ = 0;  // whatever was released again
  std::int64_t reserved_minor_ = 0;         // now
};

}  // namespace

}  // namespace adyen

std::optional<ParseError> AdyenAdapter::read_events(JsonWalk& walk, const core::ProgramId& program,
                                                    PaddedBody body,
                                                    std::vector<core::Event>& events) const {
  const auto read = adyen::read_transfer(walk, body, options_.decimals);
  std::optional<ParseError> first_error = read.error;
  if (!read.transfer) return first_error;
  adyen::Course course(program, *read.transfer, options_.timeout_reason);
  for (const adyen::Step& step : read.transfer->steps) {
    const auto event = course.event_of(step);
    if (event && *event) events.push_back(**event);
    if (!event && !first_error) first_error = event.error();
  }
  return first_error;
}

}  // namespace authd::processors
