#include "authd/config/referral_reader.h"

#include <algorithm>
#include <array>
#include <fstream>

#include "authd/config/secrets.h"
#include "authd/http/message.h"
#include "authd/referral/invitations/message.h"

namespace authd {

namespace {

namespace fs = std::filesystem;

using referral::GatewaySettings;
using referral::Settings;

constexpr std::int64_t day_s = 86'400;

// Where the value of a field comes from, by the table that it stands in.
constexpr std::string_view as_it_is = "headers";
constexpr std::string_view from_files = "headers_from_files";
constexpr std::string_view from_environment = "headers_from_env";
constexpr std::array<std::string_view, 3> header_tables{as_it_is, from_files, from_environment};

std::string read_value(TableReader& in, std::string_view table, const std::string& field,
                       const fs::path& base) {
  const std::string text = in.required_text(field);
  if (table == as_it_is || text.empty()) return text;
  Secrets secrets(in, base);
  if (table == from_files)
    secrets.from_file(field, text);
  else
    secrets.from_environment(field, text);
  const std::vector<std::string> found = secrets.take();
  return found.empty() ? std::string() : found.front();
}

void read_headers(TableReader& gateway, std::string_view table, const fs::path& base,
                  GatewaySettings& settings) {
  auto in = gateway.reader(table);
  if (!in) return;
  for (const std::string& field : in->keys()) {
    const auto is_same = [&field](const auto& other) {
      return http::is_same_name(other.first, field);
    };
    std::string value = read_value(*in, table, field, base);
    if (std::any_of(settings.headers.begin(), settings.headers.end(), is_same))
      in->refuse(field, "stands twice");
    settings.headers.emplace_back(field, std::move(value));
  }
}

// "headers: X-Key: must be …" is said of X-Key where that stands.
void refuse_header(TableReader& gateway, const std::string& sentence) {
  const std::size_t colon = sentence.find(": ");
  const std::string field = sentence.substr(0, colon);
  for (const std::string_view table : header_tables) {
    auto in = gateway.reader(table);
    if (colon != std::string::npos && in && in->has(field))
      return in->refuse(field, sentence.substr(colon + 2));
  }
  gateway.refuse("headers", sentence);
}

// What the sender would not take; only of what could be read.
void check_gateway(TableReader& in, const GatewaySettings& settings) {
  for (const std::string& sentence : referral::check(settings)) {
    const std::size_t colon = sentence.find(": ");
    const std::string key = sentence.substr(0, colon);
    const std::string what = sentence.substr(colon + 2);
    if (key == "headers")
      refuse_header(in, what);
    else
      in.refuse(key, what);
  }
}

std::string read_ca(TableReader& in, const std::string& url, const fs::path& base) {
  if (!in.has("ca")) return {};
  const std::string name = in.required_text("ca");
  if (name.empty()) return {};
  std::string path = (base / name).string();
  if (!std::ifstream(path)) in.refuse("ca", "cannot read the file " + path);
  if (url.starts_with("http://")) in.refuse("ca", "is of https alone");
  return path;
}

GatewaySettings read_gateway(TableReader& in, const fs::path& base) {
  const std::size_t errors_before = in.error_count();
  GatewaySettings s;
  s.url = in.required_text("url");
  for (const std::string_view table : header_tables) read_headers(in, table, base, s);
  s.body = in.required_text("body");
  s.id_pointer = in.text("id_pointer", s.id_pointer);
  s.ca = read_ca(in, s.url, base);
  s.allow_private = in.boolean("allow_private", s.allow_private);
  s.per_second = in.number("per_second", s.per_second, 1, 1'000);
  s.attempts_max = in.number("attempts_max", s.attempts_max, 1, 100);
  s.retry_first = in.duration("retry_first_s", s.retry_first, 1, day_s);
  s.retry_max = in.duration("retry_max_s", s.retry_max, 1, day_s);
  if (s.retry_max < s.retry_first) in.refuse("retry_max_s", "must not be below retry_first_s");
  s.timeout = in.duration("timeout_ms", s.timeout, 100, 120'000);
  s.erase_after_days = in.number("erase_after_days", s.erase_after_days, 0, 3'650);
  if (in.error_count() == errors_before) check_gateway(in, s);
  in.refuse_unknown_keys();
  return s;
}

}  // namespace

Settings read_referral(TableReader& in, const fs::path& base) {
  Settings s;
  s.batch_entries = in.number("batch_entries", s.batch_entries, 100, 1'000);
  s.look_every = in.duration("look_every_ms", s.look_every, 10, 60'000);
  s.duty_percent = in.number("duty_percent", s.duty_percent, 1, 100);
  s.payouts_at_once = in.number("payouts_at_once", s.payouts_at_once, 1, 32);
  if (auto gateway = in.reader("gateway")) s.gateway = read_gateway(*gateway, base);
  in.refuse_unknown_keys();
  return s;
}

}  // namespace authd
