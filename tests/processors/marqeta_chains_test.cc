// Marqeta's transactions in chains, each naming only the one before it: what core makes of them.

#include <gtest/gtest.h>

#include "authd/processors/marqeta.h"
#include "tests/processors/fixture_run.h"
#include "tests/processors/marqeta_bodies.h"

namespace authd::processors::marqeta {
namespace {

using core::test::Sums;
using test::Change;

std::string quoted(std::string_view text) { return '"' + std::string(text) + '"'; }
Change named(std::string_view token) { return {"token", quoted(token)}; }
Change type(std::string_view text) { return {"type", quoted(text)}; }
Change after(std::string_view token) {
  return {"preceding_related_transaction_token", quoted(token)};
}
Change amount(std::string_view json) { return {"amount", std::string(json)}; }
const Change completed{"state", R"("COMPLETION")"};
const Change clearing = type("authorization.clearing");
const Change unfunded{"gpa_order", ""};
const Change unload{"gpa_order_unload", R"({"jit_funding": {"token": "t", "amount": 42.75}})"};

class MarqetaChains : public testing::Test {
 protected:
  void tell(std::initializer_list<Change> changes) {
    const auto read =
        test::read_events(MarqetaAdapter(), test::webhook({test::transaction(changes)}));
    EXPECT_EQ(read.error, std::nullopt);
    EXPECT_EQ(read.events.size(), 1U);
    for (core::Event event : read.events) {
      event.card = core::test::fixture_card;
      EXPECT_NE(std::get<core::Booking>(stage_.deliver(event).outcome).origin,
                core::Booking::Origin::refused);
    }
  }

  core::test::Stage stage_{test::read_body_fixture("marqeta/a-auth-full-clearing").life_cycle};
};

TEST_F(MarqetaChains, OfClearingsMeetTheHold) {
  tell({named("a"), {"gpa_order.jit_funding.amount", "100"}});
  tell({named("b"), after("a"), type("authorization.advice"), amount("90")});
  EXPECT_EQ(stage_.sums(), (Sums{90'00, 0, 0}));
  tell({named("c"), after("b"), clearing, completed, amount("30")});
  EXPECT_EQ(stage_.sums(), (Sums{60'00, -30'00, 0}));
  tell({named("d"), after("c"), clearing, completed, amount("40"), {"is_final_clearing", "true"}});
  EXPECT_EQ(stage_.sums(), (Sums{0, -70'00, 0}));
  stage_.expect_rows_to_agree();
}

TEST_F(MarqetaChains, OfAChargebackBelongToThePurchase) {
  tell({named("a")});
  tell({named("b"), after("a"), clearing, completed});
  tell({named("c"), after("b"), type("authorization.clearing.chargeback"), completed});
  EXPECT_EQ(stage_.sums(), (Sums{0, 0, 0}));
  tell({named("d"), after("c"), type("authorization.clearing.chargeback.reversal"), completed});
  EXPECT_EQ(stage_.sums(), (Sums{0, -42'75, 0}));
  stage_.expect_rows_to_agree();
}

TEST_F(MarqetaChains, OfASingleMessageAndItsReversalEndWhereTheyBegan) {
  tell({named("a"), type("pindebit"), completed});
  EXPECT_EQ(stage_.sums(), (Sums{0, -42'75, 0}));
  tell({named("b"), after("a"), type("pindebit.reversal"), completed});
  EXPECT_EQ(stage_.sums(), (Sums{0, 0, 0}));
  stage_.expect_rows_to_agree();
}

TEST_F(MarqetaChains, OfIncrementsHoldTheirSum) {
  tell({named("a")});
  tell({named("b"), after("a"), type("authorization.incremental")});
  EXPECT_EQ(stage_.sums(), (Sums{2 * 42'75, 0, 0}));
  tell({named("b"), after("a"), type("authorization.incremental"),
        Change{"state", R"("DECLINED")"}});
  EXPECT_EQ(stage_.sums(), (Sums{42'75, 0, 0}));
  tell({named("c"), after("b"), type("authorization.reversal"), Change{"state", R"("CLEARED")"}});
  EXPECT_EQ(stage_.sums(), (Sums{0, 0, 0}));
  stage_.expect_rows_to_agree();
}

TEST_F(MarqetaChains, OfACreditAnnounceItUntilItIsReversedOrPosted) {
  const Change oct = type("original.credit.authorization");
  tell({named("a"), oct, unfunded, unload});
  tell({named("b"), oct, unfunded, unload});
  EXPECT_EQ(stage_.sums(), (Sums{0, 0, 2 * 42'75}));
  tell({named("c"), after("a"), type("original.credit.authorization.reversal"), unfunded});
  EXPECT_EQ(stage_.sums(), (Sums{0, 0, 42'75}));
  tell({named("d"), after("b"), type("original.credit.authorization.clearing"), completed});
  EXPECT_EQ(stage_.sums(), (Sums{0, 42'75, 0}));
}

}  // namespace
}  // namespace authd::processors::marqeta
