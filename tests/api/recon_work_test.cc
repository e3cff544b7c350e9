// Work on exceptions: who, what is said, how far it is; matching by hand and taking it back.

#include <gtest/gtest.h>

#include "tests/api/recon_fixture.h"

namespace authd::test {

namespace {

using Errors = std::vector<std::string>;

class ReconWork : public ReconTest {
 protected:
  void SetUp() override {
    ReconTest::SetUp();
    run_ = run("shop");
  }
  static std::string pair(const std::string& run, int line, const std::string& items) {
    return R"({"line":{"run":)" + run + R"(,"line":)" + std::to_string(line) + R"(},"items":[)" +
           items + "]}";
  }
  static std::string item(const std::string& sequence) {
    return R"({"shard":1,"sequence":)" + sequence + "}";
  }
  std::string live_matches() {
    return sql("SELECT count(*) FROM authd.recon_match WHERE ended_at IS NULL");
  }

  std::string run_;
};

TEST_F(ReconWork, IsAssignedToSomebodyAndToNobody) {
  const std::string one = exception(run_, {.kind = 2, .item = "1"});
  const ApiAnswer given = act(one, "assign", R"({"assignee":"Ann"})", first());
  ASSERT_EQ(given.status, 200) << given.body;
  EXPECT_EQ(given.text("assignee"), "Ann");
  EXPECT_EQ(given.field("etag"), "\"2\"");
  EXPECT_EQ(given.text("trail.0.actor"), actor(first()));
  EXPECT_TRUE(act(one, "assign", R"({"assignee":null})").at("assignee").is_null());
  EXPECT_EQ(act(one, "assign", "{}").errors(), Errors{"assignee: is required"});
  EXPECT_EQ(trail_of(one), "assigned,assigned");
  const std::string resolved = exception(run_, {.kind = 3, .state = 5});
  EXPECT_EQ(act(resolved, "assign", R"({"assignee":"Ann"})").problem(), "wrong-state");
}

TEST_F(ReconWork, IsCommentedInAnyState) {
  const std::string resolved = exception(run_, {.kind = 3, .state = 5});
  const ApiAnswer said = post(path(resolved, "comments"), R"({"text":"why?"})", first());
  ASSERT_EQ(said.status, 201) << said.body;
  EXPECT_EQ(said.text("comments.0.author"), actor(first()));
  EXPECT_EQ(said.at("version"), 1);
  EXPECT_EQ(post(path(resolved, "comments"), R"({"text":""})").status, 422);
  const std::string longest(2'000, 'x');
  EXPECT_EQ(post(path(resolved, "comments"), R"({"text":")" + longest + "\"}").status, 201);
  EXPECT_EQ(post(path(resolved, "comments"), R"({"text":")" + longest + "x\"}").status, 422);
  EXPECT_EQ(trail_of(resolved), "commented,commented");
}

TEST_F(ReconWork, GoesFromStateToState) {
  const std::string one = exception(run_, {.kind = 2, .item = "1", .state = 1});
  EXPECT_EQ(act(one, "state", R"({"state":"in_progress"})").text("state"), "in_progress");
  EXPECT_EQ(act(one, "state", R"({"state":"open"})").text("state"), "open");
  EXPECT_EQ(act(one, "state", R"({"state":"resolved"})").status, 422);
  const ApiAnswer dismissed = act(one, "dismiss", R"({"reason":"test file"})");
  EXPECT_EQ(dismissed.text("state"), "resolved");
  EXPECT_EQ(dismissed.text("resolution"), "dismissed");
  EXPECT_EQ(act(one, "state", R"({"state":"open"})").problem(), "wrong-state");
  EXPECT_EQ(act(one, "dismiss", R"({"reason":"again"})").problem(), "wrong-state");
  EXPECT_EQ(trail_of(one), "state_set,state_set,dismissed");
}

TEST_F(ReconWork, NeedsTheVersionThatWasRead) {
  const std::string one = exception(run_, {.kind = 2, .item = "1"});
  const std::string body = R"({"reason":"x"})";
  EXPECT_EQ(post(path(one, "dismiss"), body).problem(), "precondition-required");
  EXPECT_EQ(post(path(one, "dismiss"), body, "If-Match: \"7\"\r\n").problem(), "version-mismatch");
  EXPECT_EQ(state_of(one), "open");
  EXPECT_EQ(trail_of(one), "");
}

TEST_F(ReconWork, IsDoneOnceWithOneKey) {
  const std::string one = exception(run_, {.kind = 2, .item = "1"});
  const std::string fields = version_field(one) + named("k");
  const ApiAnswer done = post(path(one, "dismiss"), R"({"reason":"x"})", fields);
  EXPECT_EQ(post(path(one, "dismiss"), R"({"reason":"x"})", fields).body, done.body);
  EXPECT_EQ(trail_of(one), "dismissed");
}

TEST_F(ReconWork, IsOnlyForThoseWhoMay) {
  const std::string one = exception(run_, {.kind = 2, .difference_minor = -1, .item = "1"});
  const std::string reader = key("demo", {api::Scope::recon_read, api::Scope::recon_approve});
  const std::string writer = key("demo", {api::Scope::recon_read, api::Scope::recon_write});
  for (const char* action :
       {"assign", "comments", "state", "dismiss", "match", "unmatch", "write-off", "adjustment"}) {
    EXPECT_EQ(act(one, action, "{}", reader).status, 403) << action;
  }
  for (const char* action : {"approve", "reject"}) {
    EXPECT_EQ(act(one, action, "{}", writer).status, 403) << action;
  }
  const std::string reason = R"({"reason":"x"})";
  EXPECT_EQ(act(one, "assign", R"({"assignee":null})", other_key()).status, 404);
  EXPECT_EQ(act(one, "comments", R"({"text":"x"})", other_key()).status, 404);
  EXPECT_EQ(act(one, "state", R"({"state":"open"})", other_key()).status, 404);
  EXPECT_EQ(act(one, "match", pair(run_, 1, item("1")), other_key()).status, 404);
  for (const char* action : {"dismiss", "unmatch", "write-off", "reject"}) {
    EXPECT_EQ(act(one, action, reason, other_key()).status, 404) << action;
  }
  EXPECT_EQ(act(one, "adjustment", R"({"reason":"x","account":2})", other_key()).status, 404);
  EXPECT_EQ(act(one, "approve", "", other_key()).status, 404);
  EXPECT_EQ(trail_of(one), "");
}

TEST_F(ReconWork, MatchesALineWithItemsAndSettlesWhatWasMissing) {
  const std::string a = cleared("n1", 300);
  const std::string b = cleared("n2", 200);
  line(run_, 1, -500, "batch");
  const std::string of_line = exception(run_, {.line = 1});
  const std::string of_a = exception(run_, {.kind = 2, .item = a});
  const std::string of_b = exception(run_, {.kind = 2, .item = b});
  const std::string other_kind = exception(run_, {.kind = 5, .line = 1});
  const ApiAnswer done = act(of_line, "match", pair(run_, 1, item(a) + "," + item(b)), first());
  ASSERT_EQ(done.status, 200) << done.body;
  EXPECT_EQ(done.text("resolution"), "matched_by_hand");
  EXPECT_EQ(done.text("matched.method"), "manual");
  EXPECT_EQ(done.at("matched.confidence"), 100);
  EXPECT_EQ(done.at("matched.items").as_array().size(), 2U);
  EXPECT_EQ(done.at("matched.lines").as_array().size(), 1U);
  EXPECT_EQ(done.at("trail.0.detail.stated_minor"), -500);
  EXPECT_EQ(done.at("trail.0.detail.booked_minor.0"), -300);
  for (const std::string& settled : {of_line, of_a, of_b}) {
    EXPECT_EQ(state_of(settled), "resolved matched_by_hand");
    EXPECT_EQ(trail_of(settled), "matched");
  }
  EXPECT_EQ(state_of(other_kind), "open");
  EXPECT_EQ(sql("SELECT string_agg(concat_ws('/', line_number, item_seq), ' ' ORDER BY item_seq)"
                " FROM authd.recon_match"),
            "1/" + a + " " + b);

  // And back: all of them are open again.
  const ApiAnswer back = act(of_a, "unmatch", R"({"reason":"wrong one"})");
  ASSERT_EQ(back.status, 200) << back.body;
  EXPECT_FALSE(back.at("matched.ended_at").is_null());
  EXPECT_EQ(live_matches(), "0");
  for (const std::string& opened : {of_line, of_a, of_b}) EXPECT_EQ(state_of(opened), "open");
  EXPECT_EQ(trail_of(of_a), "matched,unmatched");
  EXPECT_EQ(trail_of(of_b), "matched,reopened");
  EXPECT_EQ(act(of_b, "unmatch", R"({"reason":"again"})").problem(), "wrong-state");
  EXPECT_EQ(act(of_line, "match", pair(run_, 1, item(a))).status, 200);
  EXPECT_EQ(state_of(of_b), "open");
}

TEST_F(ReconWork, MatchesNothingThatIsNotThereOrTaken) {
  const std::string a = cleared("n1", 300);
  const std::string held = sql("SELECT seq FROM authd.journal_entry WHERE kind = 2 LIMIT 1");
  line(run_, 1, -300, "r1");
  line(run_, 2, -300, "r2");
  const std::string of_one = exception(run_, {.line = 1});
  const std::string of_two = exception(run_, {.line = 2});
  const auto errors = [&](const std::string& body) { return act(of_one, "match", body).errors(); };
  EXPECT_EQ(errors(pair(run_, 2, item(a))),
            Errors{"line: is not that of the exception, nor is any of the items"});
  EXPECT_EQ(errors(pair(run_, 1, item("9999"))), Errors{"items.0: is not in these books"});
  EXPECT_EQ(errors(pair(run_, 1, item(held))), Errors{"items.0: is not in these books"});
  EXPECT_EQ(errors(pair(run_, 1, item(a) + "," + item(a))),
            Errors{"items.1.sequence: is there twice"});
  EXPECT_EQ(errors(pair(run_, 1, "")), Errors{"items: must be a list of 1 to 100 objects"});
  EXPECT_EQ(errors(R"({"line":{"run":1,"line":1},"items":[7]})"),
            Errors{"items.0: must be an object"});
  const std::string of_item = exception(run_, {.kind = 2, .item = a});
  EXPECT_EQ(act(of_item, "match", pair(run_, 77, item(a))).errors(),
            Errors{"line: is not known of this supplier"});
  const std::string bank = run("bank");
  line(bank, 1, -300, "r1");
  EXPECT_EQ(act(of_item, "match", pair(bank, 1, item(a))).errors(),
            Errors{"line: is not known of this supplier"});

  ASSERT_EQ(act(of_one, "match", pair(run_, 1, item(a))).status, 200);
  const ApiAnswer taken = act(of_two, "match", pair(run_, 2, item(a)));
  EXPECT_EQ(taken.problem(), "wrong-state");
  EXPECT_EQ(state_of(of_two), "open");
  EXPECT_EQ(live_matches(), "1");
  EXPECT_EQ(trail_of(of_two), "");
}

TEST_F(ReconWork, TakesBackWhatARunHadMatched) {
  const std::string a = cleared("n1", 300);
  line(run_, 1, -310, "n1");
  const std::string match = matched(run_, 1, a);
  const std::string amount =
      exception(run_, {.kind = 3, .line = 1, .item = a, .state = 5, .match = match});
  const std::string date =
      exception(run_, {.kind = 6, .line = 1, .item = a, .state = 5, .match = match});
  const std::string elsewhere = exception(run_, {.line = 1});
  EXPECT_EQ(act(elsewhere, "unmatch", R"({"reason":"x"})").problem(), "wrong-state");
  EXPECT_EQ(act(amount, "unmatch", R"({"reason":"another purchase"})").status, 200);
  EXPECT_EQ(state_of(amount), "open");
  EXPECT_EQ(state_of(date), "open");
  EXPECT_EQ(live_matches(), "0");
}

}  // namespace

}  // namespace authd::test
