#include "authd/simulate/random/random_mix.h"

#include <algorithm>
#include <deque>
#include <variant>

#include "authd/simulate/random/adyen_bodies.h"
#include "authd/simulate/random/lithic_bodies.h"
#include "authd/simulate/random/marqeta_bodies.h"
#include "authd/simulate/random/script.h"
#include "authd/simulate/random/stripe_bodies.h"
#include "core/assert.h"

namespace authd::simulate {

namespace {

using random::Decider;
using random::Draw;
using random::Scribe;
using random::Script;
using random::Step;
using random::Verdict;
using random::What;

// Two seeds that are near each other have nothing in common after it (the finalizer of SplitMix64).
std::uint64_t scattered(std::uint64_t seed) noexcept {
  seed += 0x9E37'79B9'7F4A'7C15U;
  seed = (seed ^ (seed >> 30U)) * 0xBF58'476D'1CE4'E5B9U;
  seed = (seed ^ (seed >> 27U)) * 0x94D0'49BB'1331'11EBU;
  return seed ^ (seed >> 31U);
}

class RandomLifeCycle final : public LifeCycle {
 public:
  RandomLifeCycle(std::string name, Script script, std::unique_ptr<Scribe> scribe)
      : name_(std::move(name)), script_(std::move(script)), scribe_(std::move(scribe)) {}

  std::string name() const override { return name_; }

  std::optional<Message> next() override {
    AUTHD_ASSERT(!is_waiting_);
    if (bodies_.empty() && !write_next()) return std::nullopt;
    Message message{is_waiting_, std::move(bodies_.front())};
    bodies_.pop_front();
    if (bodies_.empty() && !is_waiting_) effect_ = script_.effect();
    return message;
  }

  std::string heard(const Heard& answer) override {
    AUTHD_ASSERT(is_waiting_);
    is_waiting_ = false;
    Verdict verdict = scribe_->read(answer);
    script_.answered(verdict.approved_minor, verdict.is_answer ? Decider::issuer : Decider::fault);
    effect_ = script_.effect();
    return std::move(verdict.wrong);
  }

  void unheard() override {
    AUTHD_ASSERT(is_waiting_);
    is_waiting_ = false;
    script_.not_answered();
  }

  // Several bodies may tell of one step: it has come to that with the last of them.
  Effect effect() const override { return effect_; }

  bool order_matters() const override { return scribe_->order_matters(); }

 private:
  // False: nothing is left.
  bool write_next() {
    while (bodies_.empty()) {
      const auto step = script_.next();
      if (!step) return false;
      is_waiting_ = step->what == What::question;
      if (is_waiting_) {
        bodies_.push_back(scribe_->ask(*step));
      } else {
        for (std::string& body : scribe_->tell(*step)) bodies_.push_back(std::move(body));
      }
    }
    return true;
  }

  std::string name_;
  Script script_;
  std::unique_ptr<Scribe> scribe_;
  std::deque<std::string> bodies_;  // that next() has not given yet
  bool is_waiting_ = false;         // for the answer to the question that next() gave last
  Effect effect_;
};

}  // namespace

std::unique_ptr<LifeCycle> random_life_cycle(const processors::AdapterOptions& adapter,
                                             const Setting& setting, std::uint64_t seed) {
  constexpr std::int64_t amount_max = 1'000'000'000;
  Draw choices(scattered(seed));
  Draw details(scattered(~seed));
  const random::Abilities abilities =
      std::visit([&](const auto& options) { return random::abilities(options, setting); }, adapter);
  const random::Plan plan = random::draw_plan(abilities, choices);
  const random::Bounds bounds{std::clamp<std::int64_t>(setting.amount_max_minor, 1, amount_max),
                              setting.now_unix_s};
  random::Scene scene{setting, plan,
                      random::draw_circumstances(plan, setting.currency, setting.exponent, details),
                      details};
  std::string name(processors::processor_name(adapter));
  name += ' ' + std::string(plan.name) + ' ' + std::to_string(seed);
  return std::make_unique<RandomLifeCycle>(
      std::move(name), Script(plan, abilities, bounds, choices),
      std::visit([&](const auto& options) { return random::make_scribe(options, scene); },
                 adapter));
}

}  // namespace authd::simulate
