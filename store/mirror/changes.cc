#include "store/mirror/changes.h"

namespace authd::store {

namespace {

void put_gone(const MirroredKey& key, std::vector<Change>& out) {
  switch (table_of(key)) {
    case MirroredTable::account:
    case MirroredTable::card: out.emplace_back(Gone{key}); return;
    case MirroredTable::spend_control: {
      const auto& [owner, control] = std::get<ControlKey>(key);
      out.emplace_back(core::Command(core::MirrorRemoval{owner, control}));
      return;
    }
    case MirroredTable::credit: return;  // what was given is given
  }
}

}  // namespace

Changes::Done Changes::learn(const pgoutput::Relation& relation) {
  shapes_[relation.id].reset();
  const auto table = mirrored_table(relation.schema, relation.name);
  if (!table) return {};
  std::vector<std::string> columns;
  for (const pgoutput::Relation::Column& column : relation.columns) columns.push_back(column.name);
  AUTHD_TRY(shape, RowShape::of(*table, columns));
  shapes_[relation.id] = shape;
  return {};
}

core::Result<const RowShape*, RowFault> Changes::shape_of(std::uint32_t relation) const {
  const auto found = shapes_.find(relation);
  if (found == shapes_.end()) {
    return core::Unexpected{RowFault{RowFault::Code::unannounced, {}, {}, std::nullopt}};
  }
  return found->second ? &*found->second : nullptr;
}

Changes::Done Changes::take(const pgoutput::Insert& insert, std::vector<Change>& out) const {
  AUTHD_TRY(shape, shape_of(insert.relation));
  if (shape == nullptr) return {};
  AUTHD_TRY(fields, shape->fields(insert.row));
  AUTHD_TRY(command, read_row(shape->table(), fields));
  out.emplace_back(command);
  return {};
}

Changes::Done Changes::take(const pgoutput::Update& update, std::vector<Change>& out) const {
  AUTHD_TRY(shape, shape_of(update.relation));
  if (shape == nullptr) return {};
  AUTHD_TRY(fields, shape->fields(update.row));
  AUTHD_TRY(key, read_key(shape->table(), fields));
  const std::optional<pgoutput::Tuple>& old = update.old_row ? update.old_row : update.old_key;
  if (old) {
    AUTHD_TRY(old_fields, shape->fields(*old));
    AUTHD_TRY(old_key, read_key(shape->table(), old_fields));
    if (old_key != key) put_gone(old_key, out);
    if (update.old_row) complete(fields, old_fields);
  }
  if (!is_complete(fields)) {
    out.emplace_back(Incomplete{key});
    return {};
  }
  AUTHD_TRY(command, read_row(shape->table(), fields));
  out.emplace_back(command);
  return {};
}

Changes::Done Changes::take(const pgoutput::Delete& removal, std::vector<Change>& out) const {
  AUTHD_TRY(shape, shape_of(removal.relation));
  if (shape == nullptr) return {};
  AUTHD_TRY(fields, shape->fields(removal.old));
  AUTHD_TRY(key, read_key(shape->table(), fields));
  put_gone(key, out);
  return {};
}

Changes::Done Changes::take(const pgoutput::Truncate& truncate, std::vector<Change>& out) const {
  for (const std::uint32_t relation : truncate.relations) {
    AUTHD_TRY(shape, shape_of(relation));
    if (shape == nullptr || shape->table() == MirroredTable::credit) continue;
    out.emplace_back(Emptied{shape->table()});
  }
  return {};
}

}  // namespace authd::store
