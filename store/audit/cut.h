// Cut: the state as it was at one record, and what PostgreSQL owns of it as it came to be since.
//
//   drained   the after-images of all records up to the drain's mark, over the copy of the
//             snapshot: what the drain has written of it must stand in the ledger
//   versions  of accounts, cards and spend controls the values that they got by the mirror, and by
//             commands that set something up, since the copy was made
//
// The ledger was looked at after the copy was made and before the mirror had got past that moment.
// So PostgreSQL's own rows must have a value there that the state had in between: that of the copy
// or one of the versions. Marks of the mirror would not tell which one: a mark stands for several
// transactions, and for parts of the next one.
//
// Records follow the copy in order. Memory: the rows that changed since the copy.

#pragma once

#include <boost/unordered/unordered_flat_set.hpp>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "store/audit/audit_error.h"
#include "store/format/records.h"
#include "store/journal/reader.h"
#include "store/state/table.h"

namespace authd::store {

// 64 bits are enough to tell keys apart: that two of a hundred million are taken for each other has
// a chance of 1 in 3,700.
inline std::uint64_t hash_of_key(std::string_view key) noexcept {
  return std::hash<std::string_view>{}(key);
}
using KeyHashes = boost::unordered_flat_set<std::uint64_t>;

class Cut {
 public:
  struct At {
    core::Sequence drained;       // the ledger's mark
    core::Sequence copied_until;  // the copy may hold rows of records up to this one
  };
  explicit Cut(At at) : at_(at) {}

  // The next record after those that the copy holds for certain.
  core::Result<void, FormatError> add(const RecordView& record);

  const Table& drained() const noexcept { return drained_; }

  // Keys of store/format/keys.h; oldest version first.
  using Versions = std::map<std::string, std::vector<std::vector<std::byte>>, std::less<>>;
  const Versions& versions() const noexcept { return versions_; }

  // Whether there is a transfer that began or went on after the copy was made.
  bool has_transfer(std::string_view key) const { return transfers_.contains(hash_of_key(key)); }

  // Whether a record after the ledger's mark may have changed the row in the copy already, so that
  // nothing is known about it as of the mark.
  bool is_unsettled(std::string_view key) const {
    return unsettled_.contains(hash_of_key(key)) && !drained_.find(key);
  }

 private:
  const At at_;
  Table drained_;
  Versions versions_;
  KeyHashes transfers_;
  KeyHashes unsettled_;
};

// Adds the records up to `last`; fewer where the journal ends before.
core::Result<void, AuditError> add_until(core::Sequence last, Reader& reader, Cut& cut);

}  // namespace authd::store
