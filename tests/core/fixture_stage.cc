#include "tests/core/fixture_stage.h"

namespace authd::core::test {

namespace {

Sums sums_of(const Booking& booking) {
  return {booking.held_minor, booking.posted_minor, booking.pending_credit_minor};
}

Marks marks_of(const Booking& booking) {
  return {booking.unasked, booking.over_captured, booking.late, booking.ghost};
}

void expect_answer(const Stage& stage, const Step& step, const Answer& answer) {
  const auto origin = step.repeated ? Answer::Origin::repeated : Answer::Origin::decided;
  EXPECT_EQ(answer.origin, origin);
  EXPECT_EQ(name(answer.decision.reason), name(step.answer->reason));
  EXPECT_EQ(answer.decision.approved.minor_units, step.answer->approved_minor);
  if (step.repeated) return;  // the balance is that of then
  EXPECT_EQ(answer.decision.balance, stage.balance());
}

void expect_booking(const Stage& stage, const Step& step, const Booking& booking) {
  const auto origin = step.repeated ? Booking::Origin::repeated : Booking::Origin::booked;
  EXPECT_EQ(booking.origin, origin);
  EXPECT_EQ(booking.fault, Booking::Fault::none);
  EXPECT_EQ(sums_of(booking), step.change);
  EXPECT_EQ(marks_of(booking), step.marks);
  const bool takes = step.change.posted_minor < step.change.held_minor;
  EXPECT_EQ(booking.below_zero, takes && stage.balance().available_minor < 0);
}

}  // namespace

Stage::Stage(const LifeCycle& life_cycle, bool partial_approval) {
  Program policy = program();
  policy.partial_approval = partial_approval;
  if (partial_approval) world_.configure(policy);
  Account opened = account();
  opened.currency = life_cycle.currency;
  opened.posted_minor = life_cycle.posted_minor;
  world_.state.put(opened);
  Request other = purchase("bystander", life_cycle.posted_minor - life_cycle.available_minor);
  other.amount.currency = life_cycle.currency;
  EXPECT_EQ(world_.reason(other), Reason::approved);
  start_ = world_.account_now();
}

void Stage::expect_rows_to_agree() const {
  Sums rows;
  for (const auto& [number, authorization] : world_.state.authorizations()) {
    const Standing stands = world_.standing_of(number);
    rows.held_minor += stands.held_minor;
    rows.pending_credit_minor += stands.pending_credit_minor;
    rows.posted_minor += authorization.credited_minor - authorization.cleared_minor;
  }
  rows.held_minor -= start_.held_minor;
  EXPECT_EQ(rows, sums());
  EXPECT_LE(world_.state.authorizations().size(), 2U);  // the other purchase's and ours
}

void expect_step(Stage& stage, const Step& step) {
  SCOPED_TRACE(step.file);
  const Sums before = stage.sums();
  if (step.command) {
    const Applied applied = stage.deliver(*step.command);
    EXPECT_EQ(applied.rows.empty(), step.repeated);
    const auto* const answer = std::get_if<Answer>(&applied.outcome);
    ASSERT_EQ(answer != nullptr, step.answer.has_value());
    if (answer != nullptr) expect_answer(stage, step, *answer);
    if (answer == nullptr) expect_booking(stage, step, std::get<Booking>(applied.outcome));
  }
  const Sums after = stage.sums();
  const Sums change{after.held_minor - before.held_minor, after.posted_minor - before.posted_minor,
                    after.pending_credit_minor - before.pending_credit_minor};
  EXPECT_EQ(change, step.change);
  EXPECT_EQ(after, step.total);
  EXPECT_EQ(stage.balance().available_minor,
            stage.available_at_start() + step.total.posted_minor - step.total.held_minor);
  stage.expect_rows_to_agree();
}

}  // namespace authd::core::test
