#include "authd/load/control_definition.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <boost/json/serialize.hpp>
#include <boost/json/value.hpp>

#include "authd/load/enum_words.h"
#include "authd/load/filter_definition.h"
#include "authd/load/hours_definition.h"
#include "authd/load/limit_definition.h"

namespace authd {

namespace {

namespace json = boost::json;

// Positions are the numbers of the enumerators, from 1.
constexpr std::array<std::string_view, 2> modes{"enforce", "shadow"};

constexpr std::array<std::string_view, 7> checks{"limit",   "deny",       "allow",        "hours",
                                                 "require", "single_use", "merchant_lock"};

core::ControlId read_id(ObjectReader& in) { return {in.integer("id", 1, core::minor_units_max)}; }

core::Owner read_owner(ObjectReader& in) {
  if (in.has("account")) {
    for (const std::string_view other : {"program", "card"}) {
      if (in.find(other) != nullptr) in.refuse(other, "must not stand beside account");
    }
    return {core::AccountId{in.integer("account", 1, core::minor_units_max)}};
  }
  const auto program = in.identifier<core::ProgramId>("program");
  if (!in.has("card")) return {program};
  return {core::Owner::CardOwner{program, in.identifier<core::CardToken>("card")}};
}

core::Require read_require(ObjectReader& in) {
  core::Require require;
  require.address = read_enum_set(in, "avs", core::verification_last);
  require.security_code = read_enum_set(in, "cvv", core::verification_last);
  require.cardholder = read_enum_set(in, "three_ds", core::verification_last);
  return require;
}

// Reads the object under `key`. An empty one would check nothing, and is refused.
template <class Read>
auto read_stated(ObjectReader& in, std::string_view key, Read read) {
  auto object = in.object(key);
  if (!object) return decltype(read(*object)){};
  if (object->is_empty()) in.refuse(key, "must not be empty");
  auto result = read(*object);
  object->refuse_unknown_keys();
  return result;
}

core::Check read_check(ObjectReader& in, core::Level owner) {
  const auto stated = std::count_if(checks.begin(), checks.end(), [&in](std::string_view key) {
    return in.find(key) != nullptr;
  });
  if (stated != 1) {
    in.refuse_object(fmt::format("must have exactly one of {}", fmt::join(checks, ", ")));
    return core::Deny{};
  }
  if (in.has("limit")) {
    return read_stated(in, "limit", [owner](ObjectReader& of) { return read_limit(of, owner); });
  }
  if (in.has("allow")) {
    return read_stated(in, "allow", [](ObjectReader& of) { return core::Allow{read_filter(of)}; });
  }
  if (in.has("hours")) return read_stated(in, "hours", read_hours);
  if (in.has("require")) return read_stated(in, "require", read_require);
  if (in.has("single_use")) {
    in.mark("single_use");
    return core::SingleUse{};
  }
  if (in.has("merchant_lock")) {
    in.mark("merchant_lock");
    return core::MerchantLock{};
  }
  if (auto deny = in.object("deny")) deny->refuse_unknown_keys();
  return core::Deny{};
}

// Adds what the check is under its own key.
struct AddCheck {
  json::object& object;

  void operator()(const core::Limit& limit) const { object["limit"] = limit_json(limit); }
  void operator()(const core::Deny&) const { object["deny"] = json::object{}; }
  void operator()(const core::Allow& allow) const { object["allow"] = filter_json(allow.only); }
  void operator()(const core::Hours& hours) const { object["hours"] = hours_json(hours); }
  void operator()(const core::Require& require) const {
    json::object results;
    add_enum_set(results, "avs", require.address, core::verification_last);
    add_enum_set(results, "cvv", require.security_code, core::verification_last);
    add_enum_set(results, "three_ds", require.cardholder, core::verification_last);
    object["require"] = std::move(results);
  }
  void operator()(const core::SingleUse&) const { object["single_use"] = true; }
  void operator()(const core::MerchantLock&) const { object["merchant_lock"] = true; }
};

}  // namespace

core::Result<core::SetControl, std::string> parse_control(const json::object& definition) {
  std::string error;
  ObjectReader in(definition, "", error);
  core::SetControl set;
  core::Control& control = set.control;
  control.id = read_id(in);
  set.owner = read_owner(in);
  control.mode = in.enumerator<core::Mode>("mode", modes, core::Mode::enforce);
  if (in.find("filter") != nullptr) control.filter = read_stated(in, "filter", read_filter);
  control.check = read_check(in, set.owner.level());
  in.refuse_unknown_keys();
  if (!error.empty()) return core::Unexpected{std::move(error)};
  return set;
}

core::Result<core::RemoveControl, std::string> parse_control_removal(const json::object& removal) {
  std::string error;
  ObjectReader in(removal, "", error);
  core::RemoveControl remove;
  remove.control = read_id(in);
  remove.owner = read_owner(in);
  in.refuse_unknown_keys();
  if (!error.empty()) return core::Unexpected{std::move(error)};
  return remove;
}

std::string control_text(const core::Owner& owner, const core::Control& control) {
  return json::serialize(control_json(owner, control));
}

json::object owner_json(const core::Owner& owner) {
  struct OwnerJson {
    json::object operator()(const core::ProgramId& program) const {
      return {{"program", program.view()}};
    }
    json::object operator()(core::AccountId account) const { return {{"account", account.value}}; }
    json::object operator()(const core::Owner::CardOwner& card) const {
      return {{"program", card.program.view()}, {"card", card.card.view()}};
    }
  };
  return std::visit(OwnerJson{}, owner.of);
}

json::object control_json(const core::Owner& owner, const core::Control& control) {
  json::object object{{"id", control.id.value}};
  for (auto& member : owner_json(owner)) object.insert(json::key_value_pair(std::move(member)));
  object["mode"] = modes[static_cast<std::size_t>(control.mode) - 1];
  if (json::object filter = filter_json(control.filter); !filter.empty()) {
    object["filter"] = std::move(filter);
  }
  std::visit(AddCheck{object}, control.check);
  return object;
}

}  // namespace authd
