// Lithic's transaction webhooks; see lithic.h.

#include <algorithm>
#include <array>

#include "authd/processors/acquirer_fields.h"
#include "authd/processors/integer_amount.h"
#include "authd/processors/lithic.h"
#include "authd/processors/lithic_parts.h"

namespace authd::processors {

namespace lithic {

namespace {

using core::EventKind;
using core::Kind;

enum class Meaning : std::uint8_t {
  nothing,        // moves no money, or is younger than this table
  authorization,  // was asked, of us or of Lithic itself
  advice,         // was decided elsewhere: the new total
  single,         // a financial authorization: approved and posted at once
  expiry,
  reversal,
  posting,
  give_back,  // the return of a posting
  take_back,  // and its reversal
};

enum class Direction : std::uint8_t { unknown, debit, credit };

struct Type {
  std::string_view word;
  Meaning meaning = Meaning::nothing;
  Direction direction = Direction::unknown;  // of the type itself
};
constexpr std::array types{
    Type{"AUTHORIZATION", Meaning::authorization, Direction::debit},
    Type{"CREDIT_AUTHORIZATION", Meaning::authorization, Direction::credit},
    Type{"AUTHORIZATION_ADVICE", Meaning::advice, Direction::debit},
    Type{"CREDIT_AUTHORIZATION_ADVICE", Meaning::advice, Direction::credit},
    Type{"FINANCIAL_AUTHORIZATION", Meaning::single, Direction::debit},
    Type{"FINANCIAL_CREDIT_AUTHORIZATION", Meaning::single, Direction::credit},
    Type{"AUTHORIZATION_EXPIRY", Meaning::expiry, Direction::debit},
    Type{"AUTHORIZATION_REVERSAL", Meaning::reversal, Direction::debit},
    Type{"VOID", Meaning::reversal, Direction::debit},
    Type{"CLEARING", Meaning::posting, Direction::unknown},
    Type{"CORRECTION_DEBIT", Meaning::posting, Direction::debit},
    Type{"CORRECTION_CREDIT", Meaning::posting, Direction::credit},
    Type{"RETURN", Meaning::give_back, Direction::credit},
    Type{"RETURN_REVERSAL", Meaning::take_back, Direction::debit},
};

constexpr std::array polarities{
    Word<Direction>{"DEBIT", Direction::debit},
    Word<Direction>{"CREDIT", Direction::credit},
};

Type type_of(std::string_view word) noexcept {
  const auto* const found = std::find_if(types.begin(), types.end(),
                                         [word](const Type& type) { return type.word == word; });
  return found == types.end() ? Type{} : *found;
}

// What `detailed_results` say that matters here.
struct Findings {
  bool timed_out = false;      // we did not answer in time
  bool over_reversed = false;  // more was given back than was held: taken for all of it
};

// One of events[]. The amount's currency is none where it is written without one.
struct Step {
  core::MessageId token;
  std::string_view second;  // in which it was created: 2026-11-02T15:04:12, in UTC
  Type type;
  Direction direction = Direction::unknown;
  bool approved = false;
  core::Money amount;
  Findings findings;
};

// A money movement whose direction nobody tells is not guessed.
Field<Direction> direction_of(const FieldReader& reader, const Type& type) {
  const std::size_t field = fields["events.[].effective_polarity"];
  AUTHD_TRY_VOID(reader.optional_text(field));
  const Direction said = value_of(reader.value(field), polarities, Direction::unknown);
  const bool by_type = type.meaning != Meaning::posting || said == Direction::unknown;
  const Direction direction = by_type ? type.direction : said;
  if (direction == Direction::unknown) return reader.refuse(ParseFault::missing, field);
  return direction;
}

// Signs are ignored: see lithic.h.
Field<core::Money> amount_of(const FieldReader& reader) {
  AUTHD_TRY(has_amounts, reader.has_object(fields["events.[].amounts"]));
  AUTHD_TRY(has_cardholder, reader.has_object(fields["events.[].amounts.cardholder"]));
  if (!has_amounts || !has_cardholder) {
    AUTHD_TRY(amount, integer_amount(reader, fields["events.[].amount"]));
    return core::Money{amount.units, {}};
  }
  AUTHD_TRY(amount, integer_amount(reader, fields["events.[].amounts.cardholder.amount"]));
  AUTHD_TRY(currency, reader.optional_currency(fields["events.[].amounts.cardholder.currency"]));
  return core::Money{amount.units, currency.value_or(core::Currency())};
}

constexpr std::size_t seconds_end = std::string_view("2026-11-02T15:04:12").size();

Field<Step> step_of(const FieldReader& reader, const Findings& findings) {
  AUTHD_TRY(is_object, reader.has_object(fields["events.[]"]));
  if (!is_object) return reader.refuse(ParseFault::wrong_type, fields["events.[]"]);
  AUTHD_TRY(word, reader.text(fields["events.[].type"]));
  Step step;
  step.type = type_of(word);
  if (step.type.meaning == Meaning::nothing) return step;
  AUTHD_TRY(token, reader.identifier<core::MessageId>(fields["events.[].token"]));
  AUTHD_TRY(result, reader.text(fields["events.[].result"]));
  AUTHD_TRY(direction, direction_of(reader, step.type));
  AUTHD_TRY(amount, amount_of(reader));
  AUTHD_TRY(created, reader.optional_text(fields["events.[].created"]));
  step.token = token;
  step.second = created.value_or(std::string_view()).substr(0, seconds_end);
  step.approved = result == "APPROVED";
  step.direction = direction;
  step.amount = amount;
  step.findings = findings;
  return step;
}

// Collects events[] while the walk passes them: what is said of the transaction as a whole stands
// behind them as well as in front.
class Steps {
 public:
  explicit Steps(const FieldReader& reader) noexcept : reader_(reader) {}

  void take(std::size_t field) {
    if (field == fields["events.[].detailed_results.[]"]) {
      const std::string_view word = reader_.value(field).text;
      findings_.timed_out |= word == "CUSTOMER_ASA_TIMEOUT";
      findings_.over_reversed |= word == "OVER_REVERSAL_ATTEMPTED";
    } else if (field == fields["events.[]"]) {
      const auto step = step_of(reader_, findings_);
      if (step && step->type.meaning != Meaning::nothing) found_.push_back(*step);
      if (!step && !error_) error_ = step.error();
      findings_ = {};
    }
  }

  // The order within the array is not documented.
  const std::vector<Step>& in_order() {
    std::stable_sort(found_.begin(), found_.end(),
                     [](const Step& a, const Step& b) { return a.second < b.second; });
    return found_;
  }

  // Of the first that was not understood.
  const std::optional<ParseError>& error() const noexcept { return error_; }

 private:
  const FieldReader& reader_;
  Findings findings_;
  std::vector<Step> found_;
  std::optional<ParseError> error_;
};

// What is the same in all events of a transaction.
struct Transaction {
  core::ProgramId program;
  core::MessageId token;
  core::CardToken card;
  core::Currency currency;  // none when it is not said
  std::string_view status;
  core::Details details;
};

Field<Transaction> transaction_of(const FieldReader& reader, const core::ProgramId& program) {
  AUTHD_TRY(token, reader.identifier<core::MessageId>(fields["token"]));
  AUTHD_TRY(card, reader.identifier<core::CardToken>(fields["card_token"]));
  AUTHD_TRY(status, reader.optional_text(fields["status"]));
  AUTHD_TRY(currency, reader.optional_currency(fields["amounts.cardholder.currency"]));
  Transaction transaction;
  transaction.program = program;
  transaction.token = token;
  transaction.card = card;
  transaction.currency = currency.value_or(core::Currency());
  transaction.status = status.value_or(std::string_view());
  transaction.details = details_of(reader, transaction.currency);
  return transaction;
}

// Turns the steps of a transaction into events, in order.
class Course {
 public:
  using Told = Field<std::optional<core::Event>>;

  Course(const Transaction& transaction, const LithicOptions& options) noexcept
      : transaction_(transaction), options_(options) {}

  // Nothing where the step changes nothing.
  Told event_of(const Step& step) {
    core::Event event = event_about(step);
    if (event.amount.currency == core::Currency())
      return core::Unexpected{
          ParseError{ParseFault::missing, "events.[].amounts.cardholder.currency"}};
    switch (step.type.meaning) {
      case Meaning::nothing: break;
      case Meaning::authorization: return authorization(step, event);
      case Meaning::advice: return advice(step, event);
      case Meaning::single: return single(step, event);
      case Meaning::expiry: return when(step.approved, EventKind::expired, event);
      case Meaning::reversal:
        // Of a transaction that is VOIDED nothing is left.
        event.final = transaction_.status == "VOIDED";
        return when(step.approved || step.findings.over_reversed, EventKind::reversed, event);
      case Meaning::posting: return posting(step, event);
      case Meaning::give_back: return when(step.approved, EventKind::refunded, event);
      case Meaning::take_back: return when(step.approved, EventKind::chargeback_reversed, event);
    }
    return std::optional<core::Event>();
  }

 private:
  core::Event event_about(const Step& step) const {
    const bool is_credit = step.direction == Direction::credit;
    core::Event event;
    event.program = transaction_.program;
    event.notice = step.token;
    event.authorization = transaction_.token;
    event.card = transaction_.card;
    event.transaction =
        is_credit ? Kind::credit : (pays_cash(transaction_.details) ? Kind::cash : Kind::purchase);
    event.amount = step.amount;
    if (event.amount.currency == core::Currency()) event.amount.currency = transaction_.currency;
    event.timed_out = step.findings.timed_out;
    event.details = transaction_.details;
    return event;
  }

  static Told when(bool happened, EventKind kind, core::Event event) {
    if (!happened) return std::optional<core::Event>();
    event.kind = kind;
    return std::optional{event};
  }

  std::int64_t& approved_minor(const Step& step) noexcept {
    return step.direction == Direction::credit ? approved_credit_minor_ : approved_debit_minor_;
  }

  // Told as the total, so that the answer to our question is not held a second time.
  Told authorization(const Step& step, core::Event& event) {
    std::int64_t& total = approved_minor(step);
    if (!step.approved) return declined(event, total > 0);
    const auto sum = core::checked_add(total, event.amount.minor_units);
    if (!sum || *sum > core::minor_units_max)
      return core::Unexpected{
          ParseError{ParseFault::amount_overflow, "events.[].amounts.cardholder.amount"}};
    total = event.amount.minor_units = *sum;
    return when(true, EventKind::approved, event);
  }

  // About the question alone, so that the network may still approve in our stead. Where an earlier
  // authorization was approved and questions have no names of their own, it is not known which one
  // was declined; it had no part in the total.
  Told declined(core::Event& event, bool others_approved) const {
    event.about = options_.has_event_tokens ? event.notice : transaction_.token;
    return when(options_.has_event_tokens || !others_approved, EventKind::declined, event);
  }

  Told advice(const Step& step, core::Event& event) {
    // Declined by the network in our stead: nothing more will come of the transaction.
    if (!step.approved) return when(transaction_.status == "DECLINED", EventKind::declined, event);
    std::int64_t& total = approved_minor(step);
    const bool adjusts = total > 0 && step.direction == Direction::debit;
    if (!adjusts) total = event.amount.minor_units;
    return when(true, adjusts ? EventKind::advised : EventKind::approved, event);
  }

  Told single(const Step& step, core::Event& event) {
    if (!step.approved) return declined(event, false);
    const bool is_credit = step.direction == Direction::credit;
    posted_at_once_ |= !is_credit;
    event.final = !is_credit;
    return when(true, is_credit ? EventKind::refunded : EventKind::cleared, event);
  }

  Told posting(const Step& step, core::Event& event) const {
    const bool is_debit = step.direction == Direction::debit;
    if (step.approved)
      return when(true, is_debit ? EventKind::cleared : EventKind::refunded, event);
    return when(is_debit && posted_at_once_, EventKind::refunded, event);
  }

  const Transaction& transaction_;
  const LithicOptions& options_;
  std::int64_t approved_debit_minor_ = 0;
  std::int64_t approved_credit_minor_ = 0;
  bool posted_at_once_ = false;
};

Field<bool> is_transaction(const FieldReader& reader) {
  constexpr std::string_view event_type = "card_transaction.updated";
  AUTHD_TRY(said, reader.optional_text(fields["event_type"]));
  return said.value_or(event_type) == event_type;
}

// Appends what is understood.
std::optional<ParseError> tell(Steps& steps, const Transaction& transaction,
                               const LithicOptions& options, std::vector<core::Event>& events) {
  std::optional<ParseError> first_error = steps.error();
  Course course(transaction, options);
  for (const Step& step : steps.in_order()) {
    const auto event = course.event_of(step);
    if (event && *event) events.push_back(**event);
    if (!event && !first_error) first_error = event.error();
  }
  return first_error;
}

}  // namespace

}  // namespace lithic

std::optional<ParseError> LithicAdapter::read_events(JsonWalk& walk, const core::ProgramId& program,
                                                     PaddedBody body,
                                                     std::vector<core::Event>& events) const {
  using lithic::fields;
  std::array<JsonValue, fields.count> values;
  const FieldReader reader(fields.table(), values);
  lithic::Steps steps(reader);
  const auto walked =
      walk.run(body, fields.table(), values, [&steps](std::size_t field) { steps.take(field); });
  if (!walked) return walked.error();

  const auto is_transaction = lithic::is_transaction(reader);
  if (!is_transaction) return is_transaction.error();
  if (!*is_transaction) return std::nullopt;
  const auto transaction = lithic::transaction_of(reader, program);
  if (!transaction) return transaction.error();
  const JsonType type = reader.value(fields["events"]).type;
  if (type != JsonType::array) {
    const bool absent = type == JsonType::absent || type == JsonType::null;
    const ParseFault fault = absent ? ParseFault::missing : ParseFault::wrong_type;
    return reader.refuse(fault, fields["events"]).error;
  }
  return lithic::tell(steps, *transaction, options_, events);
}

}  // namespace authd::processors
