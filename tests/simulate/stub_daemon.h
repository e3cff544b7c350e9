// StubDaemon: a daemon in a few lines, behind a StubServer: accounts with money by the wallet API's
// rules, and messages of a processor of its own.
//
//   question  {"id": "q1", "card": "c1", "held": 500}   approved and held, once, unless it is
//   undone event     {"id": "e1", "card": "c1", "held": -500, "posted": -500}   booked, once
//             {"id": "e2", "card": "c1", "undo": "q1"}   the hold of that question is released
//
// Answers of questions are as Stripe's: {"approved": true, "n": 7}, with a number of its own each.

#pragma once

#include <boost/json/object.hpp>
#include <functional>
#include <map>
#include <mutex>
#include <set>
#include <string>
#include <vector>

#include "authd/simulate/target.h"
#include "tests/simulate/stub_server.h"

namespace authd::simulate::test {

class StubDaemon {
 public:
  static constexpr const char* key = "a-key";

  StubDaemon();

  http::Server server() const { return server_.server(); }
  Target target() const;

  std::vector<std::string> arrivals() const;  // ids of messages, repetitions too
  std::vector<std::string> requests() const;  // of the API: "POST /v1/accounts"

  // Asked first, on the server's thread; an answer with status 0: go on.
  std::function<Told(const Asked&)> instead = [](const Asked&) { return Told{0, "", "", "", {}}; };

 private:
  struct Account {
    std::int64_t posted = 0;
    std::int64_t held = 0;
    std::int64_t minimum = 0;
  };

  Told answer(const Asked& asked);
  Told api(const Asked& asked);
  Told question(const boost::json::object& body);
  Told event(const boost::json::object& body);
  Account& account_of(const boost::json::object& body);

  mutable std::mutex mutex_;
  std::vector<Account> accounts_;
  std::map<std::string, std::size_t> cards_;
  std::map<std::string, std::string> answers_;  // of questions, by id
  std::map<std::string, std::int64_t> holds_;   // of questions
  std::set<std::string> booked_;
  std::set<std::string> undone_;
  std::set<std::string> keys_;
  std::vector<std::string> arrivals_;
  std::vector<std::string> requests_;
  StubServer server_;  // last: its thread uses the others
};

}  // namespace authd::simulate::test
