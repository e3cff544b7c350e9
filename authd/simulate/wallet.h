// Wallet: the part of the wallet API (ops/openapi.yaml) that a simulation needs: accounts with
// money, cards on them, and what has become of the money.
//
// The daemon answers a change once decisions heed it. What it cannot do at the moment (503) is
// asked again for some seconds, with the same Idempotency-Key.
//
// Threads: that of its client. Errors say which request was answered how.

#pragma once

#include <boost/json/object.hpp>
#include <cstdint>
#include <string>

#include "authd/http/client.h"

namespace authd::simulate {

struct Balance {
  std::int64_t posted_minor = 0;
  std::int64_t held_minor = 0;
  std::int64_t available_minor = 0;
  friend bool operator==(const Balance&, const Balance&) = default;
};

struct NewAccount {
  std::string program;
  std::string currency;  // "USD"
  std::int64_t posted_minor = 0;
  std::int64_t minimum_minor = 0;  // of it, not available
};

struct NewCard {
  std::string program;
  std::string token;
  std::int64_t account = 0;
};

class Wallet {
 public:
  template <class T>
  using Answered = net::Awaitable<core::Result<T, std::string>>;

  Wallet(boost::asio::io_context& io, const http::Server& api, std::string key);

  // `name`, of 60 characters at most, tells the request from all others but its repetitions. The
  // account's number.
  Answered<std::int64_t> open_account(const NewAccount& account, const std::string& name);
  Answered<void> register_card(const NewCard& card, const std::string& name);
  Answered<Balance> balance(std::int64_t account);

 private:
  Answered<boost::json::object> post(const std::string& target, const boost::json::object& body,
                                     const std::string& name);
  Answered<boost::json::object> ask(const http::Request& request);

  boost::asio::io_context& io_;
  http::Client client_;
  std::string where_;
  std::string key_;
};

}  // namespace authd::simulate
