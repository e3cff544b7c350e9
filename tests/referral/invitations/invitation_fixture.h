// A ledger with the program "demo" and a member of it who invites.

#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <thread>

#include "tests/postgres/cluster.h"

namespace authd::test {

class InvitationTest : public LedgerTest {
 protected:
  void SetUp() override;

  // Queues one and returns its id. The phone is +27820000000 and so many.
  std::int64_t invite(int number = 1, const std::string& text = "Hello",
                      const std::string& program = "demo");

  // Connections with the rights of the sender and of the API.
  store::Connection sender_connection() const;
  store::Connection api_connection() const;

  // Of any column, as text.
  std::string column(std::int64_t id, const std::string& name);
  std::string state(std::int64_t id) { return column(id, "state"); }
  // Brings the time of a message forward to now.
  void make_due(std::int64_t id);

  store::Connection& ledger() { return *ledger_; }

 private:
  void add_program(const std::string& program, int holder);

  std::unique_ptr<store::Connection> ledger_;
};

std::string phone(int number);

// Waits for what another thread does, 20 s at most.
template <class Condition>
bool eventually(Condition condition) {
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(20);
  while (!condition()) {
    if (std::chrono::steady_clock::now() > deadline) return false;
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }
  return true;
}

}  // namespace authd::test
