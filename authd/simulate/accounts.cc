#include "authd/simulate/accounts.h"

#include <algorithm>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <deque>

namespace authd::simulate {

namespace {

namespace asio = boost::asio;
using core::Unexpected;

constexpr std::size_t wallets_max = 8;  // requests to the API at a time
constexpr std::chrono::milliseconds ask_again_after{100};

}  // namespace

Balance expected_balance(const Account& account) noexcept {
  Balance balance;
  balance.posted_minor = account.opening.posted_minor + account.effect.posted_minor;
  balance.held_minor = account.effect.held_minor;
  balance.available_minor =
      balance.posted_minor - balance.held_minor - account.opening.minimum_minor;
  return balance;
}

Accounts::Accounts(const http::Server& api, std::string key, std::string name)
    : api_(api), key_(std::move(key)), name_(std::move(name)) {}

std::size_t Accounts::add(Account account) {
  accounts_.push_back(std::move(account));
  return accounts_.size() - 1;
}

void Accounts::played(std::size_t account, const Effect& effect) noexcept {
  accounts_[account].effect.held_minor += effect.held_minor;
  accounts_[account].effect.posted_minor += effect.posted_minor;
}

// Several wallets take one account after the other until none is left or something has failed.
template <class Work>
core::Result<void, std::string> Accounts::share(Work work) {
  next_ = 0;
  error_.clear();
  io_.restart();
  std::deque<Wallet> wallets;
  for (std::size_t i = 0; i < std::min(wallets_max, accounts_.size()); ++i) {
    Wallet& wallet = wallets.emplace_back(io_, api_, key_);
    asio::co_spawn(io_, work(wallet), asio::detached);
  }
  io_.run();
  if (error_.empty()) return {};
  return Unexpected{error_};
}

core::Result<void, std::string> Accounts::open() {
  return share([this](Wallet& wallet) { return open_some(wallet); });
}

core::Result<void, std::string> Accounts::check(std::vector<WrongBalance>& wrong,
                                                std::chrono::milliseconds settled_within) {
  deadline_ = net::Clock::now() + settled_within;
  auto checked = share([this, &wrong](Wallet& wallet) { return check_some(wallet, wrong); });
  std::sort(wrong.begin(), wrong.end(),
            [](const WrongBalance& a, const WrongBalance& b) { return a.account < b.account; });
  return checked;
}

net::Awaitable<void> Accounts::open_some(Wallet& wallet) {
  while (next_ < accounts_.size() && error_.empty()) {
    const std::string name = name_ + "-" + std::to_string(next_);
    Account& account = accounts_[next_++];
    const auto opened = co_await open_one(wallet, account, name);
    if (!opened) error_ = opened.error();
  }
}

net::Awaitable<core::Result<void, std::string>> Accounts::open_one(Wallet& wallet, Account& account,
                                                                   const std::string& name) {
  const auto id = co_await wallet.open_account(account.opening, name);
  if (!id) co_return Unexpected{id.error()};
  account.id = *id;
  int number = 0;
  for (const auto& [program, token] : account.cards) {
    NewCard card;
    card.program = program;
    card.token = token;
    card.account = account.id;
    const std::string card_name = name + "-c" + std::to_string(number++);
    const auto registered = co_await wallet.register_card(card, card_name);
    if (!registered) co_return Unexpected{"card " + token + ": " + registered.error()};
  }
  co_return core::Result<void, std::string>();
}

net::Awaitable<void> Accounts::check_some(Wallet& wallet, std::vector<WrongBalance>& wrong) {
  while (next_ < accounts_.size() && error_.empty()) {
    const Account& account = accounts_[next_++];
    const auto found = co_await settled_balance(wallet, account);
    if (!found) {
      error_ = found.error();
      co_return;
    }
    const Balance expected = expected_balance(account);
    if (*found == expected) continue;
    WrongBalance difference;
    difference.account = account.id;
    difference.currency = account.opening.currency;
    difference.expected = expected;
    difference.found = *found;
    wrong.push_back(std::move(difference));
  }
}

net::Awaitable<core::Result<Balance, std::string>> Accounts::settled_balance(
    Wallet& wallet, const Account& account) {
  while (true) {
    const auto found = co_await wallet.balance(account.id);
    const bool is_final =
        !found || *found == expected_balance(account) || net::Clock::now() >= deadline_;
    if (is_final) co_return found;
    net::Timer timer(io_.get_executor(), ask_again_after);
    co_await timer.async_wait(net::as_result);
  }
}

}  // namespace authd::simulate
