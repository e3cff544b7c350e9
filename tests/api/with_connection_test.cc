#include "authd/api/with_connection.h"

#include <gtest/gtest.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <thread>

#include "tests/postgres/cluster.h"

namespace authd::test {

namespace {

using core::Result;
using store::Connection;
using store::PgError;

class WithConnection : public DatabaseTest {
 protected:
  store::Pool::Options options() const {
    store::Pool::Options options;
    options.connection.conninfo = conninfo();
    options.connections_min = 1;
    options.connections_max = 2;
    return options;
  }
};

TEST_F(WithConnection, RunsElsewhereAndGoesOnWhereItWas) {
  store::Pool pool(options());
  net::asio::io_context io(1);
  net::Mailbox mailbox(io.get_executor());
  const auto here = std::this_thread::get_id();
  std::thread::id ran_on;
  std::thread::id resumed_on;
  int answers = 0;
  const auto asker = [&]() -> net::Awaitable<void> {
    auto ask = [&](Connection& connection) -> Result<std::string, PgError> {
      ran_on = std::this_thread::get_id();
      AUTHD_TRY(result, connection.exec("SELECT 'x'"));
      return std::string(result.text(0, 0));
    };
    for (int i = 0; i < 50; ++i) {
      const auto answer = co_await api::with_connection(pool, mailbox, ask);
      resumed_on = std::this_thread::get_id();
      if (answer && *answer == "x") ++answers;
    }
  };
  net::asio::co_spawn(io, asker(), net::asio::detached);
  io.run_for(std::chrono::seconds(30));
  EXPECT_EQ(answers, 50);
  EXPECT_EQ(resumed_on, here);
  EXPECT_NE(ran_on, here);
}

TEST_F(WithConnection, LetsTheNetworkThreadServeOthersMeanwhile) {
  store::Pool pool(options());
  net::asio::io_context io(1);
  net::Mailbox mailbox(io.get_executor());
  std::string order;
  std::atomic<bool> let_go = false;
  const auto slow = [&]() -> net::Awaitable<void> {
    auto wait = [&](Connection&) -> Result<void, PgError> {
      let_go.wait(false);
      return {};
    };
    order += "asked ";
    const auto done = co_await api::with_connection(pool, mailbox, wait);
    order += done ? "answered" : "failed";
  };
  const auto quick = [&]() -> net::Awaitable<void> {
    auto nothing = [](Connection&) -> Result<void, PgError> { return {}; };
    const auto done = co_await api::with_connection(pool, mailbox, nothing);
    order += done ? "another " : "failed ";
    let_go = true;
    let_go.notify_all();
  };
  net::asio::co_spawn(io, slow(), net::asio::detached);
  net::asio::co_spawn(io, quick(), net::asio::detached);
  io.run_for(std::chrono::seconds(30));
  EXPECT_EQ(order, "asked another answered");
}

TEST_F(WithConnection, GivesTheReasonWhyThereIsNoConnection) {
  store::Pool pool(options());
  pool.stop(std::chrono::seconds(5));
  net::asio::io_context io(1);
  net::Mailbox mailbox(io.get_executor());
  PgError::Code code{};
  const auto asker = [&]() -> net::Awaitable<void> {
    auto nothing = [](Connection&) -> Result<void, PgError> { return {}; };
    const auto done = co_await api::with_connection(pool, mailbox, nothing);
    code = done ? PgError::Code::unexpected : done.error().code;
  };
  net::asio::co_spawn(io, asker(), net::asio::detached);
  io.run_for(std::chrono::seconds(30));
  EXPECT_EQ(code, PgError::Code::interrupted);
}

}  // namespace

}  // namespace authd::test
