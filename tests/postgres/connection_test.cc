#include "store/postgres/connection.h"

#include <gtest/gtest.h>

#include <chrono>
#include <thread>

#include "tests/postgres/cluster.h"

namespace authd::test {

namespace {

using std::chrono::milliseconds;
using store::Connection;
using store::PgError;

class PgConnection : public DatabaseTest {};

TEST_F(PgConnection, NeverRepeatsAPasswordOfAStringItCannotParse) {
  const auto failed = Connection::connect({.conninfo = "password=open sesame host=/nowhere"});
  ASSERT_FALSE(failed);
  EXPECT_EQ(failed.error().code, PgError::Code::conninfo);
  EXPECT_EQ(failed.error().message.find("sesame"), std::string::npos);
}

TEST_F(PgConnection, SaysWhyNobodyAnswers) {
  const auto failed = Connection::connect({.conninfo = "host=/nowhere password=sesame"});
  ASSERT_FALSE(failed);
  EXPECT_EQ(failed.error().code, PgError::Code::connect);
  EXPECT_NE(failed.error().message.find("/nowhere"), std::string::npos);
  EXPECT_EQ(failed.error().message.find("sesame"), std::string::npos);
}

TEST_F(PgConnection, ReportsTheServersErrorAndGoesOn) {
  auto connection = connect();
  const auto failed = connection.exec("SELECT 1/0");
  ASSERT_FALSE(failed);
  EXPECT_EQ(failed.error().code, PgError::Code::server);
  EXPECT_EQ(failed.error().state(), "22012");
  EXPECT_NE(failed.error().message.find("division by zero"), std::string::npos);
  EXPECT_EQ(query_text(connection, "SELECT 1"), "1");
}

TEST_F(PgConnection, PassesParametersAndReadsResultsInBinary) {
  auto connection = connect();
  const core::Timestamp at{1'790'000'000'123'456};
  const auto result =
      connection.exec("SELECT $1::int8, $2::text, $3::timestamptz, $4::text, null::int8",
                      store::PgParams().number(std::int64_t{-7}).text("grün").time(at).text(""));
  ASSERT_TRUE(result);
  EXPECT_EQ(result->number<std::int64_t>(0, 0), -7);
  EXPECT_EQ(result->text(0, 1), "grün");
  EXPECT_EQ(result->time(0, 2), at);
  EXPECT_FALSE(result->is_null(0, 3));
  EXPECT_EQ(result->optional(0, 4), std::nullopt);
}

TEST_F(PgConnection, CopiesMoreThanASocketHolds) {
  auto connection = connect();
  query(connection, "CREATE TABLE t (a int8, b text)");
  store::CopyRows rows;
  for (std::int64_t i = 0; i < 20'000; ++i) {
    rows.row(2);
    rows.number(i);
    i % 2 == 0 ? rows.null() : rows.text(std::string(200, 'x'));
  }
  ASSERT_TRUE(connection.copy_in("COPY t FROM STDIN BINARY", rows));
  EXPECT_EQ(query_text(connection, "SELECT count(*) || ' ' || sum(a) || ' ' || count(b) FROM t"),
            "20000 199990000 10000");
}

TEST_F(PgConnection, ReportsACopyThatTheServerRefusesHalfway) {
  auto connection = connect();
  query(connection, "CREATE TABLE t (a int8 CHECK (a < 10000))");
  store::CopyRows rows;
  for (std::int64_t i = 0; i < 100'000; ++i) {
    rows.row(1);
    rows.number(i);
  }
  const auto failed = connection.copy_in("COPY t FROM STDIN BINARY", rows);
  ASSERT_FALSE(failed);
  EXPECT_EQ(failed.error().state(), "23514");
  EXPECT_EQ(query_text(connection, "SELECT count(*) FROM t"), "0");
}

TEST_F(PgConnection, RollsBackATransactionThatIsLeft) {
  auto connection = connect();
  query(connection, "CREATE TABLE t (a int8)");
  {
    auto transaction = store::Transaction::begin(connection);
    ASSERT_TRUE(transaction);
    query(connection, "INSERT INTO t VALUES (1)");
  }
  EXPECT_EQ(query_text(connection, "SELECT count(*) FROM t"), "0");
}

TEST_F(PgConnection, DoesNotTakeARollbackForACommit) {
  auto connection = connect();
  auto transaction = store::Transaction::begin(connection);
  ASSERT_TRUE(transaction);
  ASSERT_FALSE(connection.exec("SELECT 1/0"));
  const auto failed = transaction->commit();
  ASSERT_FALSE(failed);
  EXPECT_EQ(failed.error().code, PgError::Code::unexpected);
}

TEST_F(PgConnection, TellsALostConnectionFromARefusal) {
  auto connection = connect();
  auto other = connect();
  query(other, "SELECT pg_terminate_backend(" + std::to_string(connection.backend_pid()) + ")");
  const auto failed = connection.exec("SELECT 1");
  ASSERT_FALSE(failed);
  EXPECT_EQ(failed.error().code, PgError::Code::lost);
}

TEST_F(PgConnection, LetsTheServerEndAStatementThatTakesTooLong) {
  auto connection =
      Connection::connect({.conninfo = conninfo(), .statement_timeout = milliseconds(50)});
  ASSERT_TRUE(connection);
  const auto failed = connection->exec("SELECT pg_sleep(60)");
  ASSERT_FALSE(failed);
  EXPECT_EQ(failed.error().state(), "57014");
}

TEST_F(PgConnection, StopsWaitingWhenAskedTo) {
  std::stop_source source;
  auto connection = Connection::connect({.conninfo = conninfo(), .stop = source.get_token()});
  ASSERT_TRUE(connection);
  std::jthread asker([&] { source.request_stop(); });
  const auto begin = std::chrono::steady_clock::now();
  const auto failed = connection->exec("SELECT pg_sleep(60)");
  ASSERT_FALSE(failed);
  EXPECT_EQ(failed.error().code, PgError::Code::interrupted);
  EXPECT_LT(std::chrono::steady_clock::now() - begin, std::chrono::seconds(30));
}

}  // namespace

}  // namespace authd::test
