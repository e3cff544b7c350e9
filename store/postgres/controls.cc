#include "store/postgres/controls.h"

#include <algorithm>

#include "core/explanation.h"
#include "store/format/rows.h"
#include "store/postgres/utf8.h"

namespace authd::store {

namespace {

constexpr const char* upsert_controls = R"(
INSERT INTO authd.spend_control
  (owner, id, program, account_id, card_token, level, version, mode, check_kind, counter_id, image, definition,
   changed_at, removed_at, state_shard, state_seq)
SELECT owner, id, program, account_id, card_token, level, version, mode, check_kind, counter_id, image,
       definition::jsonb, changed_at, removed_at, shard, seq
  FROM unnest($1::bytea[], $2::int8[], $3::text[], $4::int8[], $5::text[], $6::int2[], $7::int4[], $8::int2[],
              $9::int2[], $10::int8[], $11::bytea[], $12::text[], $13::timestamptz[], $14::timestamptz[],
              $15::int4[], $16::int8[])
    AS new(owner, id, program, account_id, card_token, level, version, mode, check_kind, counter_id, image,
           definition, changed_at, removed_at, shard, seq)
ON CONFLICT (owner, id) DO UPDATE
   SET version = excluded.version, mode = excluded.mode, check_kind = excluded.check_kind,
       counter_id = excluded.counter_id, image = excluded.image, definition = excluded.definition,
       changed_at = excluded.changed_at, removed_at = excluded.removed_at, state_shard = excluded.state_shard,
       state_seq = excluded.state_seq)";

constexpr const char* remove_controls = R"(
UPDATE authd.spend_control AS c
   SET changed_at = new.at, removed_at = new.at, state_shard = new.shard, state_seq = new.seq
  FROM unnest($1::bytea[], $2::int8[], $3::timestamptz[], $4::int4[], $5::int8[]) AS new(owner, id, at, shard, seq)
 WHERE (c.owner, c.id) = (new.owner, new.id))";

// The columns program, account_id, card_token and level.
void write_owner(PgColumns& out, const core::Owner& owner) {
  const auto* const account = std::get_if<core::AccountId>(&owner.of);
  const auto* const card = std::get_if<core::Owner::CardOwner>(&owner.of);
  const auto* const program = std::get_if<core::ProgramId>(&owner.of);
  out.text_or_null(card != nullptr      ? card->program.view()
                   : program != nullptr ? program->view()
                                        : std::string_view());
  account == nullptr ? out.null() : out.number(account->value);
  card == nullptr ? out.null() : out.text(card->card.view());
  out.enumerator(owner.level());
}

// jsonb holds no U+0000, escaped or not; a definition for people is no reason to stop a drain.
bool fits_jsonb(const std::string& definition) {
  std::string scratch;
  const bool is_text = clean_utf8(definition, scratch).data() == definition.data();
  return !definition.empty() && is_text && definition.find("\\u0000") == std::string::npos;
}

}  // namespace

bool Controls::changed(const core::SetControl& command, const core::ControlSet& set,
                       const ControlSource& source, const ControlDefinition& definition) {
  const auto control =
      std::find_if(set.controls.begin(), set.controls.end(),
                   [&command](const core::Control& one) { return one.id == command.control.id; });
  if (control == set.controls.end()) return false;
  changes_.insert_or_assign(
      {controls_key(command.owner), control->id},
      Change{command.owner, *control, definition ? definition(command.owner, *control) : "", false,
             source});
  return true;
}

void Controls::changed(const core::RemoveControl& command, const ControlSource& source) {
  Change& change = changes_[{controls_key(command.owner), command.control}];
  change.owner = command.owner;
  change.removed = true;
  change.source = source;
}

core::Result<void, PgError> Controls::write(Connection& connection) {
  AUTHD_TRY_VOID(write_set(connection));
  return write_removed(connection);
}

core::Result<void, PgError> Controls::write_set(Connection& connection) {
  using enum PgType;
  PgColumns columns{PgType::bytes, int64, text,          int64, text, int16, int32, int16,
                    int16,         int64, PgType::bytes, text,  time, time,  int32, int64};
  std::vector<std::byte> image;
  for (const auto& [key, change] : changes_) {
    if (!change.control) continue;
    const core::Control& control = *change.control;
    columns.bytes(bytes_of(key.first.view()));
    columns.number(control.id.value);
    write_owner(columns, change.owner);
    columns.number(static_cast<std::int32_t>(control.version));
    columns.enumerator(control.mode);
    columns.enumerator(kind_of(control.check));
    control.counter.value == 0 ? columns.null() : columns.number(control.counter.value);
    image.clear();
    encode_control(control, image);
    columns.bytes(image);
    fits_jsonb(change.definition) ? columns.text(change.definition) : columns.null();
    columns.time(change.source.at);
    change.removed ? columns.time(change.source.at) : columns.null();
    columns.number(change.source.shard);
    columns.number(change.source.sequence.value);
  }
  if (columns.rows() == 0) return {};
  AUTHD_TRY_VOID(connection.exec(upsert_controls, PgParams().columns(columns)));
  return {};
}

core::Result<void, PgError> Controls::write_removed(Connection& connection) {
  PgColumns columns{PgType::bytes, PgType::int64, PgType::time, PgType::int32, PgType::int64};
  for (const auto& [key, change] : changes_) {
    if (change.control) continue;
    columns.bytes(bytes_of(key.first.view()));
    columns.number(key.second.value);
    columns.time(change.source.at);
    columns.number(change.source.shard);
    columns.number(change.source.sequence.value);
  }
  if (columns.rows() == 0) return {};
  AUTHD_TRY(removed, connection.exec(remove_controls, PgParams().columns(columns)));
  return expect_all(removed.affected(), columns.rows(), "controls");
}

}  // namespace authd::store
