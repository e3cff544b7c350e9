#include "store/postgres/state_rows.h"

namespace authd::store {

namespace {

constexpr const char* upsert_messages_name = "authd_upsert_messages";
constexpr const char* upsert_messages = R"(
INSERT INTO authd.message (shard, seq, changed_at, program, message_id, authorization_id, share_minor, kind, notice,
                           abandoned)
SELECT $1, * FROM unnest($2::int8[], $3::timestamptz[], $4::text[], $5::text[], $6::int8[], $7::int8[], $8::int2[],
                         $9::int2[], $10::bool[])
ON CONFLICT (message_id, program) DO UPDATE
   SET shard = excluded.shard, seq = excluded.seq, changed_at = excluded.changed_at,
       authorization_id = excluded.authorization_id, share_minor = excluded.share_minor, kind = excluded.kind, notice = excluded.notice,
       abandoned = excluded.abandoned)";

constexpr const char* upsert_slots_name = "authd_upsert_due_slots";
constexpr const char* upsert_slots = R"(
INSERT INTO authd.due_slot (shard, slot, head) SELECT $1, * FROM unnest($2::int8[], $3::int8[])
ON CONFLICT (shard, slot) DO UPDATE SET head = excluded.head)";

constexpr const char* update_cursor =
    "UPDATE authd.shard SET due_cursor = $2::int8 WHERE shard = $1::int4";

constexpr const char* upsert_images_name = "authd_upsert_state_images";
constexpr const char* upsert_images = R"(
INSERT INTO authd.state_image (shard, key, image) SELECT $1, * FROM unnest($2::bytea[], $3::bytea[])
ON CONFLICT (shard, key) DO UPDATE SET image = excluded.image)";

}  // namespace

void StateRows::put(const core::Message& message, core::Sequence sequence, core::Timestamp at) {
  messages_.insert_or_assign({message.id, message.program}, Changed{message, sequence, at});
}

void StateRows::put_image(std::string_view key, Bytes image) {
  auto found = images_.find(key);
  if (found == images_.end()) found = images_.emplace(key, std::vector<std::byte>()).first;
  found->second.assign(image.begin(), image.end());
  image_bytes_ += image.size();
}

core::Result<void, PgError> StateRows::prepare(Connection& connection) {
  AUTHD_TRY_VOID(connection.prepare(upsert_messages_name, upsert_messages));
  AUTHD_TRY_VOID(connection.prepare(upsert_slots_name, upsert_slots));
  return connection.prepare(upsert_images_name, upsert_images);
}

core::Result<void, PgError> StateRows::write(Connection& connection) {
  AUTHD_TRY_VOID(write_messages(connection));
  AUTHD_TRY_VOID(write_calendar(connection));
  return write_images(connection);
}

core::Result<void, PgError> StateRows::write_messages(Connection& connection) {
  if (messages_.empty()) return {};
  using enum PgType;
  PgColumns columns{int64, time, text, text, int64, int64, int16, int16, boolean};
  for (const auto& [key, changed] : messages_) {
    const core::Message& row = changed.row;
    columns.number(changed.sequence.value);
    columns.time(changed.at);
    columns.text(row.program.view());
    columns.text(row.id.view());
    row.authorization.value == 0 ? columns.null() : columns.number(row.authorization.value);
    columns.number(row.approved_minor);
    columns.enumerator(row.kind);
    columns.enumerator(row.notice);
    columns.flag(row.decided && row.decision.reason == core::Reason::too_late);
  }
  AUTHD_TRY_VOID(
      connection.exec_prepared(upsert_messages_name, PgParams().number(shard_).columns(columns)));
  return {};
}

core::Result<void, PgError> StateRows::write_calendar(Connection& connection) {
  if (!slots_.empty()) {
    PgColumns columns{PgType::int64, PgType::int64};
    for (const auto& [slot, head] : slots_) {
      columns.number(slot);
      columns.number(head.value);
    }
    AUTHD_TRY_VOID(
        connection.exec_prepared(upsert_slots_name, PgParams().number(shard_).columns(columns)));
  }
  if (!cursor_) return {};
  AUTHD_TRY(updated,
            connection.exec(update_cursor, PgParams().number(shard_).number(cursor_->slot)));
  return expect_all(updated.affected(), 1, "shards");
}

core::Result<void, PgError> StateRows::write_images(Connection& connection) {
  if (images_.empty()) return {};
  PgColumns columns{PgType::bytes, PgType::bytes};
  for (const auto& [key, image] : images_) {
    columns.bytes(bytes_of(key));
    columns.bytes(image);
  }
  AUTHD_TRY_VOID(
      connection.exec_prepared(upsert_images_name, PgParams().number(shard_).columns(columns)));
  return {};
}

void StateRows::clear() noexcept {
  messages_.clear();
  slots_.clear();
  cursor_.reset();
  images_.clear();
  image_bytes_ = 0;
}

}  // namespace authd::store
