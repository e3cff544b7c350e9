// RandomProgram: the commands of one invented issuer, one after the other, from a seed.
//
// A few accounts and cards in two programs, controls everywhere, life cycles that are begun, added
// to, cleared and ended in any order, and about every seventh message said twice.

#pragma once

#include <random>
#include <vector>

#include "core/apply.h"

namespace authd::core::test {

class RandomProgram {
 public:
  explicit RandomProgram(std::uint64_t seed);

  // What the world consists of at first.
  std::vector<Command> beginning() const;

  struct Step {
    Command command;
    Moment moment;  // without its sequence
  };
  Step next();

 private:
  // What has been named so far of one life cycle.
  struct Course {
    ProgramId program;
    CardToken card;
    std::vector<MessageId> messages;
    Kind kind = Kind::purchase;
    std::int64_t minor = 0;
  };

  std::int64_t between(std::int64_t low, std::int64_t high);
  bool one_in(int n) { return between(1, n) == 1; }
  template <class T>
  const T& any(const std::vector<T>& values) {
    return values[static_cast<std::size_t>(
        between(0, static_cast<std::int64_t>(values.size()) - 1))];
  }
  template <class Enum>
  Enum any_of(Enum last) {
    return static_cast<Enum>(between(1, static_cast<std::int64_t>(last)));
  }

  MessageId fresh_id();
  Currency currency_of(const Course& course);
  std::int64_t minor();
  Details details();
  Filter filter();
  Window window(Level owner);
  Check check(Level owner);
  Owner owner();
  Command request();
  Command follow_up();
  Command event();
  Command set_up();
  Command set_control();
  Command transfer();
  Command mirrored();
  Command mirrored_control();
  Account any_account();
  Card any_card();
  Program configured(std::size_t index);
  Course& begin_course();
  Course& known_course();
  void pass_time();

  std::mt19937_64 random_;
  std::int64_t now_us_;
  std::uint64_t ids_ = 0;
  bool huge_ = false;    // amounts close to the ends of int64
  bool sparse_ = false;  // few controls
  std::vector<TimeZone> zones_;
  std::vector<Program> programs_;
  std::vector<CardToken> cards_;
  std::vector<Course> courses_;
  std::vector<Command> said_;  // messages and transfers, to be said again
  std::vector<MoveMoney> moves_;
  std::vector<MirrorControl> mirrored_;  // each counter with the control that counts in it
};

}  // namespace authd::core::test
