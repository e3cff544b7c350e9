#include "authd/simulate/json_difference.h"

#include <boost/json/serialize.hpp>

namespace authd::simulate {

namespace {

namespace json = boost::json;

// Amounts of 15 digits are different doubles when they are different, and the same when they are
// the same; what is compared here is what was parsed in the same way.
bool same_number(const json::value& a, const json::value& b) {
  return a.to_number<double>() == b.to_number<double>();
}

std::string at(const std::string& path, const std::string& what) {
  return path.empty() ? what : path + ": " + what;
}

std::string below(const std::string& path, std::string_view member) {
  return path.empty() ? std::string(member) : path + "." + std::string(member);
}

std::string compare(const json::value& expected, const json::value& found, Members members,
                    const std::string& path);

std::string compare_objects(const json::object& expected, const json::object& found,
                            Members members, const std::string& path) {
  for (const auto& [name, value] : expected) {
    const json::value* const other = found.if_contains(name);
    const std::string member = below(path, name);
    if (other == nullptr)
      return at(member, json::serialize(value) + " was expected, nothing was found");
    std::string differs = compare(value, *other, members, member);
    if (!differs.empty()) return differs;
  }
  if (members == Members::expected) return {};
  for (const auto& [name, value] : found) {
    if (!expected.contains(name))
      return at(below(path, name),
                "nothing was expected, " + json::serialize(value) + " was found");
  }
  return {};
}

std::string compare_arrays(const json::array& expected, const json::array& found, Members members,
                           const std::string& path) {
  if (expected.size() != found.size()) {
    return at(path, std::to_string(expected.size()) + " elements were expected, " +
                        std::to_string(found.size()) + " were found");
  }
  for (std::size_t i = 0; i < expected.size(); ++i) {
    const std::string element = path + "[" + std::to_string(i) + "]";
    std::string differs = compare(expected[i], found[i], members, element);
    if (!differs.empty()) return differs;
  }
  return {};
}

std::string compare(const json::value& expected, const json::value& found, Members members,
                    const std::string& path) {
  if (expected.is_object() && found.is_object())
    return compare_objects(expected.get_object(), found.get_object(), members, path);
  if (expected.is_array() && found.is_array())
    return compare_arrays(expected.get_array(), found.get_array(), members, path);
  const bool same =
      expected.is_number() && found.is_number() ? same_number(expected, found) : expected == found;
  if (same) return {};
  return at(path,
            json::serialize(expected) + " was expected, " + json::serialize(found) + " was found");
}

}  // namespace

std::string difference(const json::value& expected, const json::value& found, Members members) {
  return compare(expected, found, members, {});
}

}  // namespace authd::simulate
