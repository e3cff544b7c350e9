#include "authd/simulate/random/scribe.h"

#include <algorithm>

namespace authd::simulate::random {

Verdict judge_approval(const Step& question, std::int64_t minor) {
  const std::int64_t asked = question.amount_minor;
  if (minor == asked) return Verdict::approved(minor);
  const std::string sums =
      std::to_string(minor) + " of " + std::to_string(asked) + " minor units approved";
  if (minor > asked) return Verdict::none("more than was asked for: " + sums);
  if (!question.partial_allowed) return Verdict::none("a part, which was not allowed: " + sums);
  return minor > 0 ? Verdict::approved(minor) : Verdict::none("an empty part: " + sums);
}

Verdict judge_decline(std::string_view word, std::span<const std::string_view> possible) {
  if (std::find(possible.begin(), possible.end(), word) != possible.end()) {
    return Verdict::declined();
  }
  return Verdict::declined("declined for a reason that cannot be: " + std::string(word));
}

}  // namespace authd::simulate::random
