// A real PostgreSQL for the tests of this binary: one private cluster, a fresh database for each
// test.
//
// The cluster is in memory where there is room: a database for each test is thousands of small
// files, and no test here takes the power away.

#pragma once

#include <gtest/gtest.h>

#include <string>

#include "store/postgres/connection.h"

namespace authd::test {

// The cluster, started by ops/postgres before the first test and stopped after the last.
class Cluster : public testing::Environment {
 public:
  void SetUp() override;
  void TearDown() override;

  // For tests that take the server away. Both wait until it is done.
  static void start();
  static void stop();

  // The role may create databases; the superuser may do everything.
  static std::string conninfo(const std::string& database);
  static std::string superuser_conninfo(const std::string& database);
};

store::Connection connect(const std::string& conninfo);

// The answer, or a failed test and a process that ends: nothing after it would make sense.
store::PgResult query(store::Connection& connection, const std::string& statement);
std::string query_text(store::Connection& connection, const std::string& statement);  // one field

// SQLSTATE of a statement that must fail.
std::string refused(store::Connection& connection, const std::string& statement);

// Of the role, owned by it; with the schema in place: migrated once and copied from then on.
void create_database(const std::string& name);
void create_ledger(const std::string& name);

// An empty database of its own for each test, dropped afterwards.
class DatabaseTest : public testing::Test {
 protected:
  void SetUp() override { set_up(create_database); }
  void TearDown() override;

  const std::string& database() const { return database_; }
  std::string conninfo() const { return Cluster::conninfo(database_); }
  store::Connection connect() const { return test::connect(conninfo()); }

  void set_up(void (*create)(const std::string& name));

 private:
  std::string database_;
};

// The same, with the schema in place.
class LedgerTest : public DatabaseTest {
 protected:
  void SetUp() override { set_up(create_ledger); }
};

}  // namespace authd::test
