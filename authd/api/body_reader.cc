#include "authd/api/body_reader.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <boost/json/value.hpp>

#include "authd/api/percent.h"
#include "authd/api/rfc3339.h"
#include "authd/load/strict_json.h"

namespace authd::api {

namespace {

namespace json = boost::json;

// Of well-formed UTF-8: bytes that do not continue a character.
std::size_t characters(std::string_view text) noexcept {
  return static_cast<std::size_t>(std::count_if(text.begin(), text.end(), [](char c) {
    return (static_cast<unsigned char>(c) & 0xC0U) != 0x80U;
  }));
}

// "application/json", with or without the one charset that JSON has.
bool is_json(std::string_view media_type) {
  std::string lower;
  for (const char c : media_type) {
    if (c != ' ') lower += c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  }
  return lower == "application/json" || lower == "application/json;charset=utf-8" ||
         lower == "application/json;charset=\"utf-8\"";
}

}  // namespace

const json::value* BodyReader::find(std::string_view name, Need need, bool& given) {
  known_.insert(name);
  const json::value* const value = object_.if_contains(name);
  given = value != nullptr;
  if (value == nullptr) {
    if (need == Need::required) refuse(name, "is required");
    return nullptr;
  }
  if (!value->is_null()) return value;
  if (need != Need::removable) refuse(name, "must not be null");
  return nullptr;
}

Field<std::string> BodyReader::text(std::string_view name, TextSize size, Need need) {
  Field<std::string> field;
  const json::value* const value = find(name, need, field.given);
  if (value == nullptr) return field;
  const json::string* const text = value->if_string();
  const std::string_view view = text == nullptr ? std::string_view() : std::string_view(*text);
  const std::size_t count = characters(view);
  if (text == nullptr || count < size.min || count > size.max) {
    refuse(name, fmt::format("must be a string of {} to {} characters", size.min, size.max));
  } else if (!is_plain_text(view)) {
    refuse(name, "must not hold control characters");
  } else {
    field.value = std::string(view);
  }
  return field;
}

Field<std::string> BodyReader::token(std::string_view name, std::size_t size_max, Need need) {
  Field<std::string> field;
  const json::value* const value = find(name, need, field.given);
  if (value == nullptr) return field;
  const json::string* const text = value->if_string();
  const std::string_view view = text == nullptr ? std::string_view() : std::string_view(*text);
  const bool visible =
      std::all_of(view.begin(), view.end(), [](char c) { return c > 0x20 && c < 0x7F; });
  if (view.empty() || view.size() > size_max || !visible) {
    refuse(name, fmt::format("must be a string of 1 to {} visible ASCII characters", size_max));
  } else {
    field.value = std::string(view);
  }
  return field;
}

Field<std::int64_t> BodyReader::integer(std::string_view name, std::int64_t min, std::int64_t max,
                                        Need need) {
  Field<std::int64_t> field;
  const json::value* const value = find(name, need, field.given);
  if (value == nullptr) return field;
  const std::int64_t* const number = value->if_int64();
  if (number == nullptr || *number < min || *number > max) {
    refuse(name, fmt::format("must be an integer from {} to {}", min, max));
  } else {
    field.value = *number;
  }
  return field;
}

Field<bool> BodyReader::flag(std::string_view name, Need need) {
  Field<bool> field;
  const json::value* const value = find(name, need, field.given);
  if (value == nullptr) return field;
  const bool* const flag = value->if_bool();
  if (flag == nullptr) {
    refuse(name, "must be true or false");
  } else {
    field.value = *flag;
  }
  return field;
}

Field<core::Timestamp> BodyReader::time(std::string_view name, Need need) {
  Field<core::Timestamp> field;
  const json::value* const value = find(name, need, field.given);
  if (value == nullptr) return field;
  const json::string* const text = value->if_string();
  if (text != nullptr) field.value = from_rfc3339(*text);
  if (!field.value) refuse(name, "must be a time such as 2026-11-21T13:04:51Z");
  return field;
}

Field<core::Money> BodyReader::amount(std::string_view name, std::int64_t min, Need need) {
  Field<core::Money> field;
  bool complete = false;
  core::Money money;
  known_.insert(name);
  field.given = object_.if_contains(name) != nullptr;
  object(name, need, [&](BodyReader& reader) {
    const auto minor = reader.integer("minor", min, integer_max, Need::required);
    const auto alpha = reader.text("currency", {3, 3}, Need::required);
    const auto currency = alpha.value ? core::Currency::from_alpha(*alpha.value) : std::nullopt;
    if (alpha.value && !currency) reader.refuse("currency", "must be a currency of ISO 4217");
    complete = minor.value && currency;
    if (complete) money = {*minor.value, *currency};
  });
  if (complete) field.value = money;
  return field;
}

Field<std::size_t> BodyReader::position(std::string_view name,
                                        std::span<const std::string_view> names, Need need) {
  Field<std::size_t> field;
  const json::value* const value = find(name, need, field.given);
  if (value == nullptr) return field;
  const json::string* const text = value->if_string();
  const auto found = text == nullptr
                         ? names.end()
                         : std::find(names.begin(), names.end(), std::string_view(*text));
  if (found == names.end()) {
    refuse(name, fmt::format("must be one of {}", fmt::join(names, ", ")));
  } else {
    field.value = static_cast<std::size_t>(found - names.begin()) + 1;
  }
  return field;
}

bool BodyReader::object(std::string_view name, Need need,
                        const std::function<void(BodyReader&)>& read) {
  bool given = false;
  const json::value* const value = find(name, need, given);
  if (value == nullptr) return false;
  return read_member(name, *value, read);
}

bool BodyReader::read_member(std::string_view name, const json::value& value,
                             const std::function<void(BodyReader&)>& read) {
  const json::object* const object = value.if_object();
  if (object == nullptr) {
    refuse(name, "must be an object");
    return false;
  }
  BodyReader reader(*object, path_.empty() ? std::string(name) : path_ + "." + std::string(name),
                    errors_);
  read(reader);
  reader.refuse_unknown_fields();
  return true;
}

void BodyReader::objects(std::string_view name, std::size_t count_max,
                         const std::function<void(BodyReader&)>& read) {
  bool given = false;
  const json::value* const value = find(name, Need::required, given);
  if (value == nullptr) return;
  const json::array* const list = value->if_array();
  if (list == nullptr || list->empty() || list->size() > count_max) {
    refuse(name, fmt::format("must be a list of 1 to {} objects", count_max));
    return;
  }
  for (std::size_t i = 0; i < list->size(); ++i) {
    read_member(fmt::format("{}.{}", name, i), (*list)[i], read);
  }
}

void BodyReader::refuse(std::string_view name, std::string message) {
  std::string field = path_.empty() ? std::string(name) : path_ + "." + std::string(name);
  errors_.push_back({std::move(field), std::move(message)});
}

void BodyReader::refuse_unknown_fields() {
  for (const auto& member : object_) {
    const std::string_view name = member.key();
    if (!known_.contains(name)) refuse(name, "is not a known field");
  }
}

core::Result<json::object, Problem> body_object(const Call& call) {
  const auto media_type = call.head.field("Content-Type");
  if (!media_type || !is_json(*media_type)) {
    return core::Unexpected{
        Problem(Problem::Kind::unsupported_media_type, "The body must be application/json.")};
  }
  const auto parsed = parse_strict_json(call.body);
  if (!parsed) {
    return core::Unexpected{Problem(Problem::Kind::invalid_request, "The body: " + parsed.error())};
  }
  const json::object* const object = parsed->if_object();
  if (object == nullptr) {
    return core::Unexpected{
        Problem(Problem::Kind::invalid_request, "The body must be a JSON object.")};
  }
  return *object;
}

core::Result<void, Problem> expect_no_fields(const Call& call) {
  if (call.body.empty()) return {};
  return read_object(call, [](BodyReader&) {});
}

core::Result<void, Problem> read_object(const Call& call,
                                        const std::function<void(BodyReader&)>& read) {
  AUTHD_TRY(object, body_object(call));
  std::vector<FieldError> errors;
  BodyReader reader(object, {}, errors);
  read(reader);
  reader.refuse_unknown_fields();
  if (errors.empty()) return {};
  Problem problem(Problem::Kind::validation);
  problem.errors = std::move(errors);
  return core::Unexpected{std::move(problem)};
}

}  // namespace authd::api
