#include <gtest/gtest.h>

#include <algorithm>
#include <boost/json/serialize.hpp>

#include "authd/config/time_zones.h"
#include "authd/daemon/wall_clock.h"
#include "store/format/keys.h"
#include "store/format/rows.h"
#include "store/postgres/read_rows.h"
#include "tests/api/master_data.h"

namespace authd::test {

namespace {

using api::Scope;

constexpr const char* daily = R"({"limit":{"measure":"amount","max":5000,"per":"day"}})";

class Controls : public MasterDataTest {
 protected:
  void SetUp() override {
    MasterDataTest::SetUp();
    account_ = account("debit");
    card_ = card("card_1", account_);
    waited();
  }

  // As the drain of a shard writes it.
  void put_image(const core::Row& row, int shard = 1) {
    const store::RowKey key = store::key_of(row);
    std::vector<std::byte> image;
    store::encode_value(key, row, image);
    auto connection = connect();
    const auto done = connection.exec(
        "WITH known AS (INSERT INTO authd.shard (shard) VALUES ($1) ON CONFLICT DO NOTHING)"
        " INSERT INTO authd.state_image (shard, key, image) VALUES ($1, $2, $3)",
        store::PgParams()
            .number(std::int32_t{shard})
            .bytes(store::bytes_of(key.view()))
            .bytes(image));
    EXPECT_TRUE(done) << (done ? "" : done.error().message);
  }

  core::Control stored(const std::string& id) {
    auto connection = connect();
    const auto found =
        connection.exec(("SELECT " + store::control_columns +
                         " FROM authd.spend_control AS c WHERE c.id = $1::text::bigint")
                            .c_str(),
                        store::PgParams().text(id));
    EXPECT_TRUE(found && found->rows() == 1) << id;
    store::PgRow row(*found, 0);
    return store::read_control(row);
  }

  core::Tally tally(const std::string& id, core::Timestamp begins_at, std::int64_t minor,
                    std::uint32_t count) {
    return {stored(id).counter, begins_at, minor, count};
  }

  static core::ProgramId debit() { return *core::ProgramId::from("debit"); }
  core::Owner of_account() const { return {core::AccountId{std::stoll(id_of(account_))}}; }
  static core::Owner of_card() {
    return {core::Owner::CardOwner{debit(), *core::CardToken::from("card_1")}};
  }
  static core::Timestamp start_of_today(const std::string& zone) {
    const core::TimeZone in = *load_time_zone(zone);
    return in.start_of(in.local_day(wall_clock_now()));
  }

  std::string account_;
  std::string card_;
};

TEST_F(Controls, AreCreatedAndReadBack) {
  const ApiAnswer made =
      post(card_ + "/controls",
           R"({"id":7,"mode":"shadow","filter":{"mccs":["5411","group:gambling"]},)"
           R"("limit":{"measure":"count","max":3,"per":"rolling","rolling":"2h"}})");
  ASSERT_EQ(made.status, 201) << made.body;
  EXPECT_EQ(waited(), 1);
  EXPECT_EQ(made.field("location"), card_ + "/controls/7");
  EXPECT_EQ(made.field("etag"), "\"1\"");
  EXPECT_EQ(made.text("owner.card"), "card_1");
  EXPECT_EQ(made.text("definition.limit.counts"), "card");
  EXPECT_EQ(made.at("usage.used"), 0);
  EXPECT_EQ(made.at("usage.left"), 3);
  EXPECT_TRUE(made.at("usage.resets_at").is_null());
  EXPECT_EQ(get(card_ + "/controls/7").body, made.body);
  EXPECT_EQ(sql("SELECT definition->>'mode' FROM authd.spend_control"), "shadow");
  // As it stands there it may be sent back.
  const ApiAnswer same =
      put(card_ + "/controls/7", boost::json::serialize(made.at("definition")), "\"1\"");
  ASSERT_EQ(same.status, 200) << same.body;
  EXPECT_EQ(same.field("etag"), "\"1\"");
  EXPECT_EQ(waited(), 1);
  EXPECT_TRUE(waited_for_row_of("spend_control"));
}

TEST_F(Controls, GetANewIdWithoutOne) {
  const ApiAnswer first = post("/v1/programs/debit/controls", R"({"deny":{}})");
  const ApiAnswer second = post(account_ + "/controls", R"({"deny":{}})");
  ASSERT_EQ(first.status, 201) << first.body;
  EXPECT_GE(first.at("id").get_int64(), 1'000'000'000'000);
  EXPECT_GT(second.at("id").get_int64(), first.at("id").get_int64());
  EXPECT_TRUE(first.at("usage").is_null());
  const ApiAnswer taken =
      post(account_ + "/controls", boost::json::serialize(second.at("definition")));
  EXPECT_EQ(taken.status, 409);
  EXPECT_EQ(taken.problem(), "already-exists");
}

TEST_F(Controls, AreRefusedInTheWordsOfTheLoader) {
  const std::string path = account_ + "/controls";
  EXPECT_EQ(post(path, R"({"id":0,"deny":{}})").errors(),
            (Errors{"id: must be an integer from 1 to 999999999999999999"}));
  EXPECT_EQ(post(path, R"({"id":9007199254740992,"deny":{}})").errors(),
            (Errors{"id: must be an integer from 1 to 9007199254740991"}));
  EXPECT_EQ(post(path, daily).errors(),
            (Errors{"limit.zone: is required: an account has no time zone of its own"}));
  EXPECT_EQ(post(path, R"({"deny":{},"misspelt":1})").errors(),
            (Errors{"misspelt: is not a known key"}));
  const ApiAnswer none = post(path, R"({"id":1})");
  EXPECT_EQ(none.problem(), "validation");
  EXPECT_NE(none.text("detail").find("must have exactly one of limit, deny"), std::string::npos);
  EXPECT_EQ(post(path, "[]").status, 400);
  EXPECT_EQ(waited(), 0);
}

TEST_F(Controls, BelongToTheOwnerInThePath) {
  EXPECT_EQ(post(account_ + "/controls", R"({"account":5,"deny":{}})").errors(),
            (Errors{"account: is not what the path says"}));
  EXPECT_EQ(post("/v1/programs/debit/controls", R"({"card":"card_1","deny":{}})").errors(),
            (Errors{"card: is not what the path says"}));
  EXPECT_EQ(post("/v1/programs/debit/controls", R"({"account":5,"deny":{}})").status, 422);
  EXPECT_EQ(post(card_ + "/controls", R"({"program":"other","deny":{}})").errors(),
            (Errors{"program: is not what the path says"}));
  EXPECT_EQ(post("/v1/cards/debit/none/controls", R"({"deny":{}})").status, 404);
  EXPECT_EQ(post("/v1/accounts/999/controls", R"({"deny":{}})").status, 404);
  const std::string path = post(card_ + "/controls", R"({"deny":{}})").field("location");
  EXPECT_EQ(put(path, R"({"id":3,"deny":{}})", "\"1\"").errors(),
            (Errors{"id: is not what the path says"}));
  EXPECT_EQ(get(account_ + "/controls/" + id_of(path)).status, 404);
}

TEST_F(Controls, OfOtherProgramsAreNotThere) {
  const std::string other = key("other", all_scopes());
  const std::string match = other + "If-Match: \"1\"\r\n";
  for (const std::string& owner : {std::string("/v1/programs/debit"), account_, card_}) {
    const std::string path = post(owner + "/controls", R"({"deny":{}})").field("location");
    waited();
    EXPECT_EQ(get(path, other).status, 404);
    EXPECT_EQ(get(owner + "/controls", other).status, 404);
    EXPECT_EQ(post(owner + "/controls", R"({"deny":{}})", other).status, 404);
    EXPECT_EQ(send("PUT", path, R"({"deny":{}})", match).status, 404);
    EXPECT_EQ(send("DELETE", path, "", match).status, 404);
    EXPECT_EQ(send("DELETE", path, "", key("debit", {Scope::controls_read})).status, 403);
    EXPECT_EQ(get(path, key("debit", {Scope::controls_write})).status, 403);
    EXPECT_EQ(get(path, key("debit", {Scope::controls_read})).status, 200);
    EXPECT_EQ(waited(), 0);
  }
}

TEST_F(Controls, AreReplacedAsOfTheirVersion) {
  const std::string path = post(card_ + "/controls", daily).field("location");
  const core::CounterId counter = stored(id_of(path)).counter;
  waited();
  const std::string more = R"({"limit":{"measure":"amount","max":6000,"per":"day"}})";
  EXPECT_EQ(send("PUT", path, more, "").status, 428);
  EXPECT_EQ(put(path, more, "\"2\"").status, 412);
  const ApiAnswer changed = put(path, more, "\"1\"");
  ASSERT_EQ(changed.status, 200) << changed.body;
  EXPECT_EQ(waited(), 1);
  EXPECT_EQ(changed.field("etag"), "\"2\"");
  EXPECT_EQ(changed.at("definition.limit.max"), 6000);
  EXPECT_EQ(stored(id_of(path)).counter, counter);
  // What is counted is another thing now.
  EXPECT_EQ(put(path, R"({"limit":{"measure":"count","max":2,"per":"day"}})", "\"2\"").status, 200);
  EXPECT_NE(stored(id_of(path)).counter, counter);
  EXPECT_EQ(put(card_ + "/controls/999", more, "\"1\"").status, 404);
}

TEST_F(Controls, AreRemovedAsOfTheirVersion) {
  const std::string path = post(account_ + "/controls", R"({"id":4,"deny":{}})").field("location");
  waited();
  EXPECT_EQ(remove(path, "").status, 428);
  EXPECT_EQ(remove(path, "\"2\"").status, 412);
  const ApiAnswer gone = remove(path, "\"1\"");
  EXPECT_EQ(gone.status, 204);
  EXPECT_EQ(gone.body, "");
  EXPECT_EQ(waited(), 1);
  EXPECT_EQ(get(path).status, 404);
  EXPECT_EQ(remove(path, "\"1\"").status, 404);
  EXPECT_EQ(get(account_ + "/controls").at("items").get_array().size(), 0U);
  EXPECT_EQ(sql("SELECT removed_at IS NOT NULL FROM authd.spend_control"), "t");
  EXPECT_EQ(post(account_ + "/controls", R"({"id":4,"deny":{}})").status, 201);
}

TEST_F(Controls, OfEveryOwnerAreReplacedAndRemoved) {
  for (const std::string& owner : {std::string("/v1/programs/debit"), account_, card_}) {
    const std::string path = owner + "/controls/77";
    ASSERT_EQ(post(owner + "/controls", R"({"id":77,"deny":{}})").status, 201) << owner;
    EXPECT_EQ(put(path, R"({"mode":"shadow","deny":{}})", "\"1\"").status, 200) << owner;
    EXPECT_EQ(remove(path, "\"2\"").status, 204) << owner;
    EXPECT_EQ(remove(path, "\"2\"").status, 404) << owner;
  }
}

TEST_F(Controls, AreSixtyFourOfAnOwnerAtMost) {
  for (int i = 0; i < 64; ++i) {
    EXPECT_EQ(post(card_ + "/controls", R"({"deny":{}})").status, 201);
  }
  const ApiAnswer full = post(card_ + "/controls", R"({"deny":{}})");
  EXPECT_EQ(full.status, 409);
  EXPECT_EQ(full.problem(), "too-many");
  EXPECT_EQ(sql("SELECT count(*) FROM authd.spend_control"), "64");
}

TEST_F(Controls, AreCreatedOncePerIdempotencyKey) {
  const std::string once = "Idempotency-Key: once\r\n";
  const ApiAnswer first = post(card_ + "/controls", R"({"deny":{}})", once);
  EXPECT_EQ(post(card_ + "/controls", R"({"deny":{}})", once).body, first.body);
  EXPECT_EQ(sql("SELECT count(*) FROM authd.spend_control"), "1");
}

TEST_F(Controls, AreListedInTheOrderInWhichTheyAreEvaluated) {
  post(card_ + "/controls", R"({"id":1,"deny":{}})");
  post(card_ + "/controls", R"({"id":10,"deny":{}})");
  post(card_ + "/controls", R"({"id":2,"deny":{}})");
  post(account_ + "/controls", R"({"id":9,"deny":{}})");
  post("/v1/programs/debit/controls", R"({"id":8,"deny":{}})");
  post("/v1/programs/other/controls", R"({"id":7,"deny":{}})");
  const auto ids = [this](const std::string& target) {
    std::string all;
    std::string next = target;
    for (int pages = 0; pages < 5 && !next.empty(); ++pages) {
      const ApiAnswer page = get(next);
      const auto items = page.at("items");
      for (const auto& item : items.get_array()) {
        all += std::to_string(item.get_object().at("id").get_int64()) + " ";
      }
      const std::string link = page.field("link");
      next = link.empty() ? "" : link.substr(1, link.find('>') - 1);
    }
    return all;
  };
  EXPECT_EQ(ids(card_ + "/controls?limit=2"), "1 2 10 ");
  EXPECT_EQ(ids(card_ + "/controls?limit=2&include=inherited"), "8 9 1 2 10 ");
  EXPECT_EQ(ids(account_ + "/controls?include=inherited"), "8 9 ");
  EXPECT_EQ(ids("/v1/programs/debit/controls?fields=id"), "8 ");
  EXPECT_EQ(get(card_ + "/controls?include=all").status, 400);
}

// The card of one program on an account of another: its program does not see that account's.
TEST_F(Controls, OfAnAccountOfAnotherProgramAreNotListedWithItsCard) {
  post(account_ + "/controls", R"({"id":9,"deny":{}})");
  const std::string path = card("far", account_, "other");
  const std::string target = path + "/controls?include=inherited";
  EXPECT_EQ(get(target).at("items").get_array().size(), 1U);
  EXPECT_EQ(get(target, key("other", all_scopes())).at("items").get_array().size(), 0U);
}

TEST_F(Controls, TellWhatIsUsedAndLeft) {
  core::Program program;
  program.id = debit();
  program.zone = *core::ZoneName::from("Asia/Tokyo");
  put_image(program);
  put_image(*load_time_zone("Asia/Tokyo"));
  put_image(*load_time_zone("Europe/Berlin"));
  const auto create = [this](const std::string& owner, const std::string& id,
                             const std::string& check) {
    const ApiAnswer made = post(owner + "/controls", R"({"id":)" + id + "," + check + "}");
    EXPECT_EQ(made.status, 201) << made.body;
  };
  const std::string of_program = "/v1/programs/debit";
  create(of_program, "1", R"("limit":{"measure":"amount","max":90,"per":"day"})");
  create(of_program, "2", R"("limit":{"measure":"count","max":5,"per":"day","counts":"card"})");
  create(account_, "3",
         R"("limit":{"measure":"amount","max":100,"per":"day","zone":"Europe/Berlin"})");
  create(account_, "4", R"("limit":{"measure":"amount","max":1,"per":"transaction"})");
  create(card_, "5", R"("single_use":true)");
  create(card_, "6", R"("limit":{"measure":"count","max":7,"per":"lifetime"})");

  const core::Timestamp tokyo = start_of_today("Asia/Tokyo");
  const core::Timestamp berlin = start_of_today("Europe/Berlin");
  const auto before = [](core::Timestamp at) { return core::Timestamp{at.unix_us - 1}; };
  put_image(core::Usage{{debit()}, {tally("1", before(tokyo), 50, 1), tally("1", tokyo, 30, 2)}});
  put_image(core::Usage{{debit()}, {tally("1", tokyo, 25, 1)}}, 2);  // of another shard
  put_image(
      core::Usage{of_account(), {tally("3", before(berlin), 50, 1), tally("3", berlin, 130, 2)}});
  core::Usage of_the_card{
      of_card(), {tally("2", tokyo, 40, 4), tally("5", {0}, 10, 1), tally("6", {0}, 9, 2)}};
  std::sort(of_the_card.tallies.begin(), of_the_card.tallies.end(),
            [](const auto& a, const auto& b) { return a.counter < b.counter; });
  put_image(of_the_card);

  const auto used = [this](const std::string& path) {
    const ApiAnswer answer = get(path);
    if (answer.at("usage").is_null()) return std::string("null");
    return std::to_string(answer.at("usage.used").get_int64()) + " " +
           std::to_string(answer.at("usage.left").get_int64());
  };
  EXPECT_EQ(used(of_program + "/controls/1"), "55 35");
  EXPECT_EQ(used(of_program + "/controls/2"), "null");  // of each card for itself
  EXPECT_EQ(used(account_ + "/controls/3"), "130 0");
  EXPECT_EQ(used(account_ + "/controls/4"), "null");
  EXPECT_EQ(used(card_ + "/controls/5"), "1 0");
  EXPECT_EQ(used(card_ + "/controls/6"), "2 5");
  const ApiAnswer all = get(card_ + "/controls?include=inherited");
  EXPECT_EQ(all.at("items.0.usage.used"), 55);
  EXPECT_EQ(all.at("items.1.usage.left"), 1);
  EXPECT_EQ(all.at("items.2.usage.used"), 130);
  const core::TimeZone zone = *load_time_zone("Europe/Berlin");
  const core::LocalDay tomorrow{zone.local_day(wall_clock_now()).days + 1};
  auto connection = connect();
  EXPECT_EQ(
      all.text("items.2.usage.resets_at"),
      query_text(connection, "SELECT to_char(to_timestamp(" +
                                 std::to_string(zone.start_of(tomorrow).unix_us / 1'000'000) +
                                 ") AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS.US\"Z\"')"));
}

// Before the state has been drained for the first time.
TEST_F(Controls, TellNothingInAZoneThatIsNotKnownYet) {
  const std::string path = post(card_ + "/controls", daily).field("location");
  EXPECT_TRUE(get(path).at("usage").is_null());
}

}  // namespace

}  // namespace authd::test
