#include "store/postgres/read_rows.h"

#include "store/format/rows.h"

namespace authd::store {

const std::string account_columns =
    "account.id, account.currency::text, account.status, balance.posted_minor, balance.held_minor,"
    " balance.pending_credit_minor, account.overdraft_minor, account.minimum_minor, account.kyc,"
    " EXISTS (SELECT FROM authd.spend_control AS c WHERE c.level = 2 AND c.account_id = "
    "account.id)";
const std::string account_tables =
    "authd.account JOIN authd.balance ON balance.account_id = account.id";

core::Account read_account(PgRow& in) {
  core::Account r;
  r.id = in.numbered<core::AccountId>(0);
  r.currency = in.currency(1);
  r.status = in.enumerator(2, core::AccountStatus::closed);
  r.posted_minor = in.minor(3);
  r.held_minor = in.minor(4);
  r.pending_credit_minor = in.minor(5);
  r.overdraft_minor = in.minor(6);
  r.minimum_minor = in.minor(7);
  r.kyc = in.enumerator(8, core::kyc_last);
  r.has_controls = in.flag(9);
  return r;
}

const std::string card_columns =
    "card.program, card.token, card.account_id, card.status, card.active_from, card.expires_at,"
    " card.locked_to, EXISTS (SELECT FROM authd.spend_control AS c WHERE c.level = 3"
    " AND c.program = card.program AND c.card_token = card.token)";

core::Card read_card(PgRow& in) {
  core::Card r;
  r.program = in.identifier<core::ProgramId>(0);
  r.token = in.identifier<core::CardToken>(1);
  r.account = in.numbered<core::AccountId>(2);
  r.status = in.enumerator(3, core::CardStatus::closed);
  r.active_from = in.time(4);
  r.expires_at = in.time(5);
  r.locked_to = in.identifier_or_empty<decltype(r.locked_to)>(6);
  r.has_controls = in.flag(7);
  return r;
}

const std::string control_columns =
    "c.level, c.program, c.account_id, c.card_token, c.image, c.removed_at";

core::Owner read_owner(PgRow& in) {
  switch (in.enumerator(0, core::level_last)) {
    case core::Level::program: return {in.identifier<core::ProgramId>(1)};
    case core::Level::account: return {in.numbered<core::AccountId>(2)};
    case core::Level::card: break;
  }
  return {core::Owner::CardOwner{in.identifier_or_empty<core::ProgramId>(1),
                                 in.identifier_or_empty<core::CardToken>(3)}};
}

core::Control read_control(PgRow& in) {
  const auto control = decode_control(in.bytes(4));
  in.expect(bool{control});
  return control ? *control : core::Control{};
}

bool is_removed(const PgRow& in) { return !in.is_null(5); }

}  // namespace authd::store
