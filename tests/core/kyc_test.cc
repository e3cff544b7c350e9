// Kyc: whose cards a program lets be used, and for what.

#include <gtest/gtest.h>

#include <set>

#include "tests/core/world.h"

namespace authd::core::test {
namespace {

constexpr std::array all_kyc{Kyc::none, Kyc::pending, Kyc::verified, Kyc::rejected};
constexpr std::array all_policies{KycPolicy::ignored, KycPolicy::not_rejected, KycPolicy::verified};

World world_with(Kyc kyc, KycPolicy policy) {
  World world;
  Program asking = program();
  asking.kyc = policy;
  if (policy != KycPolicy::ignored) world.configure(asking);
  if (kyc != Kyc::none) {
    EXPECT_EQ(world.set_up(ChangeAccount{{1}, AccountStatus::active, 0, 0, kyc}), Setup::done);
  }
  return world;
}

TEST(Kyc, GatesTheCardsOfAHolderAsTheProgramAsks) {
  const std::set<std::pair<Kyc, KycPolicy>> refused{{Kyc::rejected, KycPolicy::not_rejected},
                                                    {Kyc::none, KycPolicy::verified},
                                                    {Kyc::pending, KycPolicy::verified},
                                                    {Kyc::rejected, KycPolicy::verified}};
  for (const Kyc kyc : all_kyc) {
    for (const KycPolicy policy : all_policies) {
      World world = world_with(kyc, policy);
      const Reason expected =
          refused.contains({kyc, policy}) ? Reason::holder_not_verified : Reason::approved;
      EXPECT_EQ(world.reason(purchase("a", 1)), expected) << name(kyc) << " " << name(policy);
    }
  }
}

TEST(Kyc, GatesEveryKindButTheQuestionForTheBalance) {
  World world = world_with(Kyc::rejected, KycPolicy::not_rejected);
  for (int kind = 1; kind <= static_cast<int>(kind_last); ++kind) {
    Request request = purchase("kind-" + std::to_string(kind), 1);
    request.kind = static_cast<Kind>(kind);
    const Reason expected =
        request.kind == Kind::balance_inquiry ? Reason::approved : Reason::holder_not_verified;
    EXPECT_EQ(world.reason(request), expected) << name(request.kind);
  }
}

TEST(Kyc, DoesNotStopWhatHasHappenedAlready) {
  World world = world_with(Kyc::rejected, KycPolicy::verified);
  EXPECT_EQ(world.tell(event(EventKind::cleared, "n", "", 5'00)).posted_minor, -5'00);
}

TEST(Kyc, ComesIntoForceWithTheNextRequest) {
  World world = world_with(Kyc::verified, KycPolicy::verified);
  EXPECT_EQ(world.reason(purchase("a", 1)), Reason::approved);
  EXPECT_EQ(world.set_up(ChangeAccount{{1}, AccountStatus::active, 0, 0, Kyc::pending}),
            Setup::done);
  EXPECT_EQ(world.reason(purchase("b", 1)), Reason::holder_not_verified);
  EXPECT_EQ(world.ask(purchase("a", 1)).origin, Answer::Origin::repeated);
}

TEST(Kyc, HasNamesForConfigurationAndExport) {
  std::set<std::string_view> names;
  for (const Kyc kyc : all_kyc) names.insert(name(kyc));
  EXPECT_EQ(names, (std::set<std::string_view>{"none", "pending", "verified", "rejected"}));
  names.clear();
  for (const KycPolicy policy : all_policies) names.insert(name(policy));
  EXPECT_EQ(names, (std::set<std::string_view>{"ignored", "not_rejected", "verified"}));
}

}  // namespace
}  // namespace authd::core::test
