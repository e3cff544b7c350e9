// pgoutput: the messages of PostgreSQL's logical replication, protocol version 1, columns as text.
//
// The layouts are those of "Logical Replication Message Formats" in PostgreSQL's manual; numbers
// are big-endian. The bytes are never trusted.
//
// Lifetime: texts of columns are views of the message's bytes.
// Errors: nothing that can be decoded is guessed; what is not a message of the above is refused.

#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "core/result.h"
#include "core/time.h"
#include "store/format/bytes.h"

namespace authd::store::pgoutput {

// Position in the write-ahead log.
using Lsn = std::uint64_t;

struct Begin {
  Lsn commit_lsn = 0;  // where its commit record begins
  core::Timestamp committed_at;
  std::uint32_t xid = 0;
};

struct Commit {
  Lsn commit_lsn = 0;
  Lsn end_lsn = 0;  // behind its commit record
  core::Timestamp committed_at;
};

struct Origin {
  Lsn lsn = 0;
  std::string name;
};

// What the tuples of a table look like from here on.
struct Relation {
  struct Column {
    std::string name;
    std::uint32_t type = 0;
    bool is_key = false;
  };
  std::uint32_t id = 0;
  std::string schema;
  std::string name;
  char replica_identity = 'd';  // d default, n nothing, f full, i index
  std::vector<Column> columns;
};

struct Type {
  std::uint32_t id = 0;
  std::string schema;
  std::string name;
};

struct Value {
  enum class Kind : char { null = 'n', unchanged = 'u', text = 't' };  // unchanged: and not sent
  Kind kind = Kind::null;
  std::string_view text;
};
using Tuple = std::vector<Value>;

struct Insert {
  std::uint32_t relation = 0;
  Tuple row;
};

struct Update {
  std::uint32_t relation = 0;
  std::optional<Tuple> old_key;  // when the key has changed: the key, everything else null
  std::optional<Tuple> old_row;  // with replica identity full
  Tuple row;
};

struct Delete {
  std::uint32_t relation = 0;
  bool is_whole_row = false;  // otherwise the key, everything else null
  Tuple old;
};

struct Truncate {
  std::vector<std::uint32_t> relations;
};

struct Message {
  bool transactional = false;
  Lsn lsn = 0;
  std::string prefix;
  std::string_view content;
};

using Any =
    std::variant<Begin, Commit, Origin, Relation, Type, Insert, Update, Delete, Truncate, Message>;

// Where the bytes stop to be a message.
struct Malformed {
  std::size_t offset = 0;
};

// PostgreSQL's own limit of columns a table.
inline constexpr std::size_t columns_max = 1'600;

core::Result<Any, Malformed> decode(Bytes message);

}  // namespace authd::store::pgoutput
