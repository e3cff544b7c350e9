#include "tests/e2e/crash_clients.h"

#include <iterator>

#include "tests/e2e/gateway.h"

namespace authd::test {

namespace {

constexpr std::int64_t balances_minor[] = {100'000, 4'000'000, 5'000'000'000};

std::string card_of(std::int64_t account, int number) {
  return "card-" + std::to_string(account) + "-" + std::to_string(number);
}

}  // namespace

std::string crowd_openings() {
  std::string lines;
  std::int64_t account = 0;
  for (const std::int64_t balance_minor : balances_minor) {
    lines += account_line(++account, balance_minor);
    for (const int number : {1, 2}) lines += card_line(card_of(account, number), account);
  }
  return lines;
}

std::int64_t crowd_account_of(const std::string& card) { return card.at(5) - '0'; }

CrashClient::CrashClient(int number, std::uint64_t seed) : number_(number), random_(seed) {}

void CrashClient::run(std::uint16_t port, std::atomic<std::uint64_t>& answers) {
  HttpClient client(port);
  while (exchange(client, posted_[next()])) answers += 1;
}

bool CrashClient::repeat_all(std::uint16_t port) {
  HttpClient client(port);
  for (Posted& posted : posted_) {
    if (!exchange(client, posted)) return false;
  }
  return true;
}

// A new message, or one of five times an earlier one, mostly a recent one.
std::size_t CrashClient::next() {
  const auto below = [this](std::uint64_t bound) { return random_() % bound; };
  if (!posted_.empty() && below(5) == 0) {
    const std::size_t back = below(2) == 0 ? below(posted_.size()) : 0;
    return posted_.size() - 1 - back;
  }
  const auto account = static_cast<std::int64_t>(1 + below(std::size(balances_minor)));
  // Mostly a purchase of up to 50.00, sometimes more than any account holds.
  const std::int64_t amount_minor =
      below(20) == 0 ? 9'000'000'000 : static_cast<std::int64_t>(1 + below(5'000));
  Posted posted;
  posted.message = "c" + std::to_string(number_) + "-" + std::to_string(posted_.size());
  posted.card = card_of(account, static_cast<int>(1 + below(2)));
  posted.amount_minor = amount_minor;
  posted_.push_back(posted);
  return posted_.size() - 1;
}

bool CrashClient::exchange(HttpClient& client, Posted& posted) {
  const auto answer = client.exchange(
      post(purchase_body(posted.message, posted.card, major_units(posted.amount_minor))));
  if (!answer) return false;
  if (!posted.answer) {
    posted.answer = answer;
    return true;
  }
  repeated_ += 1;
  if (*posted.answer != *answer) {
    contradictions_.push_back(posted.message + ": " + std::to_string(posted.answer->status) + " " +
                              posted.answer->body + ", then " + std::to_string(answer->status) +
                              " " + answer->body);
  }
  return true;
}

Crowd::Crowd(std::uint64_t seed, int clients) {
  for (int i = 0; i < clients; ++i)
    clients_.emplace_back(i, seed * 31 + static_cast<std::uint64_t>(i));
}

void Crowd::start(std::uint16_t port) {
  answers_ = 0;
  for (CrashClient& client : clients_)
    threads_.emplace_back([this, &client, port] { client.run(port, answers_); });
}

void Crowd::join() { threads_.clear(); }

bool Crowd::repeat_all(std::uint16_t port) {
  std::atomic<bool> all = true;
  for (CrashClient& client : clients_) {
    threads_.emplace_back([&all, &client, port] {
      if (!client.repeat_all(port)) all = false;
    });
  }
  join();
  return all;
}

std::vector<Posted> Crowd::posted() const {
  std::vector<Posted> all;
  for (const CrashClient& client : clients_)
    all.insert(all.end(), client.posted().begin(), client.posted().end());
  return all;
}

std::uint64_t Crowd::repeated() const {
  std::uint64_t sum = 0;
  for (const CrashClient& client : clients_) sum += client.repeated();
  return sum;
}

std::vector<std::string> Crowd::contradictions() const {
  std::vector<std::string> all;
  for (const CrashClient& client : clients_)
    all.insert(all.end(), client.contradictions().begin(), client.contradictions().end());
  return all;
}

std::map<std::int64_t, std::int64_t> approved_minor_by_account(const std::vector<Posted>& posted) {
  std::map<std::int64_t, std::int64_t> sums;
  for (const Posted& one : posted) {
    if (one.answer && one.answer->status == 200)
      sums[crowd_account_of(one.card)] += one.amount_minor;
  }
  return sums;
}

}  // namespace authd::test
