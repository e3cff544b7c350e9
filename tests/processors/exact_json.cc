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
  const std::string opening = '"' + std::string(open_mark);
  const std::string closing = std::string(close_mark) + '"';
  const std::string marked = json::serialize(value);
  std::string text;
  std::size_t from = 0;
  for (std::size_t at = marked.find(opening); at != std::string::npos;
       at = marked.find(opening, from)) {
    const std::size_t begin = at + opening.size();
    const std::size_t end = marked.find(closing, begin);
    const std::string inside = marked.substr(begin, end - begin);
    text.append(marked, from, at - from);
    text += inside.find('\\') == std::string::npos
                ? inside
                : std::string(json::parse('"' + inside + '"').as_string());
    from = end + closing.size();
  }
  return text.append(marked, from);
}

}  // namespace authd::test
