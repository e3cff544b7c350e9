// Report: what a simulation has sent and heard, what of it was wrong, and how long it took.

#pragma once

#include <boost/json/object.hpp>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "authd/simulate/latencies.h"
#include "authd/simulate/wallet.h"

namespace authd::simulate {

// An answer that should have been another.
struct WrongAnswer {
  std::string program;
  std::string life_cycle;
  bool was_question = false;
  std::string what;
  std::string sent;
  int status = 0;  // 0: there was no answer
  std::string body;
};

struct WrongBalance {
  std::int64_t account = 0;
  std::string currency;
  Balance expected{};
  Balance found{};
};

// What was sent to a program, repetitions included.
struct Sent {
  std::uint64_t questions = 0;
  std::uint64_t events = 0;
};

struct Report {
  static constexpr std::size_t wrong_answers_max = 20;  // kept in full; the others are counted

  std::string name;  // "fixtures", "random", "file"
  std::uint64_t seed = 0;
  std::uint64_t life_cycles = 0;
  std::map<std::string, Sent> sent;      // by program
  std::map<int, std::uint64_t> answers;  // by status
  std::uint64_t approved = 0;            // questions; in part counts as approved
  std::uint64_t declined = 0;
  std::uint64_t repeated = 0;   // of what was sent
  std::uint64_t reordered = 0;  // events
  std::uint64_t late = 0;       // events
  std::uint64_t lost = 0;       // questions of which no answer was heard on purpose
  std::uint64_t wrong_count = 0;
  std::vector<WrongAnswer> wrong;
  std::vector<std::string> problems;  // that ended the run, or of it as a whole
  std::vector<std::string> notes;     // what was left out
  std::uint64_t accounts = 0;         // whose balances were compared
  std::vector<WrongBalance> wrong_balances;
  Latencies questions;
  Latencies events;
  double seconds = 0;  // that messages were sent in

  void add_wrong(WrongAnswer answer);
  bool is_right() const noexcept;
};

std::string to_text(const Report& report);
boost::json::object to_json(const Report& report);

}  // namespace authd::simulate
