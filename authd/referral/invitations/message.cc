#include "authd/referral/invitations/message.h"

#include <algorithm>
#include <array>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <charconv>

#include "authd/http/origin.h"

namespace authd::referral {

namespace {

namespace json = boost::json;

constexpr std::string_view json_type = "application/json";
constexpr std::string_view form_type = "application/x-www-form-urlencoded";
constexpr std::array<std::string_view, 3> placeholders{"phone", "text", "id"};

// RFC 9110, section 5.6.2.
constexpr std::string_view token_characters =
    "!#$%&'*+-.^_`|~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
// What the client writes itself, or would make of the body something else.
constexpr std::array<std::string_view, 9> own_fields{
    "Host",       "Content-Length", "Transfer-Encoding",
    "Connection", "User-Agent",     "Keep-Alive",
    "Upgrade",    "Expect",         "Trailer"};

enum class BodyType : std::uint8_t { json, form };

// Without parameters, "; charset=utf-8".
std::optional<BodyType> body_type(std::string_view content_type) {
  content_type = content_type.substr(0, content_type.find(';'));
  while (content_type.ends_with(' ')) content_type.remove_suffix(1);
  if (http::is_same_name(content_type, json_type)) return BodyType::json;
  if (http::is_same_name(content_type, form_type)) return BodyType::form;
  return std::nullopt;
}

std::optional<BodyType> body_type(const GatewaySettings& gateway) {
  for (const auto& [name, value] : gateway.headers) {
    if (http::is_same_name(name, "Content-Type")) return body_type(value);
  }
  return std::nullopt;
}

// Between the quotes of a JSON string.
std::string json_escaped(std::string_view text) {
  const std::string quoted = json::serialize(json::string(text));
  return quoted.substr(1, quoted.size() - 2);
}

std::string percent_encoded(std::string_view text) {
  constexpr std::string_view kept =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~";
  constexpr std::string_view hex = "0123456789ABCDEF";
  std::string encoded;
  for (const char c : text) {
    if (kept.find(c) != std::string_view::npos) {
      encoded += c;
      continue;
    }
    const auto byte = static_cast<unsigned char>(c);
    encoded += '%';
    encoded += hex[byte >> 4U];
    encoded += hex[byte & 0xFU];
  }
  return encoded;
}

std::string filled_body(const GatewaySettings& gateway, std::string_view reference,
                        std::string_view phone, std::string_view text) {
  const auto written = body_type(gateway) == BodyType::json ? json_escaped : percent_encoded;
  const std::string phone_text = written(phone);
  const std::string text_text = written(text);
  const std::array<Placeholder, 3> values{Placeholder{"phone", phone_text},
                                          Placeholder{"text", text_text},
                                          Placeholder{"id", reference}};
  return fill(gateway.body, values);
}

bool is_visible(std::string_view text, char first) {
  return std::all_of(text.begin(), text.end(), [first](char c) { return c >= first && c <= '~'; });
}

class Check {
 public:
  explicit Check(const GatewaySettings& gateway) : gateway_(gateway) {}

  std::vector<std::string> wrong() {
    if (const auto url = http::parse_url(gateway_.url); !url) add("url: " + url.error());
    check_headers();
    check_body();
    check_pointer();
    check_numbers();
    return std::move(wrong_);
  }

 private:
  void add(std::string sentence) { wrong_.push_back(std::move(sentence)); }

  void check_headers() {
    int content_types = 0;
    for (const auto& [name, value] : gateway_.headers) {
      check_header(name, value);
      content_types += http::is_same_name(name, "Content-Type") ? 1 : 0;
    }
    if (content_types != 1) add("headers: there must be one Content-Type");
  }

  // The value may be a secret: it is never repeated.
  void check_header(const std::string& name, const std::string& value) {
    const std::string where = "headers: " + name + ": ";
    if (name.empty() || name.find_first_not_of(token_characters) != std::string::npos) {
      add("headers: a name must be letters, digits and -");
      return;
    }
    const bool is_own =
        std::any_of(own_fields.begin(), own_fields.end(),
                    [&name](std::string_view own) { return http::is_same_name(own, name); });
    if (is_own) add(where + "is written by the client itself");
    if (!is_visible(value, ' ')) add(where + "the value must be visible ASCII and spaces");
    if (unknown_placeholder(value, placeholders))
      add(where + "there are {phone} and {id} and no others");
    if (has_placeholder(value, "text")) add(where + "{text} can only stand in the body");
    if (http::is_same_name(name, "Content-Type") && !body_type(value))
      add(where + "must be " + std::string(json_type) + " or " + std::string(form_type));
  }

  void check_body() {
    if (const auto unknown = unknown_placeholder(gateway_.body, placeholders))
      add("body: nothing stands for {" + std::string(*unknown) + "}");
    for (const std::string_view needed : {"phone", "text"}) {
      if (!has_placeholder(gateway_.body, needed))
        add("body: {" + std::string(needed) + "} is missing");
    }
    const auto type = body_type(gateway_);
    if (type == BodyType::json) check_json();
    if (type == BodyType::form && !is_visible(gateway_.body, '!'))
      add("body: must be visible ASCII, the rest percent-encoded");
  }

  // With values that are JSON between quotes alone.
  void check_json() {
    boost::system::error_code error;
    json::parse(filled_body(gateway_, "authd-1", "+1", "\"\\\n"), error);
    if (error) add("body: is not JSON, or a placeholder stands outside of quotes");
  }

  // RFC 6901, section 3.
  void check_pointer() {
    const std::string& pointer = gateway_.id_pointer;
    bool is_right = pointer.empty() || pointer.front() == '/';
    for (std::size_t i = 0; i < pointer.size(); ++i) {
      if (pointer[i] != '~') continue;
      is_right =
          is_right && i + 1 < pointer.size() && (pointer[i + 1] == '0' || pointer[i + 1] == '1');
    }
    if (!is_right) add("id_pointer: must be a JSON pointer, such as /messages/0/id");
  }

  void check_numbers() {
    if (gateway_.per_second < 1) add("per_second: must be 1 or more");
    if (gateway_.attempts_max < 1) add("attempts_max: must be 1 or more");
    if (gateway_.timeout.count() < 1) add("timeout: must be above 0");
    if (gateway_.retry_first.count() < 1) add("retry_first: must be 1 s or more");
    if (gateway_.retry_max < gateway_.retry_first) add("retry_max: must not be below retry_first");
    if (gateway_.erase_after_days < 0) add("erase_after_days: must be 0 or more");
  }

  const GatewaySettings& gateway_;
  std::vector<std::string> wrong_;
};

constexpr std::string_view reference_prefix = "authd-";

template <class Number>
std::optional<Number> whole_number(std::string_view text) {
  Number number = 0;
  const char* const end = text.data() + text.size();
  const auto [read, error] = std::from_chars(text.data(), end, number);
  if (error != std::errc() || read != end) return std::nullopt;
  return number;
}

}  // namespace

std::vector<std::string> check(const GatewaySettings& gateway) { return Check(gateway).wrong(); }

std::string reference_of(std::int64_t id) {
  return std::string(reference_prefix) + std::to_string(id);
}

std::optional<std::int64_t> id_of(std::string_view reference) {
  if (!reference.starts_with(reference_prefix)) return std::nullopt;
  const auto id = whole_number<std::int64_t>(reference.substr(reference_prefix.size()));
  return id && reference_of(*id) == reference ? id : std::nullopt;
}

http::Request request_of(const GatewaySettings& gateway, const std::string& target, std::int64_t id,
                         std::string_view phone, std::string_view text) {
  const std::string reference = reference_of(id);
  const std::array<Placeholder, 2> values{Placeholder{"phone", phone},
                                          Placeholder{"id", reference}};
  http::Request request;
  request.target = target;
  for (const auto& [name, value] : gateway.headers) {
    request.fields.push_back(http::Field{name, fill(value, values)});
  }
  request.body = filled_body(gateway, reference, phone, text);
  return request;
}

Verdict verdict_of(int status) {
  if (status >= 200 && status < 300) return Verdict::accepted;
  const bool is_passing = status == 408 || status == 425 || status == 429 || status >= 500;
  return is_passing ? Verdict::try_again : Verdict::refused;
}

std::string gateway_id_of(std::string_view answer_body, const std::string& id_pointer) {
  constexpr std::size_t size_max = 200;
  if (id_pointer.empty()) return {};
  boost::system::error_code error;
  const json::value answer = json::parse(answer_body, error);
  if (error) return {};
  const json::value* const found = answer.find_pointer(id_pointer, error);
  if (found == nullptr) return {};
  std::string id;
  if (found->is_string()) id = found->get_string();
  if (found->is_int64() || found->is_uint64()) id = json::serialize(*found);
  const bool is_kept = id.size() <= size_max && id.find('\0') == std::string::npos;
  return is_kept ? id : std::string();
}

std::optional<std::chrono::seconds> retry_after_of(std::string_view fields) {
  constexpr std::uint32_t longest = 86'400;
  constexpr std::uint32_t shortest = 1;
  const auto field = http::field_of(fields, "Retry-After");
  if (!field) return std::nullopt;
  const auto seconds = whole_number<std::uint32_t>(*field);
  if (!seconds) return std::nullopt;
  return std::chrono::seconds(std::clamp(*seconds, shortest, longest));
}

std::chrono::milliseconds retry_pause(const GatewaySettings& gateway, std::int64_t id,
                                      std::int32_t attempt) {
  std::chrono::milliseconds pause = gateway.retry_first;
  for (std::int32_t i = 1; i < attempt && pause < gateway.retry_max; ++i) pause *= 2;
  pause = std::min<std::chrono::milliseconds>(pause, gateway.retry_max);
  // Multiplicative hashing (Knuth, The Art of Computer Programming, volume 3, section 6.4), so that
  // ids that follow each other fall far apart.
  constexpr std::uint64_t golden = 0x9E37'79B9'7F4A'7C15;
  const std::uint64_t hash =
      (static_cast<std::uint64_t>(id) + static_cast<std::uint64_t>(attempt)) * golden;
  const auto quarter = static_cast<std::uint64_t>(pause.count() / 4) + 1;
  return pause - std::chrono::milliseconds((hash >> 32U) % quarter);
}

}  // namespace authd::referral
