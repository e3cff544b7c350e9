// A state and the journal of every command that changed it, in a directory of its own: what a
// daemon leaves behind, without the daemon.

#pragma once

#include <gtest/gtest.h>

#include <fstream>
#include <memory>
#include <string>
#include <vector>

#include "core/memory_state.h"
#include "store/format/records.h"
#include "store/journal/journal.h"
#include "tests/store/temporary_directory.h"

namespace authd::test {

inline const core::Currency usd = *core::Currency::from_alpha("USD");
inline constexpr core::Timestamp noon{1'793'620'800'000'000};  // 2026-11-02T12:00:00Z, a Monday
inline const core::ProgramId demo = *core::ProgramId::from("demo");

constexpr core::Timestamp after(core::Timestamp at, std::int64_t seconds) {
  return {at.unix_us + seconds * core::us_per_s};
}

inline core::Program a_program(std::string_view id = "demo") {
  core::Program program;
  program.id = *core::ProgramId::from(id);
  return program;
}

inline core::Account an_account(std::int64_t id = 1, std::int64_t posted_minor = 100'00) {
  core::Account account;
  account.id = {id};
  account.currency = usd;
  account.posted_minor = posted_minor;
  return account;
}

inline core::Card a_card(std::string_view token = "card-1", std::int64_t account = 1,
                         std::string_view program = "demo") {
  core::Card card;
  card.program = *core::ProgramId::from(program);
  card.token = *core::CardToken::from(token);
  card.account = {account};
  card.status = core::CardStatus::active;
  card.expires_at = after(noon, 400 * core::s_per_day);
  return card;
}

inline core::Request purchase(std::string_view message, std::int64_t minor_units,
                              std::string_view authorization = "") {
  core::Request request;
  request.program = demo;
  request.message = *core::MessageId::from(message);
  if (!authorization.empty()) request.authorization = *core::MessageId::from(authorization);
  request.card = *core::CardToken::from("card-1");
  request.amount = {minor_units, usd};
  request.details.merchant.mcc = 5411;
  request.details.merchant.id = *decltype(core::Merchant::id)::from("SHOP-1");
  request.details.merchant.name = *decltype(core::Merchant::name)::from("Corner Shop");
  request.details.merchant.country = *decltype(core::Merchant::country)::from("USA");
  return request;
}

inline core::Event event(core::EventKind kind, std::string_view notice,
                         std::string_view authorization, std::int64_t minor_units) {
  core::Event event;
  event.program = demo;
  event.notice = *core::MessageId::from(notice);
  if (!authorization.empty()) event.authorization = *core::MessageId::from(authorization);
  event.card = *core::CardToken::from("card-1");
  event.kind = kind;
  event.amount = {minor_units, usd};
  return event;
}

inline core::Owner program_owner() { return {demo}; }
inline core::Owner account_owner(std::int64_t id = 1) { return {core::AccountId{id}}; }
inline core::Owner card_owner(std::string_view token = "card-1") {
  return {core::Owner::CardOwner{demo, *core::CardToken::from(token)}};
}

inline core::Control control(std::int64_t id, core::Check check,
                             core::Mode mode = core::Mode::enforce) {
  core::Control control;
  control.id = {id};
  control.mode = mode;
  control.check = std::move(check);
  return control;
}

inline core::Limit a_limit(std::int64_t max, core::Period period = core::Period::day,
                           core::Level counts = core::Level::card) {
  core::Limit limit;
  limit.max = max;
  limit.window.period = period;
  limit.counts = counts;
  return limit;
}

// What a command printed and returned.
struct Printed {
  int code = 0;
  std::string out;
  std::string err;
};
template <class Run>
Printed printed(Run run) {
  ::testing::internal::CaptureStdout();
  ::testing::internal::CaptureStderr();
  const int code = run();
  std::string out = ::testing::internal::GetCapturedStdout();
  return {code, std::move(out), ::testing::internal::GetCapturedStderr()};
}

class RecordedWorld {
 public:
  // `first`: the journal's first record.
  explicit RecordedWorld(std::uint64_t first = 1) : next_{first} {
    std::filesystem::create_directory(directory().path);
    auto journal = store::Journal::open({.directory = directory(),
                                         .segment_bytes = std::uint64_t{1} << 20U,
                                         .if_missing = store::IfMissing::create,
                                         .prepare_pause = std::chrono::milliseconds(0)},
                                        {first}, {});
    EXPECT_TRUE(journal.has_value());
    journal_ = std::move(*journal);
  }

  // One program in UTC, one account with 100.00 USD, one good card: four records.
  void furnish(core::Program program = a_program()) {
    apply(core::DefineZone{core::TimeZone{}});
    apply(core::ConfigureProgram{std::move(program)});
    apply(core::OpenAccount{an_account()});
    apply(core::IssueCard{a_card()});
  }

  // Applies the command, makes its changes and records it, if it changes anything.
  store::Record apply(core::Command command, core::Timestamp at = noon,
                      core::Moment circumstances = {}) {
    core::Moment moment = circumstances;
    moment.at = at;
    moment.sequence = {next_};
    EXPECT_TRUE(core::apply(state, command, moment, applied_).has_value());
    store::Record record{std::move(command), moment, applied_.outcome, applied_.explanation,
                         applied_.rows};
    if (!record.rows.empty()) append(record);
    return record;
  }

  // Folds and records whatever the record says, whether it is right or not.
  void append(const store::Record& record) {
    for (const core::Row& row : record.rows) state.put(row);
    core::Applied applied{record.outcome, record.explanation, record.rows};
    store::encode_record(record.command, record.moment, applied, payload_);
    if (!journal_->fits(payload_.size())) flush();
    const auto kind = static_cast<std::uint16_t>(store::kind_of(record.command));
    EXPECT_TRUE(
        journal_->append(kind, store::record_version, record.moment.at, payload_).has_value());
    ++next_;
  }

  void flush() { EXPECT_TRUE(journal_->flush().has_value()); }

  // A configuration of the daemon that left this behind.
  std::string config() const {
    std::ofstream(path() + "/password") << "secret-word\n";
    const std::string file = path() + "/authd.toml";
    std::ofstream(file) << "[state]\ndirectory = \".\"\nmap_mib = 64\n[[program]]\nid = \"demo\"\n"
                           "processor = \"marqeta\"\n[[program.authentication]]\n"
                           "scheme = \"basic\"\nusername = \"gateway\"\n"
                           "secret_files = [\"password\"]\n";
    return file;
  }

  store::JournalDirectory directory() const { return {path() + "/journal", 1}; }
  std::string path() const { return directory_.path().string(); }
  std::uint64_t next_sequence() const noexcept { return next_; }
  store::Journal& journal() noexcept { return *journal_; }

  core::MemoryState state;

 private:
  TemporaryDirectory directory_;
  std::unique_ptr<store::Journal> journal_;
  std::uint64_t next_;
  core::Applied applied_;
  std::vector<std::byte> payload_;
};

}  // namespace authd::test
