// Table: rows changed since the snapshot, as they will be written to it. The overlay is two of
// these, see live_state.h.
//
// Keys and values lie in one arena that is freed as a whole. A value that is replaced by one of at
// most its size is replaced in place, so hot rows do not grow the table.
//
// Threads: one writer while it is active; any number of readers once nobody writes any more.

#pragma once

#include <boost/unordered/unordered_flat_map.hpp>
#include <cstddef>
#include <memory_resource>
#include <optional>
#include <string_view>
#include <vector>

#include "core/identifiers.h"
#include "core/time.h"
#include "store/format/bytes.h"

namespace authd::store {

class Table {
 public:
  struct Entry {
    std::string_view key;
    Bytes value;
  };

  // Inserts or replaces one row of the record `sequence`, made at `at`; sequences never decrease.
  void put(std::string_view key, Bytes value, core::Sequence sequence, core::Timestamp at);

  // A view that is valid until the next put.
  std::optional<Bytes> find(std::string_view key) const;

  std::size_t rows() const noexcept { return rows_.size(); }
  bool empty() const noexcept { return rows_.empty(); }
  core::Sequence last_sequence() const noexcept { return last_sequence_; }
  core::Timestamp last_at() const noexcept { return last_at_; }  // the latest

  // All rows in key order: the order in which a B-tree takes them cheapest. O(n log n).
  std::vector<Entry> sorted() const;

 private:
  struct Slot {
    std::byte* bytes = nullptr;
    std::uint32_t size = 0;
    std::uint32_t capacity = 0;
  };

  std::pmr::monotonic_buffer_resource arena_;
  boost::unordered_flat_map<std::string_view, Slot, std::hash<std::string_view>> rows_;
  core::Sequence last_sequence_;
  core::Timestamp last_at_;
};

}  // namespace authd::store
