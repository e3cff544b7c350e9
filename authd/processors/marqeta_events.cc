// The transaction webhooks of Marqeta; see marqeta.h.

#include "authd/processors/composed_id.h"
#include "authd/processors/marqeta.h"
#include "authd/processors/marqeta_transaction.h"

namespace authd::processors {

namespace {

using namespace marqeta;
using core::EventKind;
using core::Kind;

enum class State : std::uint8_t { pending, cleared, completed, failed };

// What a webhook says of one transaction, or nothing.
using Told = std::optional<core::Event>;

// How a transaction is described, before anything is made of it.
struct Transaction {
  std::string_view type;
  std::string_view state;
  std::string_view method;               // empty when absent
  const Container* container = nullptr;  // null: neither
  bool has_funding = false;
};

// What money it is about. After a partial approval and in an advice they differ.
struct Amounts {
  core::Currency currency;
  std::int64_t transaction_minor = 0;  // `amount`
  std::int64_t funding_minor = 0;      // of jit_funding
};

Field<Transaction> transaction_of(const FieldReader& reader) {
  if (reader.value(0).type != JsonType::object) return reader.refuse(ParseFault::wrong_type, 0);
  AUTHD_TRY(type, reader.text(fields["type"]));
  AUTHD_TRY(state, reader.text(fields["state"]));
  AUTHD_TRY(container, find_container(reader));
  Transaction transaction{type, state, {}, container, false};
  if (container == nullptr) return transaction;

  AUTHD_TRY(has_funding, reader.has_object(container->funding));
  AUTHD_TRY(method, reader.optional_text(container->method));
  transaction.has_funding = has_funding;
  transaction.method = method.value_or("");
  return transaction;
}

std::optional<State> state_of(std::string_view word) noexcept {
  if (word == "PENDING") return State::pending;
  if (word == "CLEARED") return State::cleared;
  if (word == "COMPLETION") return State::completed;
  if (word == "DECLINED" || word == "ERROR") return State::failed;
  return std::nullopt;
}

// Either amount stands for the other where that is missing.
Field<Amounts> amounts_of(const FieldReader& reader, const Container* container) {
  const std::size_t field = fields["amount"];
  const bool is_funded = container != nullptr && !is_absent(reader.value(container->amount));
  AUTHD_TRY(currency, currency_of(reader, container));
  const bool is_stated = !is_funded || !is_absent(reader.value(field));
  AUTHD_TRY(transaction_minor, reader.major_units(is_stated ? field : container->amount, currency));
  AUTHD_TRY(funding_minor, reader.major_units(is_funded ? container->amount : field, currency));
  return Amounts{currency, transaction_minor, funding_minor};
}

// A type and method that are not known move nothing where no money of ours is concerned, and are
// refused otherwise.
Field<std::optional<Meaning>> unknown_meaning(const FieldReader& reader,
                                              const Transaction& transaction) {
  const bool has_failed = state_of(transaction.state) == State::failed;
  if (has_failed || is_absent(reader.value(transaction.container->amount)))
    return std::optional<Meaning>{};
  AUTHD_TRY(amounts, amounts_of(reader, transaction.container));
  if (amounts.funding_minor > 0) return reader.refuse(ParseFault::unknown_word, fields["type"]);
  return std::optional<Meaning>{};
}

Field<std::optional<Meaning>> meaning_in(const FieldReader& reader,
                                         const Transaction& transaction) {
  if (const auto of_type = meaning_of(transaction.type)) return of_type;
  if (!transaction.has_funding) return std::optional<Meaning>{};
  const auto of_method = meaning_of(transaction.method);
  if (!of_method) return unknown_meaning(reader, transaction);

  // Bill payments and adjustments exist in both directions: method and container must agree on it.
  const bool has_failed = state_of(transaction.state) == State::failed;
  const bool posts =
      !has_failed && (of_method->step == Step::clearing || of_method->step == Step::told);
  const bool pays_out = transaction.container == &order;
  if (posts && pays_out == (of_method->kind == Kind::credit))
    return reader.refuse(ParseFault::conflicting, transaction.container->self);
  return of_method;
}

// Nothing: it has not happened yet, or not at all.
std::optional<EventKind> kind_of(Meaning meaning, State state, bool is_linked) noexcept {
  const bool is_credit = meaning.kind == Kind::credit;
  const bool is_question = meaning.step == Step::question || meaning.step == Step::told;
  if (state == State::failed)
    return is_question ? std::optional{EventKind::declined} : std::nullopt;
  const auto once_posted = [state](EventKind kind) {
    return state == State::pending ? std::nullopt : std::optional{kind};
  };
  switch (meaning.step) {
    case Step::question:
    case Step::told:
      if (state != State::completed) return EventKind::approved;
      return is_credit ? EventKind::refunded : EventKind::cleared;
    case Step::advice:
      if (is_credit) return EventKind::credit_approved;
      return is_linked ? EventKind::advised : EventKind::approved;
    case Step::reversal: return EventKind::reversed;
    case Step::expiry: return EventKind::expired;
    case Step::clearing:
      if (!is_credit) return once_posted(EventKind::cleared);
      return once_posted(EventKind::refunded).value_or(EventKind::credit_approved);
    case Step::undoing: return once_posted(is_credit ? EventKind::cleared : EventKind::refunded);
    case Step::chargeback: return once_posted(EventKind::charged_back);
    case Step::chargeback_reversal: return once_posted(EventKind::chargeback_reversed);
    case Step::nothing: break;
  }
  return std::nullopt;
}

bool is_posting(EventKind kind) noexcept {
  return kind == EventKind::cleared || kind == EventKind::refunded ||
         kind == EventKind::charged_back || kind == EventKind::chargeback_reversed;
}

// The issuer may dispute a payment without crediting the cardholder.
bool concerns_cardholder(const FieldReader& reader, const Transaction& transaction,
                         Step step) noexcept {
  if (step != Step::chargeback && step != Step::chargeback_reversal) return true;
  const auto credits = flag_of(reader.value(fields["chargeback.credit_user"]));
  return transaction.has_funding && credits.value_or(true);
}

// The life cycle that a transaction names; a question belongs to one only if it adds to it.
Field<core::MessageId> link_of(const FieldReader& reader, const Transaction& transaction,
                               Meaning meaning) {
  const bool is_question = meaning.step == Step::question || meaning.step == Step::told;
  if (is_question && !is_increment(transaction.type, transaction.method)) return core::MessageId{};
  if (meaning.kind != Kind::credit) return linked_authorization(reader);
  return reader.optional_identifier<core::MessageId>(fields["preceding_related_transaction_token"]);
}

// A question's direction follows its container, as it did on the gateway.
Kind transaction_kind(const Transaction& transaction, Meaning meaning,
                      const Amounts& amounts) noexcept {
  if (meaning.step != Step::question || transaction.container == nullptr) return meaning.kind;
  const Kind kind = kind_in(*transaction.container, meaning.kind, amounts.funding_minor);
  return kind == Kind::unsupported ? meaning.kind : kind;
}

// What is held is what was funded; what is posted, and the total of an advice, is the transaction.
std::int64_t amount_of(EventKind kind, Step step, const Amounts& amounts) noexcept {
  const bool is_total = is_posting(kind) || step == Step::advice || step == Step::clearing;
  return is_total ? amounts.transaction_minor : amounts.funding_minor;
}

bool is_final(const FieldReader& reader, Meaning meaning, State state) noexcept {
  if (meaning.step == Step::reversal) {
    return state == State::cleared || meaning.kind == Kind::credit;
  }
  return meaning.step == Step::clearing &&
         flag_of(reader.value(fields["is_final_clearing"])).value_or(false);
}

bool has_timed_out(const FieldReader& reader, const Container* container) noexcept {
  return container != nullptr && flag_of(reader.value(container->timed_out)).value_or(false);
}

// One transaction that concerns us.
Field<Told> event_of(const FieldReader& reader, const core::ProgramId& program,
                     const Transaction& transaction, Meaning meaning) {
  const auto state = state_of(transaction.state);
  if (!state) return reader.refuse(ParseFault::unknown_word, fields["state"]);
  AUTHD_TRY(amounts, amounts_of(reader, transaction.container));
  meaning.kind = transaction_kind(transaction, meaning, amounts);
  AUTHD_TRY(link, link_of(reader, transaction, meaning));
  const auto kind = kind_of(meaning, *state, !link.empty());
  if (!kind || !concerns_cardholder(reader, transaction, meaning.step)) return Told{};

  AUTHD_TRY(token, reader.identifier<core::MessageId>(fields["token"]));
  AUTHD_TRY(card, reader.identifier<core::CardToken>(fields["card_token"]));
  core::Event event;
  event.program = program;
  event.notice = composed_id(
      {token.view(), transaction.type, is_posting(*kind) ? "COMPLETION" : transaction.state});
  event.authorization = link;
  event.about = token;
  event.card = card;
  event.kind = *kind;
  event.transaction = meaning.kind;
  event.amount = {amount_of(*kind, meaning.step, amounts), amounts.currency};
  event.final = is_final(reader, meaning, *state);
  event.timed_out = *kind == EventKind::declined && has_timed_out(reader, transaction.container);
  event.details = details_of(reader, transaction.container, amounts.currency);
  return Told{event};
}

Field<Told> read_element(const FieldReader& reader, const core::ProgramId& program) {
  AUTHD_TRY(transaction, transaction_of(reader));
  AUTHD_TRY(meaning, meaning_in(reader, transaction));
  if (!meaning || meaning->step == Step::nothing || meaning->kind == Kind::balance_inquiry)
    return Told{};
  return event_of(reader, program, transaction, *meaning);
}

}  // namespace

std::optional<ParseError> MarqetaAdapter::read_events(JsonWalk& walk,
                                                      const core::ProgramId& program,
                                                      PaddedBody body,
                                                      std::vector<core::Event>& events) const {
  std::array<JsonValue, webhook_fields.count> values;
  std::optional<ParseError> first_error;
  const auto events_before = static_cast<std::ptrdiff_t>(events.size());
  const auto on_element = [&](std::size_t) {
    const Field<Told> told = read_element(element_reader(values), program);
    if (!told && !first_error) first_error = told.error();
    if (told && *told) events.push_back(**told);
  };
  const auto walked = walk.run(body, webhook_fields.table(), values, on_element);
  if (!walked) {  // not all of it is JSON: then none of it counts
    events.erase(events.begin() + events_before, events.end());
    return walked.error();
  }
  const JsonValue& transactions = values[webhook_fields["transactions"]];
  if (!is_absent(transactions) && transactions.type != JsonType::array)
    return ParseError{ParseFault::wrong_type, "transactions"};
  return first_error;
}

}  // namespace authd::processors
