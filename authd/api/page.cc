#include "authd/api/page.h"

#include <algorithm>
#include <boost/json/serialize.hpp>
#include <charconv>
#include <string>

#include "authd/api/base64url.h"
#include "authd/api/percent.h"

namespace authd::api {

namespace {

namespace json = boost::json;

constexpr std::size_t cursor_size_max = 512;
constexpr std::size_t fields_size_max = 512;

// "listHolders,17"
std::string cursor_text(std::string_view operation, std::span<const std::int64_t> key) {
  std::string text(operation);
  for (const std::int64_t number : key) text += "," + std::to_string(number);
  return text;
}

std::optional<std::vector<std::int64_t>> key_of(std::string_view cursor, std::string_view operation,
                                                std::size_t keys) {
  const auto text = from_base64url(cursor);
  if (!text) return std::nullopt;
  std::vector<std::int64_t> key;
  for (std::size_t comma = text->find(','); comma != std::string::npos;
       comma = text->find(',', comma + 1)) {
    std::int64_t number = 0;
    std::from_chars(text->data() + comma + 1, text->data() + text->size(), number);
    key.push_back(number);
  }
  // Written again it must be the same: so nothing else than a cursor of ours is one.
  if (key.size() != keys || cursor_text(operation, key) != *text) return std::nullopt;
  return key;
}

// "listCards,demo,card_1". Encoded, so that no text has a comma in it.
std::string cursor_text(std::string_view operation, std::span<const std::string> key) {
  std::string text(operation);
  for (const std::string& part : key) text += "," + percent_encoded(part);
  return text;
}

std::optional<std::vector<std::string>> text_key_of(std::string_view cursor,
                                                    std::string_view operation, std::size_t keys) {
  const auto text = from_base64url(cursor);
  if (!text) return std::nullopt;
  std::vector<std::string> key;
  for (std::size_t comma = text->find(','); comma != std::string::npos;) {
    const std::size_t next = text->find(',', comma + 1);
    key.push_back(percent_decoded(std::string_view(*text).substr(comma + 1, next - comma - 1))
                      .value_or(std::string()));
    comma = next;
  }
  if (key.size() != keys || cursor_text(operation, key) != *text) return std::nullopt;
  return key;
}

// `text` in a target, as it came; '>' would end the target inside a Link field.
void append_parameter(std::string& target, std::string_view text) {
  for (const char c : text) {
    if (c == '>') {
      target += "%3E";
    } else {
      target += c;
    }
  }
}

// The same list from `cursor` on.
std::string next_page(const Call& call, std::string_view cursor) {
  std::string target(call.head.path());
  char separator = '?';
  for (std::string_view rest = call.head.query(); !rest.empty();) {
    const std::string_view parameter = rest.substr(0, rest.find('&'));
    rest.remove_prefix(std::min(parameter.size() + 1, rest.size()));
    if (parameter.empty() || parameter.starts_with("cursor=")) continue;
    target += separator;
    append_parameter(target, parameter);
    separator = '&';
  }
  return target + separator + "cursor=" + std::string(cursor);
}

template <class Key>
Answer page_with_cursor(const Call& call, json::array items, std::span<const Key> last) {
  Answer answer;
  json::object body;
  body["items"] = std::move(items);
  body["next_cursor"] = nullptr;
  if (!last.empty()) {
    const std::string cursor = to_base64url(cursor_text(call.operation, last));
    body["next_cursor"] = cursor;
    answer.link = "<" + next_page(call, cursor) + ">; rel=\"next\"";
  }
  answer.body = json::serialize(body);
  return answer;
}

}  // namespace

Page read_page(QueryReader& query, const Call& call, std::size_t keys) {
  Page page;
  page.limit = query.integer("limit", 1, page_size_max).value_or(page_size_default);
  if (const auto cursor = query.text("cursor", cursor_size_max)) {
    const auto key = key_of(*cursor, call.operation, keys);
    if (!key) query.refuse("cursor", "is not a cursor of this list");
    page.after = key.value_or(std::vector<std::int64_t>(keys));
  }
  return page;
}

TextPage read_text_page(QueryReader& query, const Call& call, std::size_t keys) {
  TextPage page;
  page.limit = query.integer("limit", 1, page_size_max).value_or(page_size_default);
  page.after.resize(keys);
  if (const auto cursor = query.text("cursor", cursor_size_max)) {
    const auto key = text_key_of(*cursor, call.operation, keys);
    if (!key) query.refuse("cursor", "is not a cursor of this list");
    page.after = key.value_or(page.after);
  }
  return page;
}

Answer page_answer(const Call& call, json::array items, std::span<const std::int64_t> last) {
  return page_with_cursor(call, std::move(items), last);
}

Answer text_page_answer(const Call& call, json::array items, std::span<const std::string> last) {
  return page_with_cursor(call, std::move(items), last);
}

FieldSelection FieldSelection::read(QueryReader& query, std::span<const std::string_view> known) {
  FieldSelection selection;
  const auto wanted = query.text("fields", fields_size_max);
  if (!wanted) return selection;
  selection.unwanted_.assign(known.begin(), known.end());
  std::string_view rest = *wanted;
  for (bool more = true; more;) {
    const std::size_t comma = rest.find(',');
    const std::string_view name = rest.substr(0, comma);
    if (std::erase(selection.unwanted_, name) == 0) {
      query.refuse("fields", std::string(name) + " is not a known field, or stands twice");
    }
    more = comma != std::string_view::npos;
    if (more) rest.remove_prefix(comma + 1);
  }
  return selection;
}

void FieldSelection::apply(json::object& object) const {
  for (const std::string_view name : unwanted_) object.stable_erase(name);
}

}  // namespace authd::api
