// The questions of Marqeta's gateway; see marqeta.h.

#include "authd/processors/marqeta.h"

#include "authd/processors/marqeta_transaction.h"

namespace authd::processors {

namespace {

using namespace marqeta;
using core::Kind;

Field<const Container*> funded_container(const FieldReader& reader) {
  AUTHD_TRY(container, find_container(reader));
  if (container == nullptr) return reader.refuse(ParseFault::missing, order.self);
  AUTHD_TRY(has_funding, reader.has_object(container->funding));
  if (!has_funding) return reader.refuse(ParseFault::missing, container->funding);
  return container;
}

Field<Question::Echo> echo_of(const FieldReader& reader, const Container& container) {
  constexpr std::size_t bytes_max = Question::Echo::value_type::size_max;
  AUTHD_TRY(token, reader.echo<bytes_max>(container.token));
  AUTHD_TRY(method, reader.echo<bytes_max>(container.method));
  AUTHD_TRY(user, reader.echo<bytes_max>(container.user_token));
  AUTHD_TRY(acting_user, reader.optional_echo<bytes_max>(container.acting_user_token));
  AUTHD_TRY(business, reader.optional_echo<bytes_max>(container.business_token));
  return Question::Echo{token, method, user, acting_user, business};
}

// What tells of something that has happened (clearings, completed refunds, stand-in …) is no
// question, and neither is a method that is younger than our table.
Kind kind_of(const Container& container, std::string_view method,
             std::int64_t amount_minor) noexcept {
  const auto meaning = meaning_of(method);
  if (!meaning || meaning->step != Step::question) return Kind::unsupported;
  return kind_in(container, meaning->kind, amount_minor);
}

// The life cycle that an incremental authorization belongs to; empty for everything else.
Field<core::MessageId> life_cycle_of(const FieldReader& reader, std::string_view method) {
  AUTHD_TRY(type, reader.optional_text(fields["type"]));
  if (!is_increment(type.value_or(""), method)) return core::MessageId{};
  return linked_authorization(reader);
}

// The part of the amount that is paid out at the till.
Field<std::int64_t> cash_back_of(const FieldReader& reader, core::Currency currency,
                                 std::int64_t amount_minor) {
  const std::size_t field = fields["cash_back_amount"];
  if (is_absent(reader.value(field))) return 0;
  AUTHD_TRY(cash_back_minor, reader.major_units(field, currency));
  if (cash_back_minor > amount_minor) return reader.refuse(ParseFault::conflicting, field);
  return cash_back_minor;
}

Field<Question> question_of(const FieldReader& reader, const core::ProgramId& program) {
  AUTHD_TRY(message, reader.identifier<core::MessageId>(fields["token"]));
  AUTHD_TRY(card, reader.identifier<core::CardToken>(fields["card_token"]));
  AUTHD_TRY(container, funded_container(reader));
  AUTHD_TRY(currency, currency_of(reader, container));
  AUTHD_TRY(echo, echo_of(reader, *container));
  AUTHD_TRY(amount_minor, reader.major_units(container->amount, currency));
  const std::string_view method = echo[marqeta::method].view();
  AUTHD_TRY(life_cycle, life_cycle_of(reader, method));
  AUTHD_TRY(cash_back_minor, cash_back_of(reader, currency, amount_minor));

  Question question;
  question.echo = echo;
  core::Request& request = question.request;
  request.program = program;
  request.message = message;
  request.authorization = life_cycle;
  request.card = card;
  request.kind = kind_of(*container, method, amount_minor);
  request.amount = {amount_minor, currency};
  request.cash_back_minor = cash_back_minor;
  request.partial_approval =
      flag_of(reader.value(fields["pos.partial_approval_capable"])).value_or(false);
  request.details = details_of(reader, container, currency);
  return question;
}

}  // namespace

core::Result<Question, ParseError> MarqetaAdapter::read_question(JsonWalk& walk,
                                                                 const core::ProgramId& program,
                                                                 PaddedBody body) const {
  std::array<JsonValue, fields.count> values;
  AUTHD_TRY_VOID(walk.run(body, fields.table(), values));
  return question_of(FieldReader(fields.table(), values), program);
}

}  // namespace authd::processors
