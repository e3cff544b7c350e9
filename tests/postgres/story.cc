#include "tests/postgres/story.h"

namespace authd::test {

namespace {

using core::EventKind;

core::Event about(std::string_view message, core::Event event) {
  event.about = *core::MessageId::from(message);
  return event;
}

core::Event final(core::Event event) {
  event.final = true;
  return event;
}

core::Request more(core::Request request, std::string_view of) {
  request.authorization = *core::MessageId::from(of);
  return request;
}

core::Request at_shop(core::Request request, std::uint16_t mcc) {
  request.details.merchant.mcc = mcc;
  request.details.merchant.id = *decltype(core::Merchant::id)::from("shop \xFF 1");
  return request;
}

core::Abandon abandon(std::string_view message) { return {demo, *core::MessageId::from(message)}; }

void set_up(World& world) {
  world.begin();
  core::Program program;
  program.id = demo;
  program.partial_approval = true;
  program.extra_holds = {{{{5812, 5812}}, 2'000, 50}};
  world.apply(core::ConfigureProgram{program});
  world.apply(core::OpenAccount{account(1, 100'000)});
  world.apply(core::OpenAccount{account(2, -500)});
  for (const auto& [token, id] : {std::pair("card_1", 1), {"card_2", 1}, {"card_3", 2}}) {
    world.apply(core::IssueCard{card(token, id)});
  }
}

void set_controls(World& world) {
  const core::Owner of_account{core::AccountId{1}};
  const core::Owner of_card = owner_of(card("card_1", 1));
  using core::Level;
  using core::Period;
  world.apply(core::SetControl{{demo}, limit(1, 90'000, Period::day, Level::program)});
  world.apply(core::SetControl{{demo}, limit(2, 80'000, Period::lifetime, Level::card)});
  world.apply(core::SetControl{of_account, limit(3, 70'000, Period::month, Level::account)});
  world.apply(core::SetControl{of_card, limit(4, 60'000, Period::week, Level::card)});
  world.apply(core::SetControl{of_card, limit(4, 50'000, Period::week, Level::card)});  // an edit
  world.apply(core::SetControl{of_card, limit(4, 50'000, Period::year, Level::card)});  // anew
  core::Control lock;
  lock.id = {5};
  lock.check = core::MerchantLock{};
  world.apply(core::SetControl{owner_of(card("card_2", 1)), lock});
  world.apply(core::SetControl{owner_of(card("card_3", 2)), lock});
  world.apply(core::RemoveControl{owner_of(card("card_3", 2)), {5}});  // a set without any
  world.apply(core::RemoveControl{{demo}, {2}});
  lock.check = core::SingleUse{};
  lock.mode = core::Mode::shadow;
  lock.id = {2};
  world.apply(core::SetControl{{demo}, lock});  // under a number that was removed
}

void spend(World& world) {
  world.apply(at_shop(purchase("m1", "card_1", 1'000), 5812));
  world.apply(more(purchase("m1b", "card_1", 300), "m1"));
  world.apply(event(EventKind::cleared, "n1", "m1", "card_1", 700));
  world.apply(at_shop(purchase("m2", "card_2", 2'000), 5411));  // locks the card to its merchant
  world.apply(more(at_shop(purchase("m2b", "card_2", 100), 5411), "key_of_m2"));
  core::Request part = purchase("m3", "card_1", 900'000);
  part.partial_approval = true;
  world.apply(part);  // amount_limit
  part = purchase("m4", "card_3", 100);
  part.partial_approval = true;
  world.apply(part);  // insufficient_funds
  world.apply(core::ChangeAccount{{2}, core::AccountStatus::active, 1'000, 10});
  part.message = *core::MessageId::from("m5");
  part.amount = usd(5'000);
  part.cash_back_minor = 20;
  world.apply(part);  // 490 of them
  core::Request credit = purchase("m6", "card_1", 40);
  credit.kind = core::Kind::credit;
  world.apply(credit);
  world.apply(purchase("m7", "nobodys", 5));
  core::Request question = purchase("m8", "card_1", 0);
  question.kind = core::Kind::balance_inquiry;
  world.apply(question);
}

// The processor's word comes before the request, after it, and against it.
void hear(World& world) {
  world.apply(about("s1", event(EventKind::approved, "n10", "", "card_1", 500)));
  world.apply(purchase("s1", "card_1", 400));
  world.apply(abandon("s1"));
  world.apply(about("s1", event(EventKind::approved, "n11", "", "card_1", 600)));
  world.apply(about("s2", event(EventKind::declined, "n12", "", "card_1", 0)));
  world.apply(purchase("s2", "card_1", 400));
  world.apply(purchase("s3", "card_1", 400));
  world.apply(abandon("s3"));
  core::Event timed_out = about("m1b", event(EventKind::declined, "n13", "m1", "card_1", 0));
  timed_out.timed_out = true;
  world.apply(timed_out);
  world.apply(event(EventKind::advised, "n14", "s4", "card_1", 250));
  world.apply(purchase("s4", "card_1", 400));
  world.apply(event(EventKind::incremented, "n15", "s5", "card_1", 70));
  world.apply(event(EventKind::credit_approved, "n16", "m6", "card_1", 60));
  world.apply(event(EventKind::refunded, "n17", "m6", "card_1", 30));
  core::Request slow = purchase("s6", "card_1", 10);
  core::Moment moment;
  moment.at = world.now();
  moment.past_deadline = true;
  moment.exposure_minor = 77;
  world.apply(slow, moment);
}

// Heard of before its card is known; bound to the card of the request that follows.
void meet_strangers(World& world) {
  world.apply(event(EventKind::reversed, "n20", "early", "stranger", 30));
  world.apply(more(purchase("e1", "card_1", 100), "early"));
  world.apply(event(EventKind::cleared, "n21", "", "stranger", 800));
  world.apply(event(EventKind::refunded, "n22", "", "stranger", 90));
  world.apply(about("e2", event(EventKind::approved, "n23", "", "stranger", 55)));
  world.apply(core::IssueCard{card("stranger", 2)});
  world.apply(purchase("e2", "stranger", 55));
  world.apply(event(EventKind::charged_back, "n24", "n21", "stranger", 5));
}

void end(World& world) {
  world.apply(final(event(EventKind::cleared, "n30", "m1", "card_1", 600)));
  world.apply(event(EventKind::cleared, "n31", "m1", "card_1", 50));  // late
  world.apply(event(EventKind::charged_back, "n32", "m1", "card_1", 650));
  world.apply(event(EventKind::chargeback_reversed, "n33", "m1", "card_1", 600));
  world.apply(final(event(EventKind::reversed, "n34", "m5", "card_3", 490)));
  world.apply(event(EventKind::expired, "n35", "s4", "card_1", 0));
  core::Card changed = card("card_3", 2);
  world.apply(core::ChangeCard{demo, changed.token, core::CardStatus::frozen, {5}, {6}});
  world.apply(core::ChangeCard{demo, changed.token, core::CardStatus::closed, {7}, {8}});
  world.advance(9 * 24 * hour_us);
  for (int i = 0; i < 60; ++i) world.apply(core::ExpireNext{});
  world.apply(event(EventKind::cleared, "n36", "m2", "card_2", 2'100));  // after its expiry
}

}  // namespace

void tell_story(World& world) {
  set_up(world);
  set_controls(world);
  for (const auto chapter : {spend, hear, meet_strangers, end}) {
    chapter(world);
    world.advance(hour_us);
  }
  world.flush();
}

}  // namespace authd::test
