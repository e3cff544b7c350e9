#include "tests/e2e/wallet_client.h"

#include <gtest/gtest.h>

#include <boost/json/serialize.hpp>

namespace authd::test {

std::string create_api_key(const Site& site, const std::string& program) {
  std::vector<std::string> create{"key", "create", "--name", "e2e-" + program, "--scope", "all"};
  if (!program.empty()) create.insert(create.end(), {"--program", program});
  const Finished made = site.authd(create);
  EXPECT_EQ(made.code, 0) << made.err;
  return made.out.substr(0, made.out.find('\n'));
}

HttpAnswer WalletClient::get(std::string_view path) { return exchange("GET", path, "", ""); }

HttpAnswer WalletClient::post(std::string_view path, std::string_view body,
                              std::string_view idempotency_key) {
  return exchange("POST", path, "Idempotency-Key: " + std::string(idempotency_key) + "\r\n", body);
}

HttpAnswer WalletClient::post(std::string_view path, std::string_view body) {
  return post(path, body, "own-" + std::to_string(++keys_made_));
}

HttpAnswer WalletClient::change(std::string_view path, std::string_view body) {
  return exchange("PATCH", path, if_match(path), body);
}

HttpAnswer WalletClient::act(std::string_view path, std::string_view action,
                             std::string_view body) {
  const std::string key = "Idempotency-Key: own-" + std::to_string(++keys_made_) + "\r\n";
  return exchange("POST", std::string(path) + "/" + std::string(action), if_match(path) + key,
                  body);
}

HttpAnswer WalletClient::put(std::string_view path, std::string_view bytes) {
  return exchange("PUT", path, "", bytes, "application/octet-stream");
}

// The version that is there; empty, which is refused, when nothing is.
std::string WalletClient::if_match(std::string_view path) {
  const auto object = object_of(get(path));
  const auto* const version = object.if_contains("version");
  if (version == nullptr) return "";
  return "If-Match: \"" + boost::json::serialize(*version) + "\"\r\n";
}

void WalletClient::move_to(std::uint16_t port) {
  port_ = port;
  connection_.reset();
}

HttpAnswer WalletClient::exchange(std::string_view method, std::string_view path,
                                  const std::string& fields, std::string_view body,
                                  std::string_view content_type) {
  std::string request(method);
  request += " ";
  request += path;
  request += " HTTP/1.1\r\nHost: authd\r\nAuthorization: Bearer " + key_ + "\r\n" + fields;
  if (method != "GET") {
    request += "Content-Type: " + std::string(content_type) + "\r\n";
    request += "Content-Length: " + std::to_string(body.size()) + "\r\n";
  }
  request += "\r\n";
  request += body;
  if (!connection_) connection_.emplace(port_);
  auto answer = connection_->exchange(request);
  if (answer) return std::move(*answer);
  connection_.reset();
  return {};
}

std::string amount_json(std::int64_t minor_units) {
  return R"({"minor":)" + std::to_string(minor_units) + R"(,"currency":"USD"})";
}

}  // namespace authd::test
