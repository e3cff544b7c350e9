#include "store/mirror/comparison.h"

#include "store/mirror/tables.h"

namespace authd::store {

namespace {

using core::Unexpected;

std::string condition_of(MirroredTable table) {
  switch (table) {
    case MirroredTable::account:
    case MirroredTable::card: break;
    case MirroredTable::spend_control: return "removed_at IS NULL";
    case MirroredTable::credit:
      return "NOT EXISTS (SELECT FROM authd.transfer AS t WHERE t.program = '" +
             std::string(credit_program.view()) + "' AND t.id = credit.id::text)";
  }
  return "true";
}

MirrorTry<KeySet> read_keys(Connection& sql) {
  KeySet keys;
  for (const MirroredTable table :
       {MirroredTable::account, MirroredTable::card, MirroredTable::spend_control}) {
    AUTHD_TRY_VOID(read_table(sql, table, condition_of(table),
                              [&](const MirroredFields& fields) -> MirrorTry<void> {
                                const auto key = read_key(table, fields);
                                if (!key) return Unexpected{failed(key.error())};
                                keys.insert(*key);
                                return {};
                              }));
  }
  keys.seal();
  return keys;
}

}  // namespace

MirrorTry<void> compare(Connection& sql, const KnownRows& known, Handover& handover) {
  // What is too much goes first: an owner has room for so many controls only.
  AUTHD_TRY(keys, read_keys(sql));
  const bool all = close_gone(
      known, [&keys](const MirroredKey& key) { return !keys.contains(key); },
      [&handover](core::Command command) {
        handover.add(std::move(command));
        return handover.flush_when_full().has_value();
      });
  if (!all) return Unexpected{stopping()};
  for (const MirroredTable table : mirrored_tables) {
    AUTHD_TRY_VOID(read_table(sql, table, condition_of(table),
                              [&](const MirroredFields& fields) -> MirrorTry<void> {
                                const auto command = read_row(table, fields);
                                if (!command) return Unexpected{failed(command.error())};
                                handover.add(*command);
                                return handover.flush_when_full();
                              }));
  }
  return {};
}

}  // namespace authd::store
