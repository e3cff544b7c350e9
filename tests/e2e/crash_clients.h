// Processors that post authorizations without pause and remember every answer they got.
//
// Each has one connection, mixes cards and amounts, and repeats some of its messages, answered or
// not. A repeated message that was answered before must get the same answer, byte for byte.

#pragma once

#include <atomic>
#include <cstdint>
#include <map>
#include <optional>
#include <random>
#include <string>
#include <thread>
#include <vector>

#include "tests/e2e/http_client.h"

namespace authd::test {

// Three accounts: one that is empty soon, one later, one never; two cards each.
std::string crowd_openings();
std::int64_t crowd_account_of(const std::string& card);

struct Posted {
  std::string message;
  std::string card;
  std::int64_t amount_minor = 0;
  std::optional<HttpAnswer> answer;  // nothing: no complete one has come back yet
};

class CrashClient {
 public:
  CrashClient(int number, std::uint64_t seed);

  // Posts until the connection breaks. Adds to `answers` for each answer.
  void run(std::uint16_t port, std::atomic<std::uint64_t>& answers);

  // Posts every message once more, in order; false when the connection broke.
  bool repeat_all(std::uint16_t port);

  const std::vector<Posted>& posted() const noexcept { return posted_; }
  std::uint64_t repeated() const noexcept { return repeated_; }
  const std::vector<std::string>& contradictions() const noexcept { return contradictions_; }

 private:
  std::size_t next();
  bool exchange(HttpClient& client, Posted& posted);

  const int number_;
  std::mt19937_64 random_;
  std::vector<Posted> posted_;
  std::uint64_t repeated_ = 0;  // answered again
  std::vector<std::string> contradictions_;
};

class Crowd {
 public:
  explicit Crowd(std::uint64_t seed, int clients = 4);

  void start(std::uint16_t port);  // one thread a client
  void join();                     // after the daemon is gone
  bool repeat_all(std::uint16_t port);
  std::uint64_t answers() const noexcept { return answers_; }  // so far

  std::vector<Posted> posted() const;
  std::uint64_t repeated() const;
  std::vector<std::string> contradictions() const;

 private:
  std::vector<CrashClient> clients_;
  std::vector<std::jthread> threads_;
  std::atomic<std::uint64_t> answers_{0};
};

// The sum of approved answers, by account.
std::map<std::int64_t, std::int64_t> approved_minor_by_account(const std::vector<Posted>& posted);

}  // namespace authd::test
