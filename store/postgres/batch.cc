#include "store/postgres/batch.h"

#include "core/time.h"

namespace authd::store {

namespace {

using core::Unexpected;

constexpr const char* update_balances_name = "authd_update_balances";
constexpr const char* update_balances =
    "UPDATE authd.balance SET posted_minor = new.posted, held_minor = new.held,"
    " pending_credit_minor = new.pending, state_seq = new.seq, state_shard = $1"
    " FROM unnest($2::int8[], $3::int8[], $4::int8[], $5::int8[], $6::int8[])"
    " AS new(id, posted, held, pending, seq)"
    " WHERE balance.account_id = new.id";

constexpr const char* ensure_days =
    "SELECT authd.ensure_month(month) FROM (SELECT DISTINCT date_trunc('month',"
    " date '1970-01-01' + day::integer)::date AS month FROM unnest($1::int8[]) AS day) AS m";

constexpr const char* update_locks =
    "UPDATE authd.card SET locked_to = new.locked_to"
    " FROM unnest($1::text[], $2::text[], $3::bytea[]) AS new(program, token, locked_to)"
    " WHERE (card.program, card.token) = (new.program, new.token)";

template <class RowType>
const RowType* find_row(const std::vector<core::Row>& rows) noexcept {
  for (const core::Row& row : rows) {
    if (const auto* found = std::get_if<RowType>(&row)) return found;
  }
  return nullptr;
}

const core::Message* find_message(const std::vector<core::Row>& rows, const core::MessageId& id) {
  for (const core::Row& row : rows) {
    const auto* const message = std::get_if<core::Message>(&row);
    if (message != nullptr && message->id == id) return message;
  }
  return nullptr;
}

}  // namespace

// One record on its way into the batch. False where the record contradicts itself.
class Batch::Fold {
 public:
  Fold(Batch& batch, Record& record) : batch_(batch), record_(record) {}

  bool command() {
    return std::visit([this](const auto& command) { return (*this)(command); }, record_.command);
  }

  // Of every row but those that the command has dealt with. `image`: the row as the record has it.
  bool row(core::Row& row, const RowImage& image) {
    struct FoldRow {
      Fold& fold;
      const RowImage& image;
      bool operator()(const core::Account& account) const { return fold.balance(account); }
      bool operator()(const core::Card& card) const { return fold.lock(card); }
      bool operator()(core::Authorization& authorization) const {
        const core::Moment& moment = fold.record_.moment;
        return fold.batch_.authorizations_.add(std::move(authorization), moment.sequence,
                                               moment.at);
      }
      bool operator()(const core::Message& message) const { return fold.message(message); }
      bool operator()(const core::DueSlot& slot) const { return fold.keep(slot); }
      bool operator()(const core::DueCursor& cursor) const { return fold.keep(cursor); }
      bool operator()(const core::Usage&) const { return fold.keep_image(image); }
      bool operator()(const core::Program&) const { return fold.keep_image(image); }
      bool operator()(const core::TimeZone&) const { return fold.keep_image(image); }
      bool operator()(const core::Transfer& transfer) const {
        fold.batch_.transfers_.add(transfer, fold.record_.moment);
        return true;
      }
      bool operator()(const core::MirrorMark&) const { return true; }  // the journal's alone
      bool operator()(const core::Notice&) const { return true; }      // the event has all of it
      bool operator()(const core::ControlSet&) const { return true; }  // the command says which
    };
    return std::visit(FoldRow{*this, image}, row);
  }

 private:
  bool operator()(const core::Request& request) {
    const auto& answer = std::get<core::Answer>(record_.outcome);
    const auto* const account = find_row<core::Account>(record_.rows);
    const auto* const authorization = find_row<core::Authorization>(record_.rows);
    const auto* const message = find_message(record_.rows, request.message);
    if (message == nullptr) return false;
    const core::AccountId id = account != nullptr         ? account->id
                               : authorization != nullptr ? authorization->account
                                                          : core::AccountId{};
    batch_.history_.add(record_.moment, request, answer, record_.explanation, id, *message);
    own_message_ = &request.message;
    if (const auto money = reserved_money(request, answer.decision)) {
      batch_.approvals_.add(request.program, *money);
    }
    if (account == nullptr) return true;
    // All that a request changes of an account's available money is what is held.
    const auto held = core::checked_sub(record_.explanation.before.available_minor,
                                        answer.decision.balance.available_minor);
    return held &&
           entry(EntryKind::authorization, request.program, {id, account->currency, *held, 0});
  }
  bool operator()(const core::Event& event) {
    const auto& booking = std::get<core::Booking>(record_.outcome);
    batch_.history_.add(record_.moment, event, booking);
    return entry(entry_kind(event.kind), event.program, booking);
  }
  bool operator()(const core::ExpireNext&) {
    const auto& booking = std::get<core::Booking>(record_.outcome);
    if (booking.held_minor == 0) return true;  // a step of the calendar: nothing has happened
    const auto* const expired = find_row<core::Authorization>(record_.rows);
    if (expired == nullptr) return false;
    batch_.history_.add_expiry(record_.moment, *expired, booking);
    return entry(EntryKind::expiry, expired->program, booking);
  }
  bool operator()(const core::Abandon& abandon) {
    const auto& booking = std::get<core::Booking>(record_.outcome);
    batch_.history_.add_abandonment(record_.moment, abandon, booking);
    return entry(EntryKind::release, abandon.program, booking);
  }
  bool operator()(const core::MoveMoney&) { return moved(); }
  bool operator()(const core::AdvanceTransfer&) { return moved(); }
  template <class SetUp>
  bool operator()(const SetUp& command) {
    return batch_.setups_.add(command, record_.moment, record_.rows);
  }
  bool operator()(const core::ConfigureProgram&) { return true; }
  bool operator()(const core::DefineZone&) { return true; }

  // What came from PostgreSQL does not go back there: it may be older than what stands there now.
  bool operator()(const core::MirrorAccount&) { return true; }
  bool operator()(const core::MirrorCard&) { return true; }
  bool operator()(const core::MirrorControl&) { return true; }
  bool operator()(const core::MirrorRemoval&) { return true; }
  bool operator()(const core::MirrorMark&) { return true; }

  bool moved() {
    batch_.entries_.add(record_.moment, std::get<core::Moved>(record_.outcome));
    return true;
  }
  bool entry(EntryKind kind, const core::ProgramId& program, const Movement& movement) {
    return batch_.entries_.add(record_.moment, kind, program, movement);
  }
  bool entry(EntryKind kind, const core::ProgramId& program, const core::Booking& booking) {
    return entry(kind, program,
                 {booking.account, booking.currency, booking.held_minor, booking.posted_minor});
  }

  // Only what books money changes balances: what sets up leaves those that the ledger has alone.
  bool balance(const core::Account& account) {
    if (std::holds_alternative<core::Setup>(record_.outcome)) return true;
    batch_.balances_[account.id] = {account.posted_minor, account.held_minor,
                                    account.pending_credit_minor, record_.moment.sequence};
    return true;
  }
  bool lock(const core::Card& card) {
    if (card.locked_to.empty()) return true;
    batch_.locks_.insert_or_assign({card.program, card.token}, card.locked_to);
    return true;
  }
  bool message(const core::Message& message) {
    if (own_message_ != nullptr && *own_message_ == message.id) return true;  // it is the decision
    batch_.state_rows_.put(message, record_.moment.sequence, record_.moment.at);
    return true;
  }
  template <class RowType>
  bool keep(const RowType& row) {
    batch_.state_rows_.put(row);
    return true;
  }
  bool keep_image(const RowImage& image) {
    batch_.state_rows_.put_image(image.key, image.value);
    return true;
  }

  Batch& batch_;
  Record& record_;
  const core::MessageId* own_message_ = nullptr;  // of the request, when it is one
};

Batch::Batch(std::int32_t shard, ControlDefinition definition)
    : shard_(shard),
      setups_(shard, std::move(definition)),
      history_(shard),
      authorizations_(shard),
      state_rows_(shard),
      transfers_(shard),
      entries_(shard) {}

core::Result<void, FormatError> Batch::add(const RecordView& view) {
  core::Moment moment;
  moment.at = view.at;
  moment.sequence = view.sequence;
  AUTHD_TRY(record, decode_record(view.kind, view.version, moment, view.payload));
  AUTHD_TRY(images, decode_images(view.payload));
  Fold fold(*this, record);
  if (!fold.command()) return Unexpected{FormatError::malformed};
  const RowImage* image = images.begin();
  for (core::Row& row : record.rows) {
    if (!fold.row(row, *image++)) return Unexpected{FormatError::malformed};
  }
  days_.insert(view.at.unix_us / core::us_per_day - (view.at.unix_us < 0 ? 1 : 0));
  last_ = view.sequence;
  ++records_;
  return {};
}

void Batch::clear() {
  records_ = 0;
  setups_.clear();
  locks_.clear();
  balances_.clear();
  history_.clear();
  authorizations_.clear();
  state_rows_.clear();
  transfers_.clear();
  entries_.clear();
  days_.clear();
  approvals_.clear();
}

core::Result<void, PgError> Batch::prepare(Connection& connection) {
  // The planner cannot know how many rows a batch touches; reading all of a table is always wrong.
  AUTHD_TRY_VOID(connection.exec(
      "SET enable_seqscan = off; SET enable_hashjoin = off; SET enable_mergejoin = off"));
  AUTHD_TRY_VOID(Authorizations::prepare(connection));
  AUTHD_TRY_VOID(StateRows::prepare(connection));
  AUTHD_TRY_VOID(Transfers::prepare(connection));
  return connection.prepare(update_balances_name, update_balances);
}

core::Result<void, PgError> Batch::write(Connection& connection) {
  AUTHD_TRY_VOID(ensure_partitions(connection));
  AUTHD_TRY_VOID(setups_.write(connection));
  AUTHD_TRY_VOID(write_locks(connection));
  AUTHD_TRY_VOID(history_.write(connection));
  AUTHD_TRY_VOID(authorizations_.write(connection));
  AUTHD_TRY_VOID(state_rows_.write(connection));
  AUTHD_TRY_VOID(transfers_.write(connection));
  AUTHD_TRY_VOID(entries_.write(connection));
  return write_balances(connection);
}

core::Result<void, PgError> Batch::ensure_partitions(Connection& connection) {
  PgColumns missing{PgType::int64};
  for (const std::int64_t day : days_) {
    if (days_there_.insert(day).second) missing.number(day);
  }
  if (missing.rows() == 0) return {};
  AUTHD_TRY_VOID(connection.exec(ensure_days, PgParams().columns(missing)));
  AUTHD_TRY_VOID(connection.exec("SELECT authd.ensure_months(2)", PgParams()));  // ahead of time
  return {};
}

core::Result<void, PgError> Batch::write_locks(Connection& connection) {
  if (locks_.empty()) return {};
  PgColumns columns{PgType::text, PgType::text, PgType::bytes};
  for (const auto& [card, merchant] : locks_) {
    columns.text(card.first.view());
    columns.text(card.second.view());
    columns.bytes(bytes_of(merchant.view()));
  }
  AUTHD_TRY(updated, connection.exec(update_locks, PgParams().columns(columns)));
  return expect_all(updated.affected(), locks_.size(), "cards");
}

core::Result<void, PgError> Batch::write_balances(Connection& connection) {
  if (balances_.empty()) return {};
  PgColumns columns{PgType::int64, PgType::int64, PgType::int64, PgType::int64, PgType::int64};
  for (const auto& [id, balance] : balances_) {
    columns.number(id.value);
    columns.number(balance.posted_minor);
    columns.number(balance.held_minor);
    columns.number(balance.pending_credit_minor);
    columns.number(balance.sequence.value);
  }
  AUTHD_TRY(updated, connection.exec_prepared(update_balances_name,
                                              PgParams().number(shard_).columns(columns)));
  return expect_all(updated.affected(), balances_.size(), "accounts");
}

}  // namespace authd::store
