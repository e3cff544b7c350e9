// The loader with a real state directory.

#include "authd/load/state_loader.h"

#include <gtest/gtest.h>

#include "store/replay/journal_files.h"
#include "tests/store/temporary_directory.h"

namespace authd {
namespace {

constexpr core::Timestamp noon{1'793'620'800'000'000};

std::string account_line(int id) {
  return R"({"account":{"id":)" + std::to_string(id) + R"(,"currency":"USD"}})";
}
std::string card_line(const std::string& token, int account) {
  return R"({"card":{"program":"demo","token":")" + token + R"(","account":)" +
         std::to_string(account) + R"(,"expires_at":"2031-12-31T00:00:00Z"}})";
}
std::string limit_line(int id, const std::string& owner, const std::string& limit) {
  return R"({"control":{"id":)" + std::to_string(id) + "," + owner +
         R"(,"limit":{"measure":"amount",)" + limit + "}}}";
}

class StateLoaderTest : public ::testing::Test {
 protected:
  StateLoaderTest() { open(); }

  void open() {
    loader_.reset();
    storage_.reset();  // lets go of the lock
    store::Storage::Options options{directory_.path()};
    options.segment_bytes = std::size_t{1} << 20;
    options.map_bytes = std::size_t{64} << 20;
    auto storage = store::Storage::open(options);
    ASSERT_TRUE(storage);
    storage_ = std::move(*storage);
    loader_ = std::make_unique<StateLoader>(*storage_);
  }
  // The error; empty when there is none.
  std::string add(const std::string& line, core::Timestamp now = noon) {
    const auto parsed = parse_opening(line);
    if (!parsed) return "line: " + parsed.error();
    const auto added = loader_->add(*parsed, now);
    return added ? "" : added.error();
  }
  // What the journal holds.
  std::vector<store::Record> records() {
    EXPECT_TRUE(loader_->flush());
    std::vector<store::Record> result;
    auto kept = store::open_kept({directory_.path() / "journal", 1}, std::nullopt);
    if (!kept) {
      ADD_FAILURE() << "the journal cannot be read";
      return result;
    }
    for (auto next = kept->reader.next(); next && *next; next = kept->reader.next()) {
      const auto record = store::decode(**next);
      if (!record) {
        ADD_FAILURE() << "record " << (*next)->sequence.value << " does not decode";
        return result;
      }
      result.push_back(*record);
    }
    return result;
  }

  const core::ControlSet* controls_of(core::AccountId account) {
    const auto controls = storage_->state().controls({account});
    return controls ? *controls : nullptr;
  }

  test::TemporaryDirectory directory_;
  std::unique_ptr<store::Storage> storage_;
  std::unique_ptr<StateLoader> loader_;
};

TEST_F(StateLoaderTest, SetsUpAndChangesWhatTheStateKeeps) {
  EXPECT_EQ(add(account_line(1)), "");
  EXPECT_EQ(add(card_line("c1", 1)), "");
  EXPECT_EQ(add(limit_line(5, R"("account":1)", R"("max":500,"per":"lifetime")")), "");
  EXPECT_EQ(add(R"({"change_account":{"id":1,"status":"frozen","overdraft_minor":7,)"
                R"("minimum_minor":0}})"),
            "");
  EXPECT_EQ(add(R"({"change_card":{"program":"demo","token":"c1","status":"active",)"
                R"("active_from":"2026-01-01T00:00:00Z","expires_at":"2027-01-01T00:00:00Z"}})"),
            "");
  ASSERT_TRUE(loader_->flush());
  EXPECT_EQ(loader_->report(), (LoadReport{{1, 0}, {1, 0}, {2, 0}, {1, 0}, {0, 0}}));
  EXPECT_EQ(loader_->report().text(),
            "accounts: 1 created, 0 existed already\ncards: 1 created, 0 existed already\n"
            "changes: 2 made, 0 were so already\ncontrols: 1 set, 0 were so already\n");

  open();
  const auto account = storage_->state().account({1});
  ASSERT_TRUE(account && *account);
  EXPECT_EQ((*account)->status, core::AccountStatus::frozen);
  EXPECT_EQ((*account)->overdraft_minor, 7);
  EXPECT_TRUE((*account)->has_controls);
  const auto card =
      storage_->state().card(*core::ProgramId::from("demo"), *core::CardToken::from("c1"));
  ASSERT_TRUE(card && *card);
  EXPECT_EQ((*card)->status, core::CardStatus::active);
  ASSERT_NE(controls_of({1}), nullptr);
  ASSERT_EQ(controls_of({1})->controls.size(), 1U);
  const core::Control& control = controls_of({1})->controls[0];
  EXPECT_EQ(control.id.value, 5);
  EXPECT_EQ(control.version, 1U);
  EXPECT_EQ(control.counter.value, 3U);  // the record that began it
}

TEST_F(StateLoaderTest, ALoadIsRepeatable) {
  const auto load = [this] {
    EXPECT_EQ(add(account_line(1)), "");
    EXPECT_EQ(add(card_line("c1", 1)), "");
    EXPECT_EQ(add(limit_line(5, R"("account":1)", R"("max":500,"per":"lifetime")")), "");
    EXPECT_EQ(add(R"({"remove_control":{"id":9,"account":1}})"), "");
  };
  load();
  const std::size_t written = records().size();
  EXPECT_EQ(written, 3U);
  open();
  load();
  EXPECT_EQ(records().size(), written);
  EXPECT_EQ(loader_->report(), (LoadReport{{0, 1}, {0, 1}, {0, 0}, {0, 1}, {0, 1}}));
  EXPECT_EQ(loader_->report().text(),
            "accounts: 0 created, 1 existed already\ncards: 0 created, 1 existed already\n"
            "controls: 0 set, 1 were so already\nremoved controls: 0, 1 were not there\n");
}

TEST_F(StateLoaderTest, AnAccountThatIsThereIsLeftAsItIs) {
  EXPECT_EQ(add(account_line(1)), "");
  EXPECT_EQ(add(R"({"account":{"id":1,"currency":"USD","balance_minor":999}})"), "");
  EXPECT_EQ(loader_->report().accounts, (LoadReport::Counts{1, 1}));
  EXPECT_EQ((*storage_->state().account({1}))->posted_minor, 0);
}

TEST_F(StateLoaderTest, EditsAndRemovesControls) {
  EXPECT_EQ(add(account_line(1)), "");
  EXPECT_EQ(add(limit_line(5, R"("account":1)", R"("max":500,"per":"lifetime")")), "");
  EXPECT_EQ(add(limit_line(5, R"("account":1)", R"("max":600,"per":"lifetime")")), "");
  ASSERT_NE(controls_of({1}), nullptr);
  EXPECT_EQ(controls_of({1})->controls[0].version, 2U);
  EXPECT_EQ(add(R"({"remove_control":{"id":5,"account":1}})"), "");
  ASSERT_NE(controls_of({1}), nullptr);
  EXPECT_TRUE(controls_of({1})->controls.empty());
  EXPECT_EQ(loader_->report().controls, (LoadReport::Counts{2, 0}));
  EXPECT_EQ(loader_->report().removals, (LoadReport::Counts{1, 0}));
}

TEST_F(StateLoaderTest, RecordsAZoneBeforeTheFirstControlThatNamesIt) {
  EXPECT_EQ(add(account_line(1)), "");
  EXPECT_EQ(add(limit_line(5, R"("account":1)", R"("max":5,"per":"day","zone":"Asia/Tokyo")")), "");
  EXPECT_EQ(add(limit_line(6, R"("account":1)", R"("max":5,"per":"week","zone":"Asia/Tokyo")")),
            "");
  EXPECT_EQ(add(limit_line(7, R"("account":1)", R"("max":5,"per":"lifetime")")), "");
  const auto written = records();
  ASSERT_EQ(written.size(), 5U);
  const auto* const zone = std::get_if<core::DefineZone>(&written[1].command);
  ASSERT_NE(zone, nullptr);
  EXPECT_EQ(zone->zone.name.view(), "Asia/Tokyo");
  for (const std::size_t i : {2U, 3U, 4U}) {
    EXPECT_TRUE(std::holds_alternative<core::SetControl>(written[i].command)) << i;
  }
  open();
  EXPECT_EQ(add(limit_line(8, R"("account":1)", R"("max":5,"per":"day","zone":"Asia/Tokyo")")), "");
  EXPECT_EQ(records().size(), 6U);  // the zone is there already
}

TEST_F(StateLoaderTest, SaysWhyALineIsRefusedAndChangesNothing) {
  EXPECT_EQ(add(card_line("c1", 9)), "the account does not exist");
  EXPECT_EQ(add(limit_line(5, R"("account":9)", R"("max":5,"per":"lifetime")")),
            "the account does not exist");
  EXPECT_EQ(add(limit_line(5, R"("program":"demo","card":"c9")", R"("max":5,"per":"lifetime")")),
            "the card does not exist");
  EXPECT_EQ(add(R"({"change_account":{"id":9,"status":"active","overdraft_minor":0,)"
                R"("minimum_minor":0}})"),
            "the account does not exist");
  EXPECT_EQ(add(R"({"change_card":{"program":"demo","token":"c1","status":"active",)"
                R"("active_from":"2026-01-01T00:00:00Z","expires_at":"2027-01-01T00:00:00Z"}})"),
            "the card does not exist");
  EXPECT_EQ(records().size(), 0U);
  EXPECT_EQ(loader_->report(), LoadReport{});
}

TEST_F(StateLoaderTest, AnOwnerHasAtMost64Controls) {
  EXPECT_EQ(add(account_line(1)), "");
  for (int id = 1; id <= 64; ++id) {
    EXPECT_EQ(add(limit_line(id, R"("account":1)", R"("max":5,"per":"lifetime")")), "");
  }
  EXPECT_EQ(add(limit_line(65, R"("account":1)", R"("max":5,"per":"lifetime")")),
            "its owner has 64 controls already");
  EXPECT_EQ(add(limit_line(64, R"("account":1)", R"("max":6,"per":"lifetime")")), "");
  EXPECT_EQ(controls_of({1})->controls.size(), 64U);
}

// All controls of an owner stand in one record.
TEST_F(StateLoaderTest, ControlsThatFitNoRecordAreRefused) {
  EXPECT_EQ(add(account_line(1)), "");
  std::string merchants;
  for (int i = 0; i < 128; ++i) {
    merchants += std::string(i == 0 ? "" : ",") + "\"" + std::string(32, 'm') + "\"";
  }
  const auto add_large = [&](int id) {
    return add(R"({"control":{"id":)" + std::to_string(id) +
               R"(,"account":1,"deny":{},"filter":{"merchants":[)" + merchants + "]}}}");
  };
  int id = 1;
  std::string error;
  while (id <= 64 && (error = add_large(id)).empty()) ++id;
  EXPECT_EQ(error, "the controls of its owner would be too large for one record");
  EXPECT_GT(id, 10);
  EXPECT_EQ(controls_of({1})->controls.size(), static_cast<std::size_t>(id - 1));
  EXPECT_EQ(add(account_line(2)), "");  // the journal goes on
  EXPECT_TRUE(loader_->flush());
  open();
  EXPECT_EQ(controls_of({1})->controls.size(), static_cast<std::size_t>(id - 1));
}

TEST_F(StateLoaderTest, MoreThanABatchIsFlushedOnTheWay) {
  constexpr int accounts = 20'000;
  for (int id = 1; id <= accounts; ++id) ASSERT_EQ(add(account_line(id)), "") << id;
  EXPECT_LT(storage_->journal().pending_records(), accounts);
  EXPECT_EQ(records().size(), accounts);
}

TEST_F(StateLoaderTest, TimeInTheJournalDoesNotGoBack) {
  EXPECT_EQ(add(account_line(1), noon), "");
  EXPECT_EQ(add(account_line(2), {noon.unix_us - 1}), "");
  ASSERT_TRUE(loader_->flush());
  open();
  EXPECT_EQ(add(account_line(3), {noon.unix_us - 5}), "");
  for (const store::Record& record : records()) EXPECT_EQ(record.moment.at, noon);
}

}  // namespace
}  // namespace authd
