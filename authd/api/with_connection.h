// with_connection: how a request that is served on a network thread asks PostgreSQL.
//
//   const auto holder = co_await with_connection(pool, mailbox, [&](store::Connection& connection)
//   {
//     return read_holder(connection, id);
//   });
//
// The function runs on a thread of the pool, the coroutine goes on on its own. Without a connection
// the result is the pool's error.
//
// Lifetime: what the function refers to lives in the frames of the coroutines that wait. Stop the
// pool before the Server is destroyed: until then it keeps even those frames that it gave up on.

#pragma once

#include <optional>
#include <type_traits>
#include <utility>

#include "authd/net/completion.h"
#include "store/postgres/pool.h"

namespace authd::api {

// `function` takes a store::Connection& and returns a core::Result whose error can be made of a
// store::PgError.
template <class Function>
net::Awaitable<std::invoke_result_t<Function&, store::Connection&>> with_connection(
    store::Pool& pool, net::Mailbox& mailbox, Function function) {
  std::optional<std::invoke_result_t<Function&, store::Connection&>> result;
  net::Completion done(mailbox);
  const auto submitted =
      pool.submit([&](const core::Result<store::Connection*, store::PgError>& given) {
        if (given) {
          result.emplace(function(**given));
        } else {
          result.emplace(core::Unexpected{given.error()});
        }
        net::Wakeups wakeups;
        wakeups.add(done);
        wakeups.flush();  // from here on the frame may be gone
      });
  if (!submitted) co_return core::Unexpected{submitted.error()};
  co_await done.wait();
  co_return std::move(*result);
}

// The same for one prepared statement that reads a row by its key; `show` takes its PgResult.
template <class Show>
net::Awaitable<std::invoke_result_t<Show&, const store::PgResult&>> with_lookup(
    store::Pool& pool, net::Mailbox& mailbox, store::PgCall call, Show show) {
  std::optional<std::invoke_result_t<Show&, const store::PgResult&>> result;
  net::Completion done(mailbox);
  auto on_answer = [&](const core::Result<store::PgResult, store::PgError>& given) {
    if (given) {
      result.emplace(show(*given));
    } else {
      result.emplace(core::Unexpected{given.error()});
    }
    net::Wakeups wakeups;
    wakeups.add(done);
    wakeups.flush();  // from here on the frame may be gone
  };
  const auto submitted = pool.submit(store::Pool::Lookup{std::move(call), on_answer});
  if (!submitted) co_return core::Unexpected{submitted.error()};
  co_await done.wait();
  co_return std::move(*result);
}

}  // namespace authd::api
