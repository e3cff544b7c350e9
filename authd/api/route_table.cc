#include "authd/api/route_table.h"

#include <algorithm>
#include <charconv>
#include <set>

#include "authd/api/percent.h"
#include "core/assert.h"

namespace authd::api {

namespace {

constexpr std::size_t token_size_max = 64;

// The part in front of the next '/', taken off `rest` with it. `rest` begins with a '/'.
std::string_view take_segment(std::string_view& rest) noexcept {
  rest.remove_prefix(1);
  const std::string_view segment = rest.substr(0, rest.find('/'));
  rest.remove_prefix(segment.size());
  return segment;
}

std::optional<std::int64_t> id_of(std::string_view text) noexcept {
  std::int64_t id = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), id);
  const bool plain = error == std::errc() && end == text.data() + text.size() && text[0] != '0';
  if (!plain || id < 1 || id > integer_max) return std::nullopt;
  return id;
}

bool is_token(std::string_view text) noexcept {
  return !text.empty() && text.size() <= token_size_max &&
         std::all_of(text.begin(), text.end(), [](char c) { return c > 0x20 && c < 0x7F; });
}

std::string allowed_by(net::Method method) {
  if (method == net::Method::get) return "GET, HEAD";
  return net::to_string(net::MethodSet(method));
}

}  // namespace

std::int64_t Call::id(std::string_view name) const {
  const auto found = std::find_if(path.begin(), path.end(),
                                  [name](const PathValue& value) { return value.name == name; });
  AUTHD_ASSERT(found != path.end());
  return found->id;
}

std::string_view Call::text(std::string_view name) const {
  const auto found = std::find_if(path.begin(), path.end(),
                                  [name](const PathValue& value) { return value.name == name; });
  AUTHD_ASSERT(found != path.end());
  return found->text;
}

RouteTable::RouteTable(std::vector<Resource> resources) {
  std::set<std::string_view> operations;
  for (Resource& resource : resources) {
    for (Route& route : resource.routes) {
      AUTHD_ASSERT(operations.insert(route.operation).second);
      auto segments = parse(route.path);
      entries_.push_back({std::move(route), std::move(segments)});
    }
  }
}

std::vector<RouteTable::Segment> RouteTable::parse(std::string_view path) {
  std::vector<Segment> segments;
  while (!path.empty()) {
    AUTHD_ASSERT(path.front() == '/');
    const std::string_view text = take_segment(path);
    if (!text.starts_with('{')) {
      segments.push_back({Kind::literal, text});
      continue;
    }
    const std::size_t colon = text.find(':');
    const bool is_id = text.ends_with(":id}");
    AUTHD_ASSERT(is_id || text.ends_with(":token}"));
    segments.push_back({is_id ? Kind::id : Kind::token, text.substr(1, colon - 1)});
  }
  return segments;
}

bool RouteTable::take(const Segment& segment, std::string_view text,
                      std::vector<PathValue>& values) {
  if (segment.kind == Kind::literal) return text == segment.text;
  auto decoded = percent_decoded(text);
  if (!decoded) return false;
  if (segment.kind == Kind::token) {
    if (!is_token(*decoded)) return false;
    values.push_back({segment.text, std::move(*decoded), 0});
    return true;
  }
  const auto id = id_of(*decoded);
  if (id) values.push_back({segment.text, std::move(*decoded), *id});
  return id.has_value();
}

bool RouteTable::matches(const Entry& entry, std::string_view path,
                         std::vector<PathValue>& values) {
  values.clear();
  for (const Segment& segment : entry.segments) {
    if (path.empty() || !take(segment, take_segment(path), values)) return false;
  }
  return path.empty();
}

RouteTable::Match RouteTable::find(net::Method method, std::string_view path) const {
  Match match;
  std::vector<PathValue> values;
  const net::Method wanted = method == net::Method::head ? net::Method::get : method;
  for (const Entry& entry : entries_) {
    if (!matches(entry, path, values)) continue;
    if (!match.allowed.empty()) match.allowed += ", ";
    match.allowed += allowed_by(entry.route.method);
    if (entry.route.method != wanted || match.route != nullptr) continue;
    match.route = &entry.route;
    match.path = values;
  }
  return match;
}

std::vector<RouteTable::Described> RouteTable::describe() const {
  std::vector<Described> described;
  for (const Entry& entry : entries_) {
    std::string path;
    for (const Segment& segment : entry.segments) {
      const bool literal = segment.kind == Kind::literal;
      path.append(literal ? "/" : "/{").append(segment.text).append(literal ? "" : "}");
    }
    described.push_back({entry.route.method, path, entry.route.operation, entry.route.scope});
  }
  return described;
}

}  // namespace authd::api
