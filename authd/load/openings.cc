#include "authd/load/openings.h"

#include <date/date.h>

#include <array>
#include <boost/json.hpp>
#include <set>
#include <sstream>

namespace authd {

namespace {

namespace json = boost::json;
using core::Unexpected;

// RFC 3339 in UTC: "2031-12-31T00:00:00Z".
std::optional<core::Timestamp> parse_utc(const std::string& text) {
  std::istringstream in(text);
  date::sys_time<std::chrono::microseconds> time;
  in >> date::parse("%FT%TZ", time);
  if (in.fail() || in.peek() != std::istringstream::traits_type::eof()) return std::nullopt;
  return core::Timestamp{time.time_since_epoch().count()};
}

// Reads the members of one object and keeps the first error.
class Members {
 public:
  explicit Members(const json::object& object) : object_(object) {}

  std::int64_t integer(std::string_view key, std::int64_t min,
                       std::optional<std::int64_t> fallback) {
    const json::value* const value = find(key);
    if (value == nullptr) {
      if (!fallback) fail(key, "is required");
      return fallback.value_or(0);
    }
    const std::int64_t* const number = value->if_int64();
    if (number == nullptr || *number < min || *number > core::minor_units_max) {
      fail(key, "must be an integer from " + std::to_string(min) + " to " +
                    std::to_string(core::minor_units_max));
      return 0;
    }
    return *number;
  }
  std::optional<std::int64_t> limit(std::string_view key) {
    if (find(key) == nullptr) return std::nullopt;
    return integer(key, 0, std::nullopt);
  }
  std::string text(std::string_view key, std::string_view fallback = {}) {
    const json::value* const value = find(key);
    if (value == nullptr && fallback.empty()) fail(key, "is required");
    if (value == nullptr) return std::string(fallback);
    if (!value->is_string()) {
      fail(key, "must be a string");
      return {};
    }
    return std::string(std::string_view(value->get_string()));
  }
  template <class Id>
  Id identifier(std::string_view key) {
    const auto id = Id::from(text(key));
    if (!id)
      fail(key, "must be 1 to " + std::to_string(Id::size_max) + " visible ASCII characters");
    return id.value_or(Id{});
  }
  // One of `names`, whose positions are the numbers 1, 2, 3, … of Enum.
  template <class Enum, std::size_t Count>
  Enum enumerator(std::string_view key, Enum fallback,
                  const std::array<std::string_view, Count>& names) {
    if (find(key) == nullptr) return fallback;
    const std::string wanted = text(key);
    for (std::size_t i = 0; i < Count; ++i) {
      if (names[i] == wanted) return static_cast<Enum>(i + 1);
    }
    fail(key, "is not a known status");
    return fallback;
  }

  void fail(std::string_view key, const std::string& what) {
    if (error_.empty()) error_ = std::string(key) + " " + what;
  }
  // The first error; an unknown key counts as one. Empty when all is well.
  std::string error() {
    for (const auto& member : object_) {
      if (!asked_.contains(member.key())) fail(member.key(), "is not a known key");
    }
    return error_;
  }

 private:
  const json::value* find(std::string_view key) {
    asked_.emplace(key);
    return object_.if_contains(key);
  }

  const json::object& object_;
  std::set<std::string, std::less<>> asked_;
  std::string error_;
};

core::Account read_account(Members& in) {
  core::Account account;
  account.id = {in.integer("id", 1, std::nullopt)};
  const auto currency = core::Currency::from_alpha(in.text("currency"));
  if (!currency) in.fail("currency", "must be an ISO 4217 code such as USD");
  account.currency = currency.value_or(core::Currency{});
  account.posted_minor = in.integer("balance_minor", -core::minor_units_max, 0);
  account.status = in.enumerator("status", core::AccountStatus::active,
                                 std::array<std::string_view, 3>{"active", "frozen", "closed"});
  account.daily_limit_minor = in.limit("daily_limit_minor");
  return account;
}

core::Card read_card(Members& in) {
  core::Card card;
  card.program = in.identifier<core::ProgramId>("program");
  card.token = in.identifier<core::CardToken>("token");
  card.account = {in.integer("account", 1, std::nullopt)};
  card.status =
      in.enumerator("status", core::CardStatus::inactive,
                    std::array<std::string_view, 4>{"active", "inactive", "frozen", "closed"});
  const auto expires_at = parse_utc(in.text("expires_at"));
  if (!expires_at) in.fail("expires_at", "must be a UTC time such as 2031-12-31T00:00:00Z");
  card.expires_at = expires_at.value_or(core::Timestamp{});
  card.transaction_limit_minor = in.limit("transaction_limit_minor");
  card.daily_limit_minor = in.limit("daily_limit_minor");
  return card;
}

}  // namespace

core::Result<OpenCommand, std::string> parse_opening(std::string_view line) {
  boost::system::error_code malformed;
  const json::value root = json::parse(line, malformed);
  if (malformed) return Unexpected{"not JSON: " + malformed.message()};
  const json::object* const object = root.if_object();
  if (object == nullptr || object->size() != 1 || !object->begin()->value().is_object()) {
    return Unexpected{std::string("must be {\"account\":{…}} or {\"card\":{…}}")};
  }

  const std::string_view what = object->begin()->key();
  Members members(object->begin()->value().get_object());
  OpenCommand opening;
  if (what == "account") {
    opening = core::OpenAccount{read_account(members)};
  } else if (what == "card") {
    opening = core::IssueCard{read_card(members)};
  } else {
    return Unexpected{std::string(what) + " is neither account nor card"};
  }
  if (std::string error = members.error(); !error.empty()) {
    return Unexpected{std::string(what) + ": " + std::move(error)};
  }
  return opening;
}

}  // namespace authd
