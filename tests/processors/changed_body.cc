#include "tests/processors/changed_body.h"

#include <algorithm>
#include <boost/json.hpp>
#include <fstream>
#include <iterator>
#include <stdexcept>

#include "tests/processors/exact_json.h"

namespace authd::test {

namespace json = boost::json;

namespace {

// The value at the pointer; members on the way are made.
json::value& place(json::value& whole, const std::string& pointer) {
  json::value* at = &whole;
  std::size_t begin = 1;
  while (begin <= pointer.size()) {
    const std::size_t end = std::min(pointer.find('/', begin), pointer.size());
    const std::string key = pointer.substr(begin, end - begin);
    if (at->is_array()) {
      at = &at->as_array().at(std::stoul(key));
    } else {
      if (!at->is_object()) at->emplace_object();
      at = &at->as_object()[key];
    }
    begin = end + 1;
  }
  return *at;
}

}  // namespace

std::string fixture_body(std::string_view name) {
  const std::string path = AUTHD_TEST_DATA "/fixtures/" + std::string(name);
  std::ifstream file(path, std::ios::binary);
  if (!file) throw std::runtime_error("cannot read " + path);
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

std::string changed(const std::string& body, std::initializer_list<BodyChange> changes) {
  json::value whole = parse_exactly(body);
  for (const BodyChange& change : changes) {
    if (!change.json.empty()) {
      place(whole, change.pointer) = as_it_stands(change.json);
      continue;
    }
    const std::size_t slash = change.pointer.rfind('/');
    place(whole, change.pointer.substr(0, slash))
        .as_object()
        .erase(change.pointer.substr(slash + 1));
  }
  return to_text(whole);
}

}  // namespace authd::test
