#include "store/postgres/batch.h"

#include <algorithm>

#include "store/postgres/utf8.h"

namespace authd::store {

namespace {

using core::Unexpected;

constexpr const char* copy_decisions =
    "COPY authd.decision (shard, seq, decided_at, program, message_id, increments, card_token,"
    " account_id, kind, amount_minor, currency, approved_minor, reason, hold_id, merchant_mcc,"
    " merchant_id, merchant_name, merchant_country, posted_after_minor, available_after_minor)"
    " FROM STDIN BINARY";
constexpr std::int16_t decision_fields = 20;

constexpr const char* copy_holds =
    "COPY authd.hold (shard, id, account_id, program, card_token, authorization_message,"
    " amount_minor, currency, status, opened_at) FROM STDIN BINARY";
constexpr std::int16_t hold_fields = 10;

constexpr const char* copy_entries =
    "COPY authd.journal_entry (shard, seq, kind, account_id, booked_at) FROM STDIN BINARY";
constexpr std::int16_t entry_fields = 5;

constexpr const char* copy_postings =
    "COPY authd.posting (shard, seq, leg, book, account_id, amount_minor, currency)"
    " FROM STDIN BINARY";
constexpr std::int16_t posting_fields = 7;

constexpr const char* upsert_holds =
    "INSERT INTO authd.hold (shard, id, account_id, program, card_token, authorization_message,"
    " amount_minor, currency, status, opened_at)"
    " SELECT $1, * FROM unnest($2::int8[], $3::int8[], $4::text[], $5::text[], $6::text[],"
    " $7::int8[], $8::text[], $9::int2[], $10::timestamptz[])"
    " ON CONFLICT (shard, id) DO UPDATE"
    " SET amount_minor = excluded.amount_minor, status = excluded.status";

constexpr const char* update_balances_name = "authd_update_balances";
constexpr const char* update_balances =
    "UPDATE authd.account SET posted_minor = new.posted, held_minor = new.held,"
    " state_seq = new.seq, state_shard = $1"
    " FROM unnest($2::int8[], $3::int8[], $4::int8[], $5::int8[]) AS new(id, posted, held, seq)"
    " WHERE account.id = new.id";

template <class RowType>
const RowType* find_row(const std::vector<core::Row>& rows) noexcept {
  for (const core::Row& row : rows) {
    if (const auto* found = std::get_if<RowType>(&row)) return found;
  }
  return nullptr;
}

}  // namespace

core::Result<void, FormatError> Batch::add(const RecordView& view) {
  AUTHD_TRY(record, decode_record(view.kind, view.version, view.at, view.payload));
  if (const auto* request = std::get_if<core::Request>(&record.command)) {
    const auto& answer = std::get<core::Answer>(record.outcome);
    const auto* const account = find_row<core::Account>(record.rows);
    const auto* const hold = find_row<core::Hold>(record.rows);
    const auto reserved = reserved_money(*request, answer.decision);
    if (reserved && (account == nullptr || hold == nullptr)) {
      return Unexpected{FormatError::malformed};
    }
    add_decision(view, *request, answer, account);
    if (reserved) {
      add_entry(view, *account, reserved->minor_units);
      add_hold(view.sequence, *hold);
      balances_[account->id] = {account->posted_minor, account->held_minor, view.sequence};
      approvals_.add(request->program, *reserved);
    }
  } else if (const auto* open = std::get_if<core::OpenAccount>(&record.command)) {
    opened_.push_back({open->account, view.sequence, view.at});
  } else {
    cards_.push_back(std::get<core::IssueCard>(record.command).card);
  }
  last_ = view.sequence;
  ++records_;
  return {};
}

void Batch::add_decision(const RecordView& view, const core::Request& request,
                         const core::Answer& answer, const core::Account* account) {
  const core::Decision& decision = answer.decision;
  CopyRows& row = decisions_;
  row.row(decision_fields);
  row.number(shard_);
  row.number(view.sequence.value);
  row.time(view.at);
  row.text(request.program.view());
  row.text(request.message.view());
  row.text_or_null(request.increments.view());
  row.text(request.card.view());
  row.number(account == nullptr ? std::nullopt : std::optional{account->id.value});
  row.number(static_cast<std::int16_t>(request.kind));
  row.number(request.amount.minor_units);
  row.text(request.amount.currency.alpha());
  row.number(decision.approved.minor_units);
  row.number(static_cast<std::int16_t>(decision.reason));
  row.number(answer.hold == core::HoldId{}
                 ? std::nullopt
                 : std::optional{static_cast<std::int64_t>(answer.hold.value)});
  request.merchant.mcc == 0 ? row.null() : row.number(std::int32_t{request.merchant.mcc});
  row.text_or_null(clean_utf8(request.merchant.id.view(), scratch_));
  row.text_or_null(clean_utf8(request.merchant.name.view(), scratch_));
  row.text_or_null(clean_utf8(request.merchant.country.view(), scratch_));
  row.number(decision.balance.posted_minor);
  row.number(decision.balance.available_minor);
}

void Batch::add_entry(const RecordView& view, const core::Account& account,
                      std::int64_t amount_minor) {
  entries_.row(entry_fields);
  entries_.number(shard_);
  entries_.number(view.sequence.value);
  entries_.number(static_cast<std::int16_t>(EntryKind::authorization));
  entries_.number(account.id.value);
  entries_.time(view.at);

  const auto leg = [&](std::int16_t number, Book book, std::int64_t minor_units) {
    postings_.row(posting_fields);
    postings_.number(shard_);
    postings_.number(view.sequence.value);
    postings_.number(number);
    postings_.number(static_cast<std::int16_t>(book));
    postings_.number(account.id.value);
    postings_.number(minor_units);
    postings_.text(account.currency.alpha());
  };
  leg(1, Book::wallet, -amount_minor);
  leg(2, Book::holds, amount_minor);
}

void Batch::add_hold(core::Sequence sequence, const core::Hold& hold) {
  if (hold.id.value == sequence.value) {
    new_holds_.push_back(hold);
    return;
  }
  const auto known =
      std::lower_bound(new_holds_.begin(), new_holds_.end(), hold.id,
                       [](const core::Hold& a, core::HoldId id) { return a.id < id; });
  if (known != new_holds_.end() && known->id == hold.id) {
    *known = hold;
  } else {
    older_holds_.insert_or_assign(hold.id, hold);
  }
}

void Batch::clear() {
  records_ = 0;
  decisions_.clear();
  entries_.clear();
  postings_.clear();
  opened_.clear();
  cards_.clear();
  new_holds_.clear();
  older_holds_.clear();
  balances_.clear();
  approvals_.clear();
}

core::Result<void, PgError> Batch::prepare(Connection& connection) {
  // The planner cannot know how many accounts a batch touches; reading all of them is always wrong.
  AUTHD_TRY_VOID(connection.exec(
      "SET enable_seqscan = off; SET enable_hashjoin = off; SET enable_mergejoin = off"));
  return connection.prepare(update_balances_name, update_balances);
}

core::Result<void, PgError> Batch::write(Connection& connection) {
  AUTHD_TRY_VOID(insert_accounts(connection, shard_, opened_));
  AUTHD_TRY_VOID(insert_cards(connection, cards_));
  AUTHD_TRY_VOID(copy(connection, copy_decisions, decisions_));
  AUTHD_TRY_VOID(write_new_holds(connection));
  AUTHD_TRY_VOID(write_older_holds(connection));
  AUTHD_TRY_VOID(copy(connection, copy_entries, entries_));
  AUTHD_TRY_VOID(copy(connection, copy_postings, postings_));
  return write_balances(connection);
}

core::Result<void, PgError> Batch::copy(Connection& connection, const char* statement,
                                        CopyRows& rows) {
  if (rows.rows() == 0) return {};
  return connection.copy_in(statement, rows.stream());
}

core::Result<void, PgError> Batch::write_new_holds(Connection& connection) {
  CopyRows rows;
  for (const core::Hold& hold : new_holds_) {
    rows.row(hold_fields);
    rows.number(shard_);
    rows.number(hold.id.value);
    rows.number(hold.account.value);
    rows.text(hold.program.view());
    rows.text(hold.card.view());
    rows.text(hold.authorization.view());
    rows.number(hold.amount.minor_units);
    rows.text(hold.amount.currency.alpha());
    rows.number(static_cast<std::int16_t>(hold.status));
    rows.time(hold.opened_at);
  }
  return copy(connection, copy_holds, rows);
}

core::Result<void, PgError> Batch::write_older_holds(Connection& connection) {
  if (older_holds_.empty()) return {};
  PgArray ids(PgType::int64), accounts(PgType::int64), programs(PgType::text), cards(PgType::text),
      messages(PgType::text), amounts(PgType::int64), currencies(PgType::text),
      statuses(PgType::int16), times(PgType::time);
  for (const auto& [id, hold] : older_holds_) {
    ids.number(id.value);
    accounts.number(hold.account.value);
    programs.text(hold.program.view());
    cards.text(hold.card.view());
    messages.text(hold.authorization.view());
    amounts.number(hold.amount.minor_units);
    currencies.text(hold.amount.currency.alpha());
    statuses.number(static_cast<std::int16_t>(hold.status));
    times.time(hold.opened_at);
  }
  PgParams params;
  params.number(shard_);
  for (PgArray* array :
       {&ids, &accounts, &programs, &cards, &messages, &amounts, &currencies, &statuses, &times}) {
    params.bytes(array->bytes(older_holds_.size()));
  }
  AUTHD_TRY_VOID(connection.exec(upsert_holds, params));
  return {};
}

core::Result<void, PgError> Batch::write_balances(Connection& connection) {
  if (balances_.empty()) return {};
  PgArray ids(PgType::int64), posted(PgType::int64), held(PgType::int64), sequences(PgType::int64);
  for (const auto& [id, change] : balances_) {
    ids.number(id.value);
    posted.number(change.posted_minor);
    held.number(change.held_minor);
    sequences.number(change.sequence.value);
  }
  PgParams params;
  params.number(shard_);
  for (PgArray* array : {&ids, &posted, &held, &sequences}) {
    params.bytes(array->bytes(balances_.size()));
  }
  AUTHD_TRY(updated, connection.exec_prepared(update_balances_name, params));
  if (updated.affected() != static_cast<std::int64_t>(balances_.size())) {
    return Unexpected{unexpected(std::to_string(balances_.size()) +
                                 " accounts changed, the ledger has " +
                                 std::to_string(updated.affected()) + " of them")};
  }
  return {};
}

}  // namespace authd::store
