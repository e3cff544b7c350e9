#include "authd/api/control_owners.h"

namespace authd::api {

namespace {

using core::Level;
using core::Owner;
using core::Unexpected;
using store::Connection;
using store::PgParams;
using Kind = Problem::Kind;

// A program is known by its name alone: it may have controls before it is configured.
core::Result<Owners, Problem> program_owner(const Call& call) {
  const auto program = core::ProgramId::from(call.text("program"));
  if (!program || !call.caller.may_see(program->view())) {
    return Unexpected{Problem(Kind::not_found)};
  }
  return Owners{{*program}};
}

core::Result<Owners, Problem> account_owner(const Call& call, Connection& connection) {
  const core::AccountId account{call.id("account")};
  AUTHD_TRY(found, connection.exec_prepared("control_account", PgParams().number(account.value)));
  if (found.rows() == 0 || !call.caller.may_see(found.text(0, 0))) {
    return Unexpected{Problem(Kind::not_found)};
  }
  Owners owners;
  if (const auto program = core::ProgramId::from(found.text(0, 0))) owners.push_back({*program});
  owners.push_back({account});
  return owners;
}

core::Result<Owners, Problem> card_owner(const Call& call, Connection& connection) {
  const auto program = core::ProgramId::from(call.text("program"));
  const auto card = core::CardToken::from(call.text("token"));
  if (!program || !card || !call.caller.may_see(program->view())) {
    return Unexpected{Problem(Kind::not_found)};
  }
  PgParams params;
  params.text(program->view()).text(card->view());
  AUTHD_TRY(found, connection.exec_prepared("control_card", params));
  if (found.rows() == 0) return Unexpected{Problem(Kind::not_found)};
  Owners owners{{*program}};
  if (call.caller.may_see(found.text(0, 1))) {
    owners.push_back({core::AccountId{found.number<std::int64_t>(0, 0)}});
  }
  owners.push_back({Owner::CardOwner{*program, *card}});
  return owners;
}

}  // namespace

core::Result<Owners, Problem> owners_of(const Call& call, Connection& connection, Level level) {
  switch (level) {
    case Level::program: return program_owner(call);
    case Level::account: return account_owner(call, connection);
    case Level::card: break;
  }
  return card_owner(call, connection);
}

std::vector<Statement> control_owner_statements() {
  return {
      {"control_account", "SELECT program FROM authd.account WHERE id = $1"},
      {"control_card",
       "SELECT card.account_id, account.program FROM authd.card"
       " JOIN authd.account ON account.id = card.account_id"
       " WHERE card.program = $1 AND card.token = $2"},
  };
}

}  // namespace authd::api
