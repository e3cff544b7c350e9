// Scribe: writes the steps of a script as one processor writes them, and reads the answers to its
// questions as that processor does.
//
// A processor is one pair of files with `abilities` and `make_scribe` for its options, which
// random_mix.cc includes. What a body says of money follows from the steps; everything else is
// drawn.

#pragma once

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "authd/simulate/life_cycle.h"
#include "authd/simulate/random/circumstances.h"
#include "authd/simulate/random/random_mix.h"
#include "authd/simulate/random/script.h"

namespace authd::simulate::random {

// What an answer says.
struct Verdict {
  std::string wrong;       // for people; empty: the answer is one that may be
  bool is_answer = false;  // whether the processor understands it: a wrong one may be, too
  std::optional<std::int64_t> approved_minor;  // nothing: declined

  static Verdict approved(std::int64_t minor) { return {{}, true, minor}; }
  static Verdict declined(std::string wrong = {}) { return {std::move(wrong), true, std::nullopt}; }
  static Verdict none(std::string wrong) { return {std::move(wrong), false, std::nullopt}; }
};

class Scribe {
 public:
  virtual ~Scribe() = default;

  // The body of a question.
  virtual std::string ask(const Step& question) = 0;

  // Of the answer to the question that was asked last.
  virtual Verdict read(const Heard& answer) = 0;

  // The bodies that tell of any other step, in the order of their writing.
  virtual std::vector<std::string> tell(const Step& step) = 0;

  // Whether the bodies that tell() gives come to the same in any order.
  virtual bool order_matters() const = 0;
};

// The verdict on an approval of `minor`: never more than asked, less only where that was allowed.
Verdict judge_approval(const Step& question, std::int64_t minor);

// The verdict on a decline in the processor's words. The account may be empty or a limit reached,
// which are the reasons that `possible` has words for; all others cannot be, because the cards are
// good and the questions are well-formed.
Verdict judge_decline(std::string_view word, std::span<const std::string_view> possible);

// What a scribe is made of.
struct Scene {
  Setting setting;
  Plan plan;
  Circumstances circumstances;
  Draw draw;
};

}  // namespace authd::simulate::random
