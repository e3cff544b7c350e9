#include "authd/load/strict_json.h"

#include <boost/json/basic_parser_impl.hpp>
#include <boost/json/parse.hpp>
#include <set>
#include <vector>

namespace authd {

namespace {

namespace json = boost::json;
using json::error_code;
using json::string_view;

// Events of Boost.JSON's parser; stops at the first key that stands twice in its object.
struct RepeatedKey {
  static constexpr std::size_t max_object_size = SIZE_MAX;
  static constexpr std::size_t max_array_size = SIZE_MAX;
  static constexpr std::size_t max_key_size = SIZE_MAX;
  static constexpr std::size_t max_string_size = SIZE_MAX;

  std::vector<std::set<std::string>> keys;  // of each object that is open
  std::string key;                          // as far as it was read; the repeated one at the end
  bool found = false;

  bool on_object_begin(error_code&) {
    keys.emplace_back();
    return true;
  }
  bool on_object_end(std::size_t, error_code&) {
    keys.pop_back();
    return true;
  }
  bool on_key_part(string_view part, std::size_t, error_code&) {
    key.append(part.data(), part.size());
    return true;
  }
  bool on_key(string_view part, std::size_t, error_code& ec) {
    key.append(part.data(), part.size());
    found = !keys.back().insert(key).second;
    if (found) {
      ec = json::error::extra_data;
      return false;
    }
    key.clear();
    return true;
  }

  bool on_document_begin(error_code&) { return true; }
  bool on_document_end(error_code&) { return true; }
  bool on_array_begin(error_code&) { return true; }
  bool on_array_end(std::size_t, error_code&) { return true; }
  bool on_string_part(string_view, std::size_t, error_code&) { return true; }
  bool on_string(string_view, std::size_t, error_code&) { return true; }
  bool on_number_part(string_view, error_code&) { return true; }
  bool on_int64(std::int64_t, string_view, error_code&) { return true; }
  bool on_uint64(std::uint64_t, string_view, error_code&) { return true; }
  bool on_double(double, string_view, error_code&) { return true; }
  bool on_bool(bool, error_code&) { return true; }
  bool on_null(error_code&) { return true; }
  bool on_comment_part(string_view, error_code&) { return true; }
  bool on_comment(string_view, error_code&) { return true; }
};

}  // namespace

core::Result<json::value, std::string> parse_strict_json(std::string_view text) {
  error_code malformed;
  json::value value = json::parse({text.data(), text.size()}, malformed);
  if (malformed) return core::Unexpected{"not JSON: " + malformed.message()};
  json::basic_parser<RepeatedKey> keys(json::parse_options{});
  keys.write_some(false, text.data(), text.size(), malformed);
  if (keys.handler().found) return core::Unexpected{keys.handler().key + " stands twice"};
  return value;
}

}  // namespace authd
