// JsonFields: the fields that an adapter takes from a body, as a table of paths.
//
// A table is a constant of the adapter; a path without its parent, or a path given twice, does not
// compile. Fields are then named by their path, looked up at compile time:
//
//   constexpr auto fields = json_fields({{"order"}, {"order.amount"}});
//   values[fields["order.amount"]]
//
// "[]" is an element of an array: {{"fees"}, {"fees.[]"}, {"fees.[].amount"}}. Its values are those
// of one element at a time, see JsonWalk.

#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

namespace authd::processors {

enum class Digits : std::uint8_t {
  no_card_number = 1,  // what looks like a PAN is refused
  identifier = 2,      // digits of a merchant, a terminal, a reference: one in ten passes for a PAN
};

struct JsonField {
  std::string_view path;  // keys joined by points
  Digits digits = Digits::no_card_number;
};

// One field of the table. Index 0 is the body itself.
struct JsonNode {
  static constexpr std::uint8_t none = 255;

  std::string_view path;
  std::string_view key;  // the last part of the path
  Digits digits = Digits::no_card_number;
  bool has_children = false;
  std::uint8_t parent = none;
  std::uint8_t next_in_bucket = none;
};

// What a walk needs of a table: its nodes, and where to find a key among them.
struct JsonTable {
  static constexpr std::size_t buckets_count = 128;

  std::span<const JsonNode> nodes;
  std::span<const std::uint8_t, buckets_count> buckets;

  // JsonNode::none when the table does not name it.
  constexpr std::uint8_t child(std::uint8_t parent, std::string_view key) const noexcept {
    std::uint8_t node = buckets[bucket(parent, key)];
    while (node != JsonNode::none && (nodes[node].parent != parent || nodes[node].key != key)) {
      node = nodes[node].next_in_bucket;
    }
    return node;
  }

  // Spreads keys by what tells the names of a schema apart without reading them.
  static constexpr std::size_t bucket(std::uint8_t parent, std::string_view key) noexcept {
    if (key.empty()) return 0;
    const std::size_t first = static_cast<unsigned char>(key.front());
    const std::size_t last = static_cast<unsigned char>(key.back());
    return (parent * std::size_t{31} + key.size() * 7 + first * 5 + last * 3) % buckets_count;
  }
};

template <std::size_t N>
class JsonFields {
 public:
  static constexpr std::size_t count = N + 1;  // with the body itself
  static_assert(count <= JsonNode::none);

  consteval explicit JsonFields(const JsonField (&rows)[N]) {
    buckets_.fill(JsonNode::none);
    for (std::size_t i = 0; i < N; ++i) {
      const std::string_view path = rows[i].path;
      const std::size_t point = path.rfind('.');
      const bool outermost = point == std::string_view::npos;
      const std::size_t parent = index_of(outermost ? "" : path.substr(0, point), i + 1);
      if (parent == count) throw "a field stands before its parent";
      if (index_of(path, i + 1) != count) throw "a field stands twice";
      add(i + 1, {path, outermost ? path : path.substr(point + 1), rows[i].digits, false,
                  static_cast<std::uint8_t>(parent), JsonNode::none});
    }
  }

  consteval std::size_t operator[](std::string_view path) const {
    const std::size_t index = index_of(path, count);
    if (index == count) throw "no such field";
    return index;
  }

  constexpr JsonTable table() const noexcept { return {nodes_, buckets_}; }

 private:
  constexpr void add(std::size_t index, JsonNode node) {
    std::uint8_t& bucket = buckets_[JsonTable::bucket(node.parent, node.key)];
    node.next_in_bucket = bucket;
    bucket = static_cast<std::uint8_t>(index);
    nodes_[index] = node;
    nodes_[node.parent].has_children = true;
  }

  // Among the first `filled` nodes; count when there is none.
  constexpr std::size_t index_of(std::string_view path, std::size_t filled) const {
    for (std::size_t i = 0; i < filled; ++i) {
      if (nodes_[i].path == path) return i;
    }
    return count;
  }

  std::array<JsonNode, count> nodes_{};
  std::array<std::uint8_t, JsonTable::buckets_count> buckets_{};
};

template <std::size_t N>
consteval JsonFields<N> json_fields(const JsonField (&rows)[N]) {
  return JsonFields<N>(rows);
}

}  // namespace authd::processors
