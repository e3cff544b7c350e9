#include "bench/recon_data/ledger_writer.h"

#include <future>
#include <string>

#include "core/assert.h"

namespace authd::bench {

namespace {

using core::Unexpected;
using store::PgError;

constexpr std::size_t records_at_once = 5'000;

core::Details details_of(const Story& story) {
  core::Details details;
  details.merchant.mcc = 5411;
  const std::string id = "M" + std::to_string(100'000 + story.merchant);
  details.merchant.id = *decltype(details.merchant.id)::from(id);
  details.merchant.name = *decltype(details.merchant.name)::from("SHOP " + id);
  details.merchant.country = *decltype(details.merchant.country)::from("USA");
  return details;
}

}  // namespace

LedgerWriter::LedgerWriter(store::Connection& connection, store::Connection& second,
                           const World& world)
    : connection_(connection),
      second_(second),
      world_(world),
      balances_(world.holders()),
      history_(world.shard),
      authorizations_(world.shard),
      entries_(world.shard) {}

core::Result<void, PgError> LedgerWriter::begin() {
  AUTHD_TRY(there, connection_.exec("SELECT count(*) FROM authd.authorization WHERE shard = $1",
                                    store::PgParams().number(world_.shard)));
  if (there.number<std::int64_t>(0, 0) != 0) {
    return Unexpected{store::unexpected("the ledger has authorizations already")};
  }
  for (store::Connection* const connection : {&connection_, &second_}) {
    AUTHD_TRY_VOID(connection->exec("SET synchronous_commit = off"));
  }
  AUTHD_TRY_VOID(connection_.exec(
      "SELECT authd.ensure_month(day::date) FROM generate_series($1::timestamptz, $1::timestamptz"
      " + interval '60 days', interval '28 days') AS day",
      store::PgParams().time(world_.begins_at)));
  AUTHD_TRY_VOID(open_accounts());
  return issue_cards();
}

core::Result<void, PgError> LedgerWriter::open_accounts() {
  store::CopyRows rows;
  for (std::uint64_t number = 0; number < world_.holders(); ++number) {
    const Holder holder = world_.holder(number);
    rows.row(6);
    rows.number(holder.account.value);
    rows.text(world_.program.view());
    rows.text(holder.currency.alpha());
    rows.enumerator(core::AccountStatus::active);
    rows.number(World::opening_minor);
    rows.time(world_.begins_at);
  }
  return connection_.copy_in(
      "COPY authd.account (id, program, currency, status, opening_minor, opened_at)"
      " FROM STDIN BINARY",
      rows);
}

core::Result<void, PgError> LedgerWriter::issue_cards() {
  store::CopyRows rows;
  for (std::uint64_t number = 0; number < world_.holders(); ++number) {
    const Holder holder = world_.holder(number);
    rows.row(5);
    rows.text(world_.program.view());
    rows.text(holder.card.view());
    rows.number(holder.account.value);
    rows.enumerator(core::CardStatus::active);
    rows.time({world_.begins_at.unix_us + 1'500 * core::us_per_day});
  }
  return connection_.copy_in(
      "COPY authd.card (program, token, account_id, status, expires_at) FROM STDIN BINARY", rows);
}

LedgerWriter::Balance& LedgerWriter::balance(const Story& story) {
  return balances_[static_cast<std::size_t>(story.row.account.value -
                                            world_.holder(0).account.value)];
}

core::Result<void, PgError> LedgerWriter::add_first(const Story& story) {
  const core::Authorization& row = story.row;
  core::Moment moment;
  moment.at = row.opened_at;
  moment.sequence = {row.id.value};
  if (!authorizations_.add(row, moment.sequence, story.changed_at)) {
    return Unexpected{store::unexpected("an authorization does not fit")};
  }
  if (!story.was_asked) return {};  // its first event is a record of its own

  core::Request request;
  request.program = row.program;
  request.message = row.key;
  request.card = row.card;
  request.amount = {story.requested_minor, row.currency};
  request.partial_approval = story.requested_minor != row.approved_minor;
  request.details = details_of(story);

  Balance& balance = this->balance(story);
  core::Explanation explanation;
  explanation.before = {balance.posted_minor, balance.posted_minor - balance.held_minor};
  balance.held_minor += row.approved_minor;
  core::Answer answer;
  answer.authorization = row.id;
  answer.decided_at = row.opened_at;
  answer.decision.approved = {row.approved_minor, row.currency};
  answer.decision.balance = {balance.posted_minor, balance.posted_minor - balance.held_minor};
  core::Message message;
  message.approved_minor = row.approved_minor;
  history_.add(moment, request, answer, explanation, row.account, message);
  AUTHD_ASSERT(entries_.add(moment, store::EntryKind::authorization, row.program,
                            {row.account, row.currency, row.approved_minor, 0}));
  return added();
}

core::Result<void, PgError> LedgerWriter::add_told(const Story& story, const Told& told) {
  const core::Authorization& row = story.row;
  core::Moment moment;
  moment.at = world_.at(story.index, told.slot);
  moment.sequence = world_.sequence(story.index, told.slot);
  Balance& balance = this->balance(story);
  balance.posted_minor += told.booking.posted_minor;
  balance.held_minor += told.booking.held_minor;
  if (told.slot == Slot::expired) {
    history_.add_expiry(moment, row, told.booking);
  } else {
    core::Event event;
    event.program = row.program;
    event.notice = told.notice;
    event.authorization = row.key;
    event.card = row.card;
    event.kind = told.kind;
    event.amount = {told.amount_minor, row.currency};
    event.final = told.final;
    event.details = details_of(story);
    history_.add(moment, event, told.booking);
  }
  AUTHD_ASSERT(entries_.add(
      moment, store::entry_kind(told.kind), row.program,
      {row.account, row.currency, told.booking.held_minor, told.booking.posted_minor}));
  return added();
}

core::Result<void, PgError> LedgerWriter::added() {
  if (++waiting_ < records_at_once) return {};
  return flush();
}

core::Result<void, PgError> LedgerWriter::flush() {
  const auto write_standing = [this]() -> core::Result<void, PgError> {
    AUTHD_TRY_VOID(history_.write(second_));
    return authorizations_.write(second_);
  };
  auto standing = std::async(std::launch::async, write_standing);
  const auto booked = entries_.write(connection_);
  AUTHD_TRY_VOID(standing.get());
  AUTHD_TRY_VOID(booked);
  history_.clear();
  authorizations_.clear();
  entries_.clear();
  waiting_ = 0;
  return {};
}

core::Result<void, PgError> LedgerWriter::finish() {
  AUTHD_TRY_VOID(flush());
  store::PgColumns columns{store::PgType::int64, store::PgType::int64, store::PgType::int64};
  for (std::uint64_t number = 0; number < balances_.size(); ++number) {
    columns.number(world_.holder(number).account.value);
    columns.number(balances_[number].posted_minor);
    columns.number(balances_[number].held_minor);
  }
  const auto last = static_cast<std::int64_t>(world_.steps() * slot_count);
  AUTHD_TRY(updated,
            connection_.exec("UPDATE authd.balance SET posted_minor = new.posted, held_minor = "
                             "new.held, state_seq = $1, state_shard = $2 FROM unnest($3::int8[], "
                             "$4::int8[], $5::int8[]) AS new(id, posted, held)"
                             " WHERE balance.account_id = new.id",
                             store::PgParams().number(last).number(world_.shard).columns(columns)));
  AUTHD_TRY_VOID(store::expect_all(updated.affected(), balances_.size(), "accounts"));
  AUTHD_TRY_VOID(connection_.exec(
      "INSERT INTO authd.shard (shard, epoch, drained_seq, drained_at) VALUES ($1, 1, $2, now())",
      store::PgParams().number(world_.shard).number(last)));
  return {};
}

}  // namespace authd::bench
