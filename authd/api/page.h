// Pages of a list, and the fields of its objects that are wanted.
//
// A page begins behind a key, not at a number: what is added or removed meanwhile neither repeats
// nor hides anything. The cursor is that key; opaque for callers, and of no use in another list.

#pragma once

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "authd/api/call.h"
#include "authd/api/query_reader.h"

namespace authd::api {

inline constexpr std::int64_t page_size_max = 200;
inline constexpr std::int64_t page_size_default = 50;

struct Page {
  std::int64_t limit = page_size_default;
  std::vector<std::int64_t> after;  // the key of the last object before it; empty: the first page
};

// Reads "limit" and "cursor". Keys of this list have `keys` numbers, at least 1.
Page read_page(QueryReader& query, const Call& call, std::size_t keys);

// The same for a list whose keys are texts; of the first page `after` has empty ones.
struct TextPage {
  std::int64_t limit = page_size_default;
  std::vector<std::string> after;
};
TextPage read_text_page(QueryReader& query, const Call& call, std::size_t keys);

// The answer with the objects of one page. `last` is the key of the last one when more follow,
// empty otherwise.
Answer page_answer(const Call& call, boost::json::array items, std::span<const std::int64_t> last);
Answer text_page_answer(const Call& call, boost::json::array items,
                        std::span<const std::string> last);

// "fields=id,name": which members of an object are wanted.
class FieldSelection {
 public:
  // `known` are those that an object has: literals.
  static FieldSelection read(QueryReader& query, std::span<const std::string_view> known);

  // Removes the others.
  void apply(boost::json::object& object) const;

 private:
  std::vector<std::string_view> unwanted_;
};

}  // namespace authd::api
