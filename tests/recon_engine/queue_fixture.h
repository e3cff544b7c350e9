// A database with suppliers, and what the tests of queue, runner and inbox ask it.

#pragma once

#include <gtest/gtest.h>
#include <stdlib.h>

#include <chrono>
#include <filesystem>
#include <fstream>
#include <functional>
#include <string>
#include <thread>

#include "authd/recon/engine/run_queue.h"
#include "tests/postgres/cluster.h"

namespace authd::test {

inline bool eventually(const std::function<bool()>& holds) {
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(30);
  while (!holds()) {
    if (std::chrono::steady_clock::now() > deadline) return false;
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }
  return true;
}

class QueueTest : public LedgerTest {
 protected:
  void SetUp() override {
    LedgerTest::SetUp();
    auto connection = connect();
    query(connection,
          "INSERT INTO authd.recon_supplier (name, program, books, definition)"
          " VALUES ('flash', 'prepaid', 2, '{}'), ('mobilemart', 'prepaid', 2, '{}')");
    std::string path = (std::filesystem::temp_directory_path() / "authd-recon-XXXXXX").string();
    ASSERT_NE(mkdtemp(path.data()), nullptr);
    directory_ = path;
    for (const char* const name : {"flash", "mobilemart"}) {
      recon::Supplier supplier;
      supplier.name = name;
      supplier.directory = directory_ / name;
      supplier.is_watched = true;
      std::filesystem::create_directory(supplier.directory);
      suppliers_.suppliers.push_back(supplier);
    }
  }

  void TearDown() override {
    std::filesystem::remove_all(directory_);
    LedgerTest::TearDown();
  }

  store::Connection recon_connection() const {
    auto connection = recon::connect_for_recon({.conninfo = conninfo()});
    EXPECT_TRUE(connection);
    return std::move(*connection);
  }

  std::int64_t enqueue(const std::string& supplier, const std::string& path = "/tmp/a.csv") {
    auto connection = recon_connection();
    recon::NewRun run;
    run.supplier = supplier;
    run.file_name = "a.csv";
    run.file_path = path;
    run.requested_by = "operator:thandi";
    const auto id = recon::enqueue(connection, run);
    EXPECT_TRUE(id);
    return id ? *id : 0;
  }

  std::string ask(const std::string& statement) const {
    auto connection = connect();
    return query_text(connection, statement);
  }
  std::string of_run(std::int64_t run, const std::string& columns) const {
    return ask("SELECT " + columns + " FROM authd.recon_run WHERE id = " + std::to_string(run));
  }
  std::string trail(std::int64_t run) const {
    return ask(
        "SELECT string_agg(actor || ' ' || action, ', ' ORDER BY number)"
        "  FROM authd.recon_trail WHERE run_id = " +
        std::to_string(run));
  }

  static void write(const std::filesystem::path& file, const std::string& text) {
    std::ofstream(file) << text;
  }

  std::filesystem::path directory_;
  recon::Suppliers suppliers_;
};

}  // namespace authd::test
