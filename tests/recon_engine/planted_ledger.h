// A ledger, the supplier's file about it and the faults in them, as the benchmark makes them.

#pragma once

#include <stdlib.h>

#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

#include "authd/recon/source.h"
#include "bench/recon_data/generate.h"
#include "tests/postgres/cluster.h"

namespace authd::test {

// As ops/sources/marqeta_clearing.toml has it, as far as the file goes.
inline recon::Source clearing_source() {
  using recon::Field;
  using recon::LineStatus;
  recon::Source source;
  source.name = "clearing";
  const auto column = [&source](Field field, const char* name) {
    source.columns[static_cast<std::size_t>(field)] = recon::Column{name, 0};
  };
  column(Field::reference, "transaction_token");
  column(Field::kind, "transaction_type");
  column(Field::occurred_at, "transaction_timestamp");
  column(Field::settled_on, "settlement_date");
  column(Field::amount, "settlement_amount");
  column(Field::currency, "currency_code");
  column(Field::fee, "interchange_fee_amount");
  column(Field::status, "transaction_status");
  column(Field::card, "card_token");
  column(Field::account, "user_token");
  column(Field::merchant, "card_acceptor_mid");
  column(Field::batch, "batch_number");
  source.extra = {{"preceding", recon::Column{"preceding_transaction_token", 0}}};
  for (const char* const pattern :
       {"YYYY-MM-DDTHH:mm:ssZ", "YYYY-MM-DDTHH:mm:ss.fZ", "YYYY-MM-DD HH:mm:ss"}) {
    source.time_formats.push_back(*recon::TimeFormat::compile(pattern));
  }
  source.date_formats = {*recon::TimeFormat::compile("YYYY-MM-DD")};
  source.status.words = {{"CLEARED", LineStatus::settled},
                         {"PENDING", LineStatus::pending},
                         {"DECLINED", LineStatus::failed}};
  return source;
}

class PlantedLedgerTest : public LedgerTest {
 protected:
  void SetUp() override {
    LedgerTest::SetUp();
    std::string path = (std::filesystem::temp_directory_path() / "authd-planted-XXXXXX").string();
    ASSERT_NE(mkdtemp(path.data()), nullptr);
    directory_ = path;
    file_ = directory_ / "clearing.csv";
    world_.rows = 5'000;
    world_.program = *core::ProgramId::from("demo");
    world_.begins_at = {core::day_of({2026, 1, 15}).days * core::us_per_day};
  }
  void TearDown() override {
    std::filesystem::remove_all(directory_);
    LedgerTest::TearDown();
  }

  // Into the ledger of this test, or of another database.
  void generate(std::uint64_t faults_per_mille) { generate(faults_per_mille, conninfo()); }
  void generate(std::uint64_t faults_per_mille, const std::string& conninfo) {
    auto first = test::connect(conninfo);
    auto second = test::connect(conninfo);
    std::FILE* const file = std::fopen(file_.c_str(), "w");
    ASSERT_NE(file, nullptr);
    auto generated = bench::generate(first, second, world_, faults_per_mille, file);
    EXPECT_EQ(std::fclose(file), 0);
    ASSERT_TRUE(generated) << generated.error().message;
    generated_ = std::move(*generated);
  }

  std::string file_text() const {
    std::ifstream stream(file_);
    return {std::istreambuf_iterator<char>(stream), {}};
  }

  std::filesystem::path directory_;
  std::filesystem::path file_;
  bench::World world_;
  bench::Generated generated_;
};

}  // namespace authd::test
