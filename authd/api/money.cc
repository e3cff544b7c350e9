#include "authd/api/money.h"

#include <boost/json/serialize.hpp>

#include "authd/api/body_reader.h"
#include "authd/api/move.h"
#include "authd/api/wallet.h"

namespace authd::api {

namespace {

using core::TransferKind;
using core::Unexpected;

constexpr BodyReader::TextSize reference_size{1, 140};

void read_money(BodyReader& body, WantedTransfer& wanted) {
  wanted.amount = body.amount("amount", 1, Need::required).value.value_or(core::Money{});
  wanted.reference = body.text("reference", reference_size, Need::optional).value.value_or("");
}

net::Awaitable<Outcome> move(const Call& call, const Facilities& facilities,
                             WantedTransfer wanted) {
  const auto begun = co_await begin_transfer(call, facilities, std::move(wanted));
  if (!begun) co_return Unexpected{begun.error()};
  boost::json::object shown = transfer_json(*begun, call.caller);
  if (begun->transfer.status == core::TransferStatus::declined) {
    co_return Unexpected{declined(begun->transfer.reason, std::move(shown))};
  }
  Answer answer;
  answer.status = 201;
  answer.body = boost::json::serialize(shown);
  answer.location = "/v1/transfers/" + std::string(begun->transfer.id.view());
  co_return answer;
}

core::Result<WantedTransfer, Problem> read_movement(const Call& call, TransferKind kind) {
  return read_body(call, [&](BodyReader& body) {
    WantedTransfer wanted;
    wanted.kind = kind;
    const core::AccountId account{call.id("account")};
    (kind == TransferKind::top_up ? wanted.to : wanted.from) = account;
    read_money(body, wanted);
    return wanted;
  });
}

core::Result<WantedTransfer, Problem> read_transfer_between(const Call& call) {
  return read_body(call, [&](BodyReader& body) {
    WantedTransfer wanted;
    wanted.from = {body.integer("from", 1, integer_max, Need::required).value.value_or(0)};
    wanted.to = {body.integer("to", 1, integer_max, Need::required).value.value_or(0)};
    if (wanted.from == wanted.to && wanted.to.value != 0) {
      body.refuse("to", "must be another account");
    }
    read_money(body, wanted);
    return wanted;
  });
}

// Between the account of the path and the outside.
net::Awaitable<Outcome> move_of_account(const Call& call, const Facilities& facilities,
                                        TransferKind kind) {
  auto wanted = read_movement(call, kind);
  if (!wanted) co_return Unexpected{wanted.error()};
  co_return co_await move(call, facilities, std::move(*wanted));
}

Wait moves(TransferKind kind) {
  return {[kind](const Call& call, const Facilities& facilities) {
    return move_of_account(call, facilities, kind);
  }};
}

net::Awaitable<Outcome> create_transfer(const Call& call, const Facilities& facilities) {
  auto wanted = read_transfer_between(call);
  if (!wanted) co_return Unexpected{wanted.error()};
  co_return co_await move(call, facilities, std::move(*wanted));
}

}  // namespace

// Holds the statements that every request about money uses.
Resource money_resource() {
  using net::Method;
  std::vector<Statement> statements = move_statements();
  for (Statement& statement : wallet_statements()) statements.push_back(std::move(statement));
  return {{{Method::post, "/v1/accounts/{account:id}/top-ups", "createTopUp", Scope::money_write,
            moves(TransferKind::top_up)},
           {Method::post, "/v1/accounts/{account:id}/withdrawals", "createWithdrawal",
            Scope::money_write, moves(TransferKind::withdrawal)},
           {Method::post, "/v1/accounts/{account:id}/fees", "createFee", Scope::money_write,
            moves(TransferKind::fee)},
           {Method::post, "/v1/transfers", "createTransfer", Scope::money_write,
            Wait{create_transfer}}},
          std::move(statements)};
}

}  // namespace authd::api
