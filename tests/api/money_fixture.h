// MoneyTest: the API with accounts whose money moves: the rules of core on a state in memory, each
// record drained into the test's ledger before the answer goes out.

#pragma once

#include <functional>
#include <mutex>

#include "core/memory_state.h"
#include "store/postgres/batch.h"
#include "tests/api/api_fixture.h"
#include "tests/core/world.h"

namespace authd::test {

class TestLedger {
 public:
  explicit TestLedger(const std::string& conninfo);

  // Applied at now() and in the ledger when it returns.
  core::Outcome apply(const core::Command& command);

  void advance(std::int64_t us);
  core::Timestamp now() const;
  std::size_t records() const;

  // What a request meets instead of, or behind, its turn.
  void fail_before(std::optional<api::MoveFault> fault) { fail_before_ = fault; }
  void fail_after(std::optional<api::MoveFault> fault) { fail_after_ = fault; }
  api::Mover mover();

 private:
  core::Result<core::Moved, api::MoveFault> move(const core::Command& command);

  mutable std::mutex mutex_;
  core::MemoryState state_;
  core::Timestamp now_ = core::test::noon;
  std::uint64_t records_ = 0;
  store::Connection connection_;
  store::Batch batch_;
  std::optional<api::MoveFault> fail_before_;
  std::optional<api::MoveFault> fail_after_;
};

// Program "demo" has account 1 with 100.00 USD and its card "card-1"; account 2 (USD) is of program
// "other" and has nothing.
class MoneyTest : public ApiTest {
 protected:
  void SetUp() override;

  TestLedger& ledger() { return *ledger_; }
  void open(std::int64_t account, std::int64_t minor, const std::string& program);

  // {"posted":…,"held":…} of an account, by the ledger.
  std::string balance(std::int64_t account);
  std::string sql(const std::string& query);

  // The most rows that a step of the plan that PostgreSQL keeps for a statement reads or passes on;
  // parameters as SQL: "bigint, text", "1, ''".
  std::int64_t most_rows(const api::Resource& resource, std::string_view statement,
                         const std::string& types, const std::string& parameters);

  core::Answer ask(const std::string& message, std::int64_t minor,
                   const std::string& card = "card-1");
  void tell(core::EventKind kind, const std::string& notice, const std::string& of,
            std::int64_t minor);

  // Every page of a list, and how many there were; checks that no page has more than its limit.
  struct Pages {
    std::vector<boost::json::object> items;
    int count = 0;
  };
  Pages pages(const std::string& target, const std::string& fields = "");

  const std::string& demo_key() const { return demo_key_; }    // all scopes, of "demo"
  const std::string& other_key() const { return other_key_; }  // likewise, of "other"

 private:
  std::unique_ptr<TestLedger> ledger_;
  std::string demo_key_;
  std::string other_key_;
};

std::string usd(std::int64_t minor);                    // {"minor":…,"currency":"USD"}
std::string named(const std::string& idempotency_key);  // as a field
std::string string_at(const boost::json::object& object, const char* member);
std::int64_t minor_at(const boost::json::object& object, const char* member);

}  // namespace authd::test
