#include "tests/processors/exact_json.h"

#include <boost/json.hpp>
#include <regex>

namespace authd::test {

namespace {

namespace json = boost::json;

// Without a character that JSON escapes.
constexpr std::string_view open_mark = "<as it stands>";
constexpr std::string_view close_mark = "<end of what stands>";

// One string or number, whichever begins first.
const std::regex& string_or_decimal() {
  static const std::regex pattern(
      R"re("(?:[^"\\]|\\.)*"|-?[0-9]+(?:\.[0-9]+(?:[eE][-+]?[0-9]+)?|[eE][-+]?[0-9]+))re",
      std::regex::optimize);
  return pattern;
}

}  // namespace

json::value parse_exactly(std::string_view text) {
  std::string marked;
  const char* from = text.data();
  const char* const end = text.data() + text.size();
  for (std::cregex_iterator found(from, end, string_or_decimal()), none; found != none; ++found) {
    marked.append(from, (*found)[0].first);
    from = (*found)[0].second;
    const std::string token = found->str();
    marked += token.front() == '"' ? token : json::serialize(as_it_stands(token));
  }
  marked.append(from, end);
  return json::parse(marked);
}

json::value as_it_stands(std::string_view text) {
  std::string marked(open_mark);
  marked += text;
  marked += close_mark;
  return json::string(marked);
}

std::string to_text(const json::value& value) {
  std::string text = json::serialize(value);
  const std::string opening = '"' + std::string(open_mark);
  const std::string closing = std::string(close_mark) + '"';
  for (std::size_t at = text.find(opening); at != std::string::npos; at = text.find(opening, at)) {
    const std::size_t end = text.find(closing, at);
    const std::string inside = text.substr(at + opening.size(), end - at - opening.size());
    const std::string raw(json::parse('"' + inside + '"').as_string());
    text.replace(at, end + closing.size() - at, raw);
    at += raw.size();
  }
  return text;
}

}  // namespace authd::test
