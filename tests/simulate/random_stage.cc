#include "tests/simulate/random_stage.h"

#include <gtest/gtest.h>

#include "tests/processors/padded.h"

namespace authd::simulate::test {

namespace {

constexpr std::size_t body_bytes_max = 65'536;

processors::JsonWalk& walk() {
  static processors::JsonWalk walk(body_bytes_max);
  return walk;
}

std::string told(const processors::ParseError& error) {
  return std::string(processors::name(error.fault)) + " at " + std::string(error.field);
}

}  // namespace

RandomStage::RandomStage(const processors::AdapterOptions& options, core::Currency currency,
                         std::int64_t posted_minor)
    : options_(options), adapter_(processors::make_adapter(options)) {
  core::Program policy = core::test::program();
  policy.partial_approval = true;
  world_.configure(policy);
  core::Account opened = core::test::account();
  opened.currency = currency;
  opened.posted_minor = posted_minor;
  world_.state.put(opened);
  start_ = world_.account_now();
}

Setting RandomStage::setting(std::int64_t amount_max_minor) const {
  Setting setting;
  setting.card_token = core::test::card_1.view();
  setting.currency = start_.currency.alpha();
  setting.exponent = start_.currency.exponent();
  setting.amount_max_minor = amount_max_minor;
  setting.now_unix_s = core::test::noon.unix_us / core::us_per_s;
  return setting;
}

Effect RandomStage::effect() const {
  const core::Account now = world_.account_now();
  return {now.held_minor - start_.held_minor, now.posted_minor - start_.posted_minor};
}

Heard RandomStage::ask(const std::string& body) {
  const authd::test::Padded padded(body);
  const auto question = adapter_->read_question(walk(), core::test::demo, padded.body());
  EXPECT_TRUE(question) << told(question.error()) << '\n' << body;
  if (!question) return {400, "", ""};
  now_.unix_us += core::test::minute_us;
  const core::Answer decided = world_.ask(question->request, now_);
  const bool is_part = decided.decision.approved.minor_units < question->request.amount.minor_units;
  if (decided.decision.is_approved()) {
    ++(is_part ? played_.in_part : played_.approved);
  } else {
    ++played_.declined;
  }
  processors::Reply reply;
  adapter_->render_answer(*question, decided, reply);
  return {reply.status, reply.fields, reply.body};
}

void RandomStage::tell(const std::string& body) {
  const authd::test::Padded padded(body);
  std::vector<core::Event> events;
  const auto error = adapter_->read_events(walk(), core::test::demo, padded.body(), events);
  EXPECT_FALSE(error) << told(*error) << '\n' << body;
  for (const core::Event& event : events) {
    now_.unix_us += core::test::second_us;
    const core::Booking booking = world_.tell(event, now_);
    EXPECT_NE(booking.origin, core::Booking::Origin::refused) << body;
  }
  ++played_.events;
}

std::vector<std::string> RandomStage::ids_in(const processors::AdapterOptions& options,
                                             const std::string& body) {
  const auto adapter = processors::make_adapter(options);
  const authd::test::Padded padded(body);
  std::vector<std::string> ids;
  const auto add = [&ids](const core::MessageId& id) {
    if (!id.empty()) ids.emplace_back(id.view());
  };
  const auto question = adapter->read_question(walk(), core::test::demo, padded.body());
  if (question) {
    add(question->request.message);
    add(question->request.authorization);
  }
  std::vector<core::Event> events;
  adapter->read_events(walk(), core::test::demo, padded.body(), events);
  for (const core::Event& event : events) {
    add(event.notice);
    add(event.authorization);
    add(event.about);
  }
  return ids;
}

// Delivers what waits; a question among it is one whose answer nobody hears.
void RandomStage::flush(const LifeCycle& life_cycle, const PlayRules& rules) {
  const bool shuffles = rules.shuffles && !life_cycle.order_matters();
  while (!waiting_.empty()) {
    const std::int64_t count = shuffles ? static_cast<std::int64_t>(waiting_.size()) : 1;
    const auto next = waiting_.begin() + draw_.below(count);
    const Told message = std::move(*next);
    waiting_.erase(next);
    const int times = draw_.chance(rules.repeated_percent) ? 2 : 1;
    for (int i = 0; i < times; ++i) {
      if (message.is_question) {
        ask(message.body);
      } else {
        tell(message.body);
      }
    }
    delivered_.push_back(message);
  }
}

void RandomStage::play_question(LifeCycle& life_cycle, const std::string& body,
                                const PlayRules& rules) {
  ++played_.questions;
  if (draw_.chance(rules.lost_percent)) {
    ++played_.lost;
    const bool arrives = draw_.chance(60);
    const bool is_overtaken = rules.shuffles && !life_cycle.order_matters() && draw_.chance(50);
    if (arrives && is_overtaken) waiting_.push_back({body, true});
    if (arrives && !is_overtaken) ask(body);
    life_cycle.unheard();
    return;
  }
  const Heard answer = ask(body);
  const Effect before = effect();
  EXPECT_EQ(life_cycle.heard(answer), "") << body << '\n' << answer.body;
  if (draw_.chance(rules.repeated_percent)) {
    EXPECT_EQ(ask(body).body, answer.body);
  }
  EXPECT_EQ(effect().held_minor, before.held_minor);
  delivered_.push_back({body, true});
}

void RandomStage::play(LifeCycle& life_cycle, const PlayRules& rules, std::uint64_t seed) {
  SCOPED_TRACE(life_cycle.name());
  draw_ = random::Draw(seed);
  delivered_.clear();
  while (const auto message = life_cycle.next()) {
    if (!message->is_question) {
      waiting_.push_back({message->body, false});
      continue;
    }
    flush(life_cycle, rules);
    play_question(life_cycle, message->body, rules);
  }
  flush(life_cycle, rules);
  const Effect came_to = effect();
  for (const Told& message : delivered_) {
    if (!draw_.chance(rules.repeated_percent)) continue;
    if (message.is_question) {
      ask(message.body);
    } else {
      tell(message.body);
    }
  }
  EXPECT_EQ(effect().held_minor, came_to.held_minor);
  EXPECT_EQ(effect().posted_minor, came_to.posted_minor);
}

}  // namespace authd::simulate::test
