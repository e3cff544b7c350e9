#include "tests/processors/json_mutations.h"

#include <boost/json.hpp>
#include <vector>

#include "tests/processors/exact_json.h"

namespace authd::test {

namespace {

namespace json = boost::json;

void list_pointers(const json::value& value, const std::string& pointer,
                   std::vector<std::string>& pointers) {
  if (!pointer.empty()) pointers.push_back(pointer);
  if (const auto* const members = value.if_object()) {
    for (const auto& member : *members) {
      list_pointers(member.value(), pointer + "/" + std::string(member.key()), pointers);
    }
  } else if (const auto* const elements = value.if_array()) {
    for (std::size_t i = 0; i < elements->size(); ++i) {
      list_pointers((*elements)[i], pointer + "/" + std::to_string(i), pointers);
    }
  }
}

json::value without(json::value whole, const std::string& pointer) {
  const std::size_t slash = pointer.rfind('/');
  json::value& parent = whole.at_pointer(pointer.substr(0, slash));
  const std::string last = pointer.substr(slash + 1);
  if (auto* const members = parent.if_object()) {
    members->erase(last);
  } else {
    auto& elements = parent.as_array();
    elements.erase(elements.begin() + std::stol(last));
  }
  return whole;
}

}  // namespace

void for_each_mutation(
    const std::string& text,
    const std::function<bool(const std::string& what, const std::string& text)>& check) {
  static const char* const others[] = {"null",   "true",    "17", "-0.5", R"("")",
                                       R"("x")", R"("17")", "[]", "{}"};
  const json::value whole = parse_exactly(text);
  std::vector<std::string> pointers;
  list_pointers(whole, "", pointers);
  for (const std::string& pointer : pointers) {
    if (!check(pointer + " gone", to_text(without(whole, pointer)))) return;
    json::value changed = whole;
    for (const char* const other : others) {
      changed.at_pointer(pointer) = as_it_stands(other);
      if (!check(pointer + " " + other, to_text(changed))) return;
    }
  }
}

}  // namespace authd::test
