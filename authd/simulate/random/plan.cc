#include "authd/simulate/random/plan.h"

#include <algorithm>
#include <array>

namespace authd::simulate::random {

namespace {

int between(Draw& draw, int from, int to) {
  return from + static_cast<int>(draw.below(to - from + 1));
}

Later clear_all() { return {What::clearing, 1000, true}; }

Plan purchase(std::string_view name, std::vector<Later> later) {
  Plan plan;
  plan.name = name;
  plan.later = std::move(later);
  return plan;
}

Plan of_kind(std::string_view name, Kind kind) {
  Plan plan;
  plan.name = name;
  plan.kind = kind;
  return plan;
}

Plan plain(Draw&) { return purchase("purchase", {clear_all()}); }
Plan not_cleared(Draw&) { return purchase("purchase-not-cleared", {}); }
Plan in_parts(Draw& draw) {
  std::vector<Later> later{{What::clearing, between(draw, 200, 700), false}};
  if (draw.chance(30)) later.push_back({What::clearing, between(draw, 200, 700), false});
  later.push_back(clear_all());
  return purchase("partial-clearings", later);
}
Plan with_tip(Draw& draw) {
  return purchase("tip", {{What::clearing, between(draw, 1050, 1250), true}});
}
Plan less_cleared(Draw& draw) {
  return purchase("rest-released", {{What::clearing, between(draw, 400, 980), true}});
}
Plan partly_reversed(Draw& draw) {
  Plan plan = purchase("partial-reversal", {{What::reversal, between(draw, 100, 900), false}});
  if (draw.chance(80)) plan.later.push_back(clear_all());
  return plan;
}
Plan reversed(Draw&) { return purchase("reversal", {{What::reversal, 1000, true}}); }
Plan expired(Draw& draw) {
  Plan plan = purchase("expiry", {{What::expiry, 1000, true}});
  if (draw.chance(40)) plan.later.push_back({What::clearing, 1000, false});
  return plan;
}
Plan in_part_approvable(Draw& draw) {
  Plan plan = draw.chance(20) ? with_tip(draw) : plain(draw);
  plan.name = "partial-approval";
  plan.partial_allowed = true;
  return plan;
}
Plan beyond_means(Draw& draw) {
  Plan plan = plain(draw);
  plan.name = "beyond-means";
  plan.beyond_means = true;
  return plan;
}
Plan incremented(Draw& draw) {
  Plan plan = draw.chance(20) ? less_cleared(draw) : plain(draw);
  if (draw.chance(20)) plan.later.clear();
  plan.name = "increment";
  plan.increments = between(draw, 1, 2);
  return plan;
}
Plan adjusted(Draw& draw) {
  Plan plan = purchase("adjustment", {{What::adjustment, between(draw, 700, 1300), false}});
  if (draw.chance(85)) plan.later.push_back(clear_all());
  return plan;
}
Plan returned(Draw& draw) {
  Plan plan = plain(draw);
  plan.name = "linked-refund";
  plan.later.push_back({What::refund, draw.chance(50) ? 1000 : between(draw, 100, 900), false});
  return plan;
}
Plan stood_in(Draw& draw) {
  Plan plan;
  switch (draw.below(4)) {
    case 0: plan = not_cleared(draw); break;
    case 1: plan = reversed(draw); break;
    default: plan = plain(draw); break;
  }
  plan.name = "stand-in";
  plan.is_asked = false;
  return plan;
}
Plan credit(Draw&) {
  Plan plan = of_kind("credit", Kind::credit);
  plan.later.push_back({What::refund, 1000, false});
  return plan;
}
Plan single(Draw&) { return of_kind("single-message", Kind::single); }
Plan cash(Draw&) { return of_kind("atm-withdrawal", Kind::cash); }
Plan verification(Draw&) { return of_kind("account-verification", Kind::verification); }
Plan inquiry(Draw&) { return of_kind("balance-inquiry", Kind::inquiry); }
Plan unasked(std::string_view name, Kind kind) {
  Plan plan = of_kind(name, kind);
  plan.is_asked = false;
  return plan;
}
Plan refund(Draw&) { return unasked("refund", Kind::refund); }
Plan forced(Draw&) { return unasked("force-post", Kind::forced); }

struct Choice {
  int weight;
  Plan (*plan)(Draw&);
  bool Abilities::*needs;  // null: every processor has it
};
constexpr std::array choices{
    Choice{420, plain, nullptr},
    Choice{60, not_cleared, nullptr},
    Choice{40, in_parts, nullptr},
    Choice{40, with_tip, nullptr},
    Choice{35, less_cleared, nullptr},
    Choice{30, partly_reversed, nullptr},
    Choice{25, reversed, nullptr},
    Choice{25, expired, nullptr},
    Choice{80, single, nullptr},
    Choice{40, cash, nullptr},
    Choice{30, verification, nullptr},
    Choice{25, refund, nullptr},
    Choice{15, forced, nullptr},
    Choice{20, stood_in, nullptr},
    Choice{15, beyond_means, nullptr},
    Choice{40, in_part_approvable, &Abilities::partial_approval},
    Choice{30, incremented, &Abilities::increments},
    Choice{15, adjusted, &Abilities::adjustments},
    Choice{20, returned, &Abilities::linked_refunds},
    Choice{15, inquiry, &Abilities::balance_inquiry},
    Choice{15, credit, &Abilities::credits},
};

}  // namespace

bool Plan::may_stay_held() const noexcept {
  return std::none_of(later.begin(), later.end(), [](const Later& step) { return step.final; });
}

Plan draw_plan(const Abilities& abilities, Draw& draw) {
  const auto has = [&abilities](const Choice& choice) {
    return choice.needs == nullptr || abilities.*choice.needs;
  };
  int sum = 0;
  for (const Choice& choice : choices) sum += has(choice) ? choice.weight : 0;
  std::int64_t left = draw.below(sum);
  for (const Choice& choice : choices) {
    if (!has(choice)) continue;
    if (left < choice.weight) return choice.plan(draw);
    left -= choice.weight;
  }
  return plain(draw);
}

}  // namespace authd::simulate::random
