// RandomStage: plays random life cycles against a processor's adapter and core, without a daemon.
//
// What the account comes to is compared with what the life cycle says it must come to; so is every
// answer by the life cycle itself. An event that the adapter refuses, or core does not book, is a
// failure.

#pragma once

#include <string>
#include <vector>

#include "authd/simulate/random/draw.h"
#include "authd/simulate/random/random_mix.h"
#include "tests/core/world.h"

namespace authd::simulate::test {

struct PlayRules {
  int lost_percent = 0;      // of the questions: never heard; some of them arrive nevertheless
  int repeated_percent = 0;  // of all messages, at once and at the end
  bool shuffles = false;     // events, where their order does not matter
};

// What was seen, so that tests can tell that they have tested something.
struct Played {
  int questions = 0;
  int approved = 0;
  int in_part = 0;
  int declined = 0;
  int lost = 0;
  int events = 0;
};

class RandomStage {
 public:
  // One account with `posted_minor` and a card of it, in a program that approves in part.
  RandomStage(const processors::AdapterOptions& options, core::Currency currency,
              std::int64_t posted_minor);

  core::test::World& world() noexcept { return world_; }
  const Played& played() const noexcept { return played_; }

  // Of the account on this stage.
  Setting setting(std::int64_t amount_max_minor) const;

  // To its end. Whatever is drawn comes from `seed`.
  void play(LifeCycle& life_cycle, const PlayRules& rules, std::uint64_t seed);

  // Since the stage was set.
  Effect effect() const;

  // The processor's ids of the messages and authorizations that a body names.
  static std::vector<std::string> ids_in(const processors::AdapterOptions& options,
                                         const std::string& body);

 private:
  struct Told {
    std::string body;
    bool is_question = false;
  };

  void play_question(LifeCycle& life_cycle, const std::string& body, const PlayRules& rules);
  void flush(const LifeCycle& life_cycle, const PlayRules& rules);
  Heard ask(const std::string& body);
  void tell(const std::string& body);

  processors::AdapterOptions options_;
  std::unique_ptr<const processors::Adapter> adapter_;
  core::test::World world_;
  core::Account start_;
  core::Timestamp now_ = core::test::noon;
  random::Draw draw_{0};
  std::vector<Told> waiting_;  // to be delivered before the next question
  std::vector<Told> delivered_;
  Played played_;
};

}  // namespace authd::simulate::test
