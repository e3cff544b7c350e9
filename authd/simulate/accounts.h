// Accounts: those that a simulation plays on, opened through the wallet API, and whether their
// balances are in the end what the life cycles have come to.
//
// Threads: open() and check() run their own io_context and return when they are done.

#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "authd/simulate/life_cycle.h"
#include "authd/simulate/report.h"
#include "authd/simulate/wallet.h"

namespace authd::simulate {

struct Account {
  NewAccount opening;
  std::vector<std::pair<std::string, std::string>> cards;  // program and token
  std::int64_t id = 0;                                     // once it is open
  Effect effect{};                                         // of what was played on it
};

// What the API must say of it now.
Balance expected_balance(const Account& account) noexcept;

class Accounts {
 public:
  // `name` tells this run from all others; see Wallet.
  Accounts(const http::Server& api, std::string key, std::string name);

  std::size_t add(Account account);  // before open(); its index
  std::size_t size() const noexcept { return accounts_.size(); }
  void played(std::size_t account, const Effect& effect) noexcept;

  // Opens all of them. The error is the first.
  core::Result<void, std::string> open();

  // The API reads the ledger, which follows the decisions: balances have until then to become
  // right.
  core::Result<void, std::string> check(std::vector<WrongBalance>& wrong,
                                        std::chrono::milliseconds settled_within);

 private:
  net::Awaitable<void> open_some(Wallet& wallet);
  net::Awaitable<void> check_some(Wallet& wallet, std::vector<WrongBalance>& wrong);
  net::Awaitable<core::Result<void, std::string>> open_one(Wallet& wallet, Account& account,
                                                           const std::string& name);
  net::Awaitable<core::Result<Balance, std::string>> settled_balance(Wallet& wallet,
                                                                     const Account& account);
  template <class Work>
  core::Result<void, std::string> share(Work work);

  http::Server api_;
  std::string key_;
  std::string name_;
  std::vector<Account> accounts_;
  // Of the step that is running:
  boost::asio::io_context io_{1};
  std::size_t next_ = 0;
  std::string error_;
  net::Clock::time_point deadline_{};
};

}  // namespace authd::simulate
