// Changes: what the row messages of a stream ask of the state.
//
// Remembers the tables as the stream describes them; one object a stream. Tables that are not
// mirrored are passed over.

#pragma once

#include <map>
#include <optional>
#include <variant>
#include <vector>

#include "store/mirror/rows.h"

namespace authd::store {

// An account or a card that PostgreSQL has no more.
struct Gone {
  MirroredKey key;
};
// A table without rows.
struct Emptied {
  MirroredTable table;
};
// A row that was not sent whole: it has to be read where it is.
struct Incomplete {
  MirroredKey key;
};
using Change = std::variant<core::Command, Gone, Emptied, Incomplete>;

class Changes {
 public:
  using Done = core::Result<void, RowFault>;

  Done learn(const pgoutput::Relation& relation);

  // Append what the message means to `out`, in order; nothing where it does not concern the state.
  Done take(const pgoutput::Insert& insert, std::vector<Change>& out) const;
  Done take(const pgoutput::Update& update, std::vector<Change>& out) const;
  Done take(const pgoutput::Delete& removal, std::vector<Change>& out) const;
  Done take(const pgoutput::Truncate& truncate, std::vector<Change>& out) const;

 private:
  // Null: not mirrored.
  core::Result<const RowShape*, RowFault> shape_of(std::uint32_t relation) const;

  std::map<std::uint32_t, std::optional<RowShape>> shapes_;
};

}  // namespace authd::store
