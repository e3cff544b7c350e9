// A ledger of a few entries, a supplier's files about it, and what reconciling them finds.

#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "authd/recon/engine/engine.h"
#include "tests/postgres/cluster.h"

namespace authd::test {

// An entry of the card books. Amounts as the wallet sees them.
struct Booked {
  std::string reference;
  std::int64_t amount = -1000;
  std::string at = "2026-11-20 08:00:00";
  std::string authorization = "any";  // its key; "any" is there already
  std::string card = "card-1";
  std::string merchant = "merchant-1";
  std::string currency = "ZAR";
  bool unasked = false;
  bool over_captured = false;
};

class EngineTest : public LedgerTest {
 protected:
  static constexpr const char* header =
      "reference,at,amount,currency,status,fee,card,merchant,batch,kind,authorization\n";

  void SetUp() override;
  void TearDown() override;

  // Returns its seq.
  std::int64_t book(const Booked& booked);
  void add_authorization(const std::string& key, std::int64_t approved,
                         const std::string& opened_at, int closure = 1, std::int64_t cleared = 0);
  void add_transfer(const std::string& id, std::int64_t amount, int status = 3,
                    const std::string& reference = "");

  // "r-1,2026-11-20 08:00:00,-10.00" with further columns, or without: then ZAR, settled.
  static std::string line(const std::string& reference, const std::string& amount,
                          const std::string& more = ",ZAR,settled,,card-1,merchant-1,,purchase,",
                          const std::string& at = "2026-11-20 08:00:00");

  // A run of a file of these lines, to its end. Its id is the number of runs until then.
  recon::RunState run(const std::vector<std::string>& lines);
  recon::RunState run_text(const std::string& content);
  recon::RunState perform(std::int64_t run, const std::stop_token& stop = {});
  std::int64_t enqueue(const std::string& content);

  // Of the last run, in order: "amount -50 open", with the rule where one has resolved it.
  std::vector<std::string> discrepancies();
  std::vector<std::string>
  matches();  // of the last run: "reference 100 r-1 = 1", see engine_fixture.cc
  std::string ask(const std::string& statement);

  recon::Supplier supplier_;
  recon::EngineOptions options_;
  std::filesystem::path directory_;
  std::int64_t runs_ = 0;

 private:
  std::int64_t seq_ = 0;
};

using Texts = std::vector<std::string>;

}  // namespace authd::test
