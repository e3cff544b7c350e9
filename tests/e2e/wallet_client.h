// WalletClient: a program's own backend, which calls the wallet API over one keep-alive connection.
//
// A connection that broke is made again by the next request; what was under way has no answer then,
// and is repeated by the caller under its Idempotency-Key.
//
// Threads: one at a time. Errors: status 0 where no complete answer came.

#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "tests/e2e/daemon.h"
#include "tests/e2e/http_client.h"

namespace authd::test {

// `authd key create` with every scope, of all programs when `program` is empty; a failed test when
// there is none.
std::string create_api_key(const Site& site, const std::string& program);

class WalletClient {
 public:
  WalletClient(std::uint16_t port, std::string key) : port_(port), key_(std::move(key)) {}

  HttpAnswer get(std::string_view path);
  HttpAnswer post(std::string_view path, std::string_view body, std::string_view idempotency_key);
  // Under an Idempotency-Key of its own.
  HttpAnswer post(std::string_view path, std::string_view body = "{}");
  // On the version that a GET of the path says is there.
  HttpAnswer change(std::string_view path, std::string_view body);

  // The same for an action on what the path names.
  HttpAnswer act(std::string_view path, std::string_view action, std::string_view body = "{}");

  // Bytes of a file.
  HttpAnswer put(std::string_view path, std::string_view bytes);

  // Another daemon, or the same on another port, from the next request on.
  void move_to(std::uint16_t port);

 private:
  std::string if_match(std::string_view path);
  HttpAnswer exchange(std::string_view method, std::string_view path, const std::string& fields,
                      std::string_view body,
                      std::string_view content_type = "application/json");

  std::uint16_t port_;
  const std::string key_;
  std::optional<HttpClient> connection_;
  int keys_made_ = 0;
};

// `12500` in the currency of the tests, as requests about money have it.
std::string amount_json(std::int64_t minor_units);

}  // namespace authd::test
