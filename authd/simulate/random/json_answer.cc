#include "authd/simulate/random/json_answer.h"

#include <boost/json/basic_parser_impl.hpp>
#include <charconv>
#include <vector>

namespace authd::simulate::random {

namespace {

namespace json = boost::json;
using json::error_code;
using json::string_view;
using Type = JsonAnswer::Type;
using Values = std::map<std::string, JsonAnswer::Value, std::less<>>;

// Events of Boost.JSON's parser. Its numbers are converted too, but their digits are what counts.
struct Collector {
  static constexpr std::size_t max_object_size = SIZE_MAX;
  static constexpr std::size_t max_array_size = SIZE_MAX;
  static constexpr std::size_t max_key_size = SIZE_MAX;
  static constexpr std::size_t max_string_size = SIZE_MAX;

  Values values;
  std::vector<std::string> path;  // keys of the containers that are open, and of the value
  std::string part;               // of a key, text or number that came in pieces
  bool is_object = false;
  bool is_repeated = false;

  std::string joined() const {
    std::string whole;
    for (const std::string& key : path) {
      if (!whole.empty()) whole += '.';
      whole += key;
    }
    return whole;
  }
  std::string take(string_view last) {
    part.append(last.data(), last.size());
    return std::exchange(part, {});
  }
  void leave() {
    if (!path.empty() && path.back() != "[]") path.pop_back();
  }
  bool put(Type type, std::string written) {
    const std::string where = joined();
    const bool is_element = where.find("[]") != std::string::npos;
    is_repeated |= values.count(where) != 0 && !is_element;
    values[where] = {type, std::move(written)};
    leave();
    return true;
  }

  bool on_document_begin(error_code&) { return true; }
  bool on_document_end(error_code&) { return true; }
  bool on_object_begin(error_code&) {
    is_object |= path.empty();
    return true;
  }
  bool on_object_end(std::size_t, error_code&) {
    leave();
    return true;
  }
  bool on_array_begin(error_code&) {
    path.emplace_back("[]");
    return true;
  }
  bool on_array_end(std::size_t, error_code&) {
    path.pop_back();
    leave();
    return true;
  }
  bool on_key_part(string_view piece, std::size_t, error_code&) { return on_piece(piece); }
  bool on_key(string_view last, std::size_t, error_code&) {
    path.push_back(take(last));
    return true;
  }
  bool on_string_part(string_view piece, std::size_t, error_code&) { return on_piece(piece); }
  bool on_string(string_view last, std::size_t, error_code&) { return put(Type::text, take(last)); }
  bool on_number_part(string_view piece, error_code&) { return on_piece(piece); }
  bool on_int64(std::int64_t, string_view last, error_code&) {
    return put(Type::number, take(last));
  }
  bool on_uint64(std::uint64_t, string_view last, error_code&) {
    return put(Type::number, take(last));
  }
  bool on_double(double, string_view last, error_code&) { return put(Type::number, take(last)); }
  bool on_bool(bool value, error_code&) { return put(Type::flag, value ? "true" : "false"); }
  bool on_null(error_code&) { return put(Type::null, "null"); }
  bool on_comment_part(string_view, error_code&) { return true; }
  bool on_comment(string_view, error_code&) { return true; }

  bool on_piece(string_view piece) {
    part.append(piece.data(), piece.size());
    return true;
  }
};

}  // namespace

std::optional<JsonAnswer> JsonAnswer::parse(std::string_view body) {
  json::basic_parser<Collector> parser(json::parse_options{});
  error_code malformed;
  const std::size_t read = parser.write_some(false, body.data(), body.size(), malformed);
  const bool is_whole = !malformed && read == body.size() && parser.done();
  Collector& found = parser.handler();
  if (!is_whole || !found.is_object || found.is_repeated) return std::nullopt;
  JsonAnswer answer;
  answer.values_ = std::move(found.values);
  return answer;
}

std::optional<std::string> JsonAnswer::written(std::string_view path, Type type) const {
  const auto found = values_.find(path);
  if (found == values_.end() || found->second.type != type) return std::nullopt;
  return found->second.written;
}

std::optional<std::string> JsonAnswer::text(std::string_view path) const {
  return written(path, Type::text);
}

std::optional<std::string> JsonAnswer::number(std::string_view path) const {
  return written(path, Type::number);
}

std::optional<std::int64_t> JsonAnswer::integer(std::string_view path) const {
  const auto digits = written(path, Type::number);
  if (!digits) return std::nullopt;
  std::int64_t value = 0;
  const char* const end = digits->data() + digits->size();
  const auto read = std::from_chars(digits->data(), end, value);
  if (read.ec != std::errc() || read.ptr != end) return std::nullopt;
  return value;
}

std::optional<bool> JsonAnswer::flag(std::string_view path) const {
  const auto word = written(path, Type::flag);
  if (!word) return std::nullopt;
  return *word == "true";
}

}  // namespace authd::simulate::random
