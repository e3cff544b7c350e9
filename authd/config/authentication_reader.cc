#include "authd/config/authentication_reader.h"

#include <algorithm>
#include <array>

#include "authd/config/secrets.h"

namespace authd {

namespace {

using processors::Encoding;
using processors::Hash;
using processors::SchemeKind;
using processors::SchemeSettings;

constexpr std::array<SchemeKind, 7> kinds{SchemeKind::basic,
                                          SchemeKind::static_header,
                                          SchemeKind::client_certificate,
                                          SchemeKind::stripe_signature,
                                          SchemeKind::standard_webhooks,
                                          SchemeKind::adyen_hmac,
                                          SchemeKind::marqeta_signature};

constexpr std::string_view authorizations = "authorizations";
constexpr std::string_view events = "events";

std::optional<SchemeKind> read_kind(TableReader& in) {
  const std::string word = in.required_text("scheme");
  std::string known;
  for (const SchemeKind kind : kinds) {
    if (word == name(kind)) return kind;
    known += (known.empty() ? "" : ", ") + std::string(name(kind));
  }
  if (!word.empty()) in.refuse("scheme", "must be one of " + known);
  return std::nullopt;
}

std::vector<std::string> read_secrets(TableReader& in, const std::filesystem::path& base) {
  Secrets secrets(in, base);
  for (const std::string& file : in.texts("secret_files")) secrets.from_file("secret_files", file);
  for (const std::string& variable : in.texts("secret_env"))
    secrets.from_environment("secret_env", variable);
  if (!in.has("secret_files") && !in.has("secret_env")) {
    in.refuse("secret_files", "is required: name one or two files (or variables in secret_env)");
  }
  return secrets.take();
}

template <class Value>
struct Word {
  std::string_view word;
  Value value;
};

template <class Value, std::size_t count>
Value read_word(TableReader& in, std::string_view key,
                const std::array<Word<Value>, count>& words) {
  const std::string text = in.text(key, words.front().word);
  std::string known;
  for (const Word<Value>& each : words) {
    if (text == each.word) return each.value;
    known += (known.empty() ? "" : ", ") + std::string(each.word);
  }
  in.refuse(key, "must be one of " + known);
  return words.front().value;
}

processors::MarqetaSignatureOptions read_marqeta(TableReader& in) {
  constexpr std::array<Word<Hash>, 3> hashes{
      {{"sha256", Hash::sha256}, {"sha1", Hash::sha1}, {"either", Hash::either}}};
  constexpr std::array<Word<Encoding>, 2> encodings{
      {{"hex", Encoding::hex}, {"base64", Encoding::base64}}};
  return {read_word(in, "hash", hashes), read_word(in, "encoding", encodings)};
}

// The key to blame for what a scheme does not take.
std::string_view blamed_key(SchemeKind kind, processors::SchemeError error) {
  using processors::SchemeError;
  if (error == SchemeError::blank_user || error == SchemeError::colon_in_user) return "username";
  if (error == SchemeError::field_name) return "field";
  if (error == SchemeError::no_name) return "names";
  if (error == SchemeError::tolerance) return "tolerance_s";
  return kind == SchemeKind::client_certificate ? "names" : "secret_files";
}

std::optional<SchemeSettings> read_scheme(TableReader& in, const std::filesystem::path& base) {
  const auto kind = read_kind(in);
  if (!kind) return std::nullopt;
  SchemeSettings c;
  c.kind = *kind;
  if (c.kind == SchemeKind::client_certificate) {
    c.names = in.texts("names");
  } else {
    c.secrets = read_secrets(in, base);
  }
  if (c.kind == SchemeKind::basic) c.username = in.required_text("username");
  if (c.kind == SchemeKind::static_header) c.field = in.required_text("field");
  if (c.kind == SchemeKind::marqeta_signature) c.marqeta = read_marqeta(in);
  if (c.kind == SchemeKind::stripe_signature || c.kind == SchemeKind::standard_webhooks) {
    c.tolerance = std::chrono::seconds(in.integer("tolerance_s", c.tolerance.count(), 1, 3'600));
  }
  return c;
}

// Whether the scheme is asked on the endpoint.
bool is_for(const std::vector<std::string>& endpoints, std::string_view endpoint) {
  return std::find(endpoints.begin(), endpoints.end(), endpoint) != endpoints.end();
}

std::vector<std::string> read_endpoints(TableReader& in) {
  std::vector<std::string> endpoints = in.texts("endpoints");
  if (!in.has("endpoints")) return {std::string(authorizations), std::string(events)};
  const bool known = std::all_of(
      endpoints.begin(), endpoints.end(),
      [](const std::string& endpoint) { return endpoint == authorizations || endpoint == events; });
  if (endpoints.empty() || !known) {
    in.refuse("endpoints", "must be authorizations, events or both");
  }
  return endpoints;
}

}  // namespace

void read_authentication(TableReader& program, const std::filesystem::path& base,
                         bool certificates_verified, ProgramConfig& c) {
  bool complete = true;
  for (TableReader& in : program.readers("authentication")) {
    const std::size_t errors_before = in.error_count();
    const std::vector<std::string> endpoints = read_endpoints(in);
    const auto scheme = read_scheme(in, base);
    if (scheme && scheme->kind == SchemeKind::client_certificate && !certificates_verified) {
      in.refuse("scheme",
                "needs client_ca in [server.tls]: nobody verifies certificates otherwise");
    }
    if (scheme && in.error_count() == errors_before) {
      const auto made = make_scheme(*scheme);
      if (!made) {
        in.refuse(blamed_key(scheme->kind, made.error()), std::string(name(made.error())));
      }
      if (is_for(endpoints, authorizations)) c.authorizations.push_back(*scheme);
      if (is_for(endpoints, events)) c.events.push_back(*scheme);
    }
    complete = complete && in.error_count() == errors_before;
    if (scheme) in.refuse_unknown_keys();
  }
  if (!complete) return;
  for (const auto& [endpoint, schemes] :
       {std::pair(authorizations, &c.authorizations), std::pair(events, &c.events)}) {
    if (schemes->empty()) {
      program.refuse("authentication",
                     "is required for " + std::string(endpoint) + ": anybody could post there");
    }
  }
}

}  // namespace authd
