// MasterDataTest: accounts, cards and controls of two programs, and a mirror that is asked.

#pragma once

#include <atomic>
#include <string>
#include <vector>

#include "tests/api/api_fixture.h"

namespace authd::test {

using Errors = std::vector<std::string>;

class MasterDataTest : public ApiTest {
 protected:
  void SetUp() override;

  std::string holder(const std::string& members);   // its id
  std::string account(const std::string& program);  // its path, "/v1/accounts/7"
  std::string card(const std::string& token,        // its path
                   const std::string& account, const std::string& program = "debit");
  static std::string id_of(const std::string& path);  // the last part

  ApiAnswer put(const std::string& target, const std::string& body, const std::string& version);
  ApiAnswer remove(const std::string& target, const std::string& version);

  // By the owner of the schema.
  std::string sql(const std::string& statement);

  // How often an answer has waited for the mirror since the last call, each time for a transaction
  // that was committed by then.
  int waited();

  // Whether the transaction that was waited for last has written the newest row of the table: a
  // mirror hears of nothing else.
  bool waited_for_row_of(const std::string& table);

  // Whether the next answers come without the state having applied the change.
  std::atomic<bool> applied_in_time = true;

 private:
  std::atomic<int> waits_ = 0;
  std::atomic<int> uncommitted_ = 0;
  std::atomic<std::uint64_t> transaction_ = 0;
};

}  // namespace authd::test
