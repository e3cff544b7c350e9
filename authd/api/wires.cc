#include "authd/api/wires.h"

#include <boost/json/serialize.hpp>

#include "authd/api/body_reader.h"
#include "authd/api/idempotency.h"
#include "authd/api/move.h"
#include "authd/api/page.h"
#include "authd/api/with_connection.h"

namespace authd::api {

namespace {

namespace json = boost::json;
using core::TransferKind;
using core::TransferStatus;
using core::Unexpected;
using store::Connection;
using store::PgParams;
using Kind = Problem::Kind;

constexpr BodyReader::TextSize reference_size{1, 140};
constexpr BodyReader::TextSize name_size{1, 140};  // as ISO 20022 has it
constexpr BodyReader::TextSize bank_size{1, 140};
constexpr std::size_t account_size_max = 34;  // of an IBAN, which is the longest

std::vector<Statement> statements() {
  return {{"wire_get", transfer_select() + " WHERE t.id = $1 AND t.kind = 5"
                                           " AND ($2::text = '' OR t.program = $2) LIMIT 1"}};
}

void read_counterparty(BodyReader& body, WantedTransfer& wanted) {
  body.object("counterparty", Need::required, [&](BodyReader& party) {
    const auto name = party.text("name", name_size, Need::required);
    const auto account = party.token("account", account_size_max, Need::required);
    const auto bank = party.text("bank", bank_size, Need::required);
    if (!name.value || !account.value || !bank.value) return;
    wanted.counterparty = json::serialize(
        json::object{{"name", *name.value}, {"account", *account.value}, {"bank", *bank.value}});
  });
}

core::Result<WantedTransfer, Problem> read_wire(const Call& call) {
  return read_body(call, [&](BodyReader& body) {
    WantedTransfer wanted;
    wanted.kind = TransferKind::wire;
    wanted.reserve = true;
    wanted.from = {body.integer("account", 1, integer_max, Need::required).value.value_or(0)};
    wanted.amount = body.amount("amount", 1, Need::required).value.value_or(core::Money{});
    read_counterparty(body, wanted);
    wanted.reference = body.text("reference", reference_size, Need::optional).value.value_or("");
    return wanted;
  });
}

core::Result<void, Problem> read_nothing(const Call& call) {
  return read_object(call, [](BodyReader&) {});
}

net::Awaitable<Outcome> create_wire(const Call& call, const Facilities& facilities) {
  auto wanted = read_wire(call);
  if (!wanted) co_return Unexpected{wanted.error()};
  const auto begun = co_await begin_transfer(call, facilities, std::move(*wanted));
  if (!begun) co_return Unexpected{begun.error()};
  json::object shown = wire_json(*begun);
  if (begun->transfer.status == TransferStatus::declined) {
    co_return Unexpected{declined(begun->transfer.reason, std::move(shown))};
  }
  Answer answer;
  answer.status = 201;
  answer.body = json::serialize(shown);
  answer.location = "/v1/wires/" + std::string(begun->transfer.id.view());
  co_return answer;
}

// The wire that the path names, if there is one and the caller may see it.
core::Result<TransferRow, Problem> find_wire(const Call& call, Connection& connection) {
  PgParams params;
  params.text(call.text("transfer")).text(call.caller.program);
  AUTHD_TRY(found, connection.exec_prepared("wire_get", params));
  if (found.rows() == 0) return Unexpected{Problem(Kind::not_found)};
  return read_transfer(found, 0);
}

Answer answer_with(const TransferRow& wire) {
  Answer answer;
  answer.body = json::serialize(wire_json(wire));
  return answer;
}

Outcome get_wire(const Call& call, Connection& connection) {
  QueryReader query(call.head.query());
  const auto fields = FieldSelection::read(query, wire_members);
  AUTHD_TRY_VOID(query.finish());
  AUTHD_TRY(wire, find_wire(call, connection));
  json::object object = wire_json(wire);
  fields.apply(object);
  Answer answer;
  answer.body = json::serialize(object);
  return answer;
}

// Whether the wire has come to this status, now or earlier.
bool has_been(const TransferRow& wire, TransferStatus status) noexcept {
  switch (status) {
    case TransferStatus::sent: return wire.sent_at.has_value();
    case TransferStatus::posted: return wire.posted_at.has_value();
    case TransferStatus::returned: return wire.returned_at.has_value();
    case TransferStatus::reserved:
    case TransferStatus::declined: break;
  }
  return false;
}

// What is to be advanced, unless this very request was answered before.
struct Step {
  std::optional<Answer> stored;
  core::ProgramId program;
  core::MessageId id;
};
core::Result<Step, Problem> begin_step(const Call& call, Connection& connection) {
  AUTHD_TRY(transaction, store::Transaction::begin(connection));
  AUTHD_TRY(stored, claim_key(call, connection));
  AUTHD_TRY_VOID(transaction.commit());
  if (stored) return Step{std::move(stored), {}, {}};
  AUTHD_TRY(wire, find_wire(call, connection));
  return Step{std::nullopt, wire.transfer.program, wire.transfer.id};
}

Problem refusal(const core::Moved& moved, const TransferRow& wire) {
  if (moved.fault == core::Moved::Fault::out_of_range) {
    return declined(core::Reason::sum_out_of_range, wire_json(wire));
  }
  Problem problem(Kind::wrong_state);
  problem.members["transfer"] = wire_json(wire);
  return problem;
}

// The wire as the ledger has it now. The state knows repetitions of the step itself; the answer is
// stored so that the key stands for this one request.
Outcome end_step(const Call& call, Connection& connection, const core::Moved& moved,
                 TransferStatus status) {
  AUTHD_TRY(transaction, store::Transaction::begin(connection));
  AUTHD_TRY(stored, claim_key(call, connection));
  if (stored) return std::move(*stored);
  AUTHD_TRY(wire, find_wire(call, connection));
  // Who asks again for a step that others were made after, is not wrong.
  if (moved.origin == core::Moved::Origin::refused && !has_been(wire, status)) {
    return Unexpected{refusal(moved, wire)};
  }
  const Answer answer = answer_with(wire);
  AUTHD_TRY_VOID(store_answer(call, answer, connection));
  AUTHD_TRY_VOID(transaction.commit());
  return answer;
}

net::Awaitable<Outcome> advance(const Call& call, const Facilities& facilities,
                                TransferStatus status) {
  const auto nothing = read_nothing(call);
  if (!nothing) co_return Unexpected{nothing.error()};
  auto begin = [&](Connection& connection) { return begin_step(call, connection); };
  const auto step = co_await with_connection(facilities.pool, facilities.mailbox, begin);
  if (!step) co_return Unexpected{step.error()};
  if (step->stored) co_return *step->stored;
  const core::AdvanceTransfer command{step->program, step->id, status};
  const auto moved = co_await submit(call, facilities, command);
  if (!moved) co_return Unexpected{moved.error()};
  auto end = [&](Connection& connection) { return end_step(call, connection, *moved, status); };
  co_return co_await with_connection(facilities.pool, facilities.mailbox, end);
}

Wait advances(TransferStatus status) {
  return {[status](const Call& call, const Facilities& facilities) {
    return advance(call, facilities, status);
  }};
}

}  // namespace

Resource wires_resource() {
  using net::Method;
  return {
      {{Method::post, "/v1/wires", "createWire", Scope::money_write, Wait{create_wire}},
       {Method::get, "/v1/wires/{transfer:token}", "getWire", Scope::money_read, Read{get_wire}},
       {Method::post, "/v1/wires/{transfer:token}/sent", "wireSent", Scope::money_write,
        advances(TransferStatus::sent)},
       {Method::post, "/v1/wires/{transfer:token}/settled", "wireSettled", Scope::money_write,
        advances(TransferStatus::posted)},
       {Method::post, "/v1/wires/{transfer:token}/returned", "wireReturned", Scope::money_write,
        advances(TransferStatus::returned)}},
      statements()};
}

}  // namespace authd::api
