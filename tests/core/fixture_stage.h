// Stage: the world in which one life cycle of the fixtures happens, and the comparison of what
// happened with what the fixture says.

#pragma once

#include "tests/core/fixture_life_cycle.h"
#include "tests/core/world.h"

namespace authd::core::test {

// An account on which another purchase holds money that no fixture may touch, and one life cycle.
class Stage {
 public:
  explicit Stage(const LifeCycle& life_cycle, bool partial_approval = true);

  // Applies it a minute after the one before.
  Applied deliver(const Command& command, bool past_deadline = false) {
    now_ = now_ + minute_us;
    Moment moment;
    moment.at = now_;
    moment.past_deadline = past_deadline;
    return world_.apply(command, moment);
  }

  void abandon(const MessageId& message) { deliver(Abandon{fixture_program, message}); }

  // Takes posted money away, as if it had never been there.
  void lose(std::int64_t minor) {
    Account poorer = world_.account_now();
    poorer.posted_minor -= minor;
    start_.posted_minor -= minor;
    world_.state.put(poorer);
  }

  // Since the stage was set.
  Sums sums() const {
    const Account now = world_.account_now();
    return {now.held_minor - start_.held_minor, now.posted_minor - start_.posted_minor,
            now.pending_credit_minor - start_.pending_credit_minor};
  }

  Balance balance() const {
    const Account now = world_.account_now();
    return {now.posted_minor, *now.available_minor()};
  }
  std::int64_t available_at_start() const { return *start_.available_minor(); }

  // What the rows say must be what the account says, and one life cycle must be one row.
  void expect_rows_to_agree() const;

 private:
  World world_;
  Account start_;
  Timestamp now_ = noon;
};

// Delivers the message and compares everything that the fixture says about it.
void expect_step(Stage& stage, const Step& step);

}  // namespace authd::core::test
