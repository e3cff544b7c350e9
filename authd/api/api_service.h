// ApiService: the wallet API over HTTP, described by ops/openapi.yaml.
//
// What every request goes through, in this order, each with its problem:
//
//   path and method    not-found, method-not-allowed
//   key and scope      unauthenticated, missing-scope
//   Idempotency-Key    of a POST: invalid-request
//   handler            on a thread of the pool, a change in a transaction of its own; those that
//                      move money on the network thread, see move.h
//   mirror             a change that decisions heed is answered once the state has applied it
//
// Requests that the server itself turns away (see net::Refusal) have its plain answers instead.
//
// Threads: every network thread; none of them ever waits for PostgreSQL.
// Lifetime: the pool outlives the service, the service its Server. Stop the Server, then the pool,
// then destroy them.

#pragma once

#include <chrono>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "authd/api/authenticator.h"
#include "authd/api/call.h"
#include "authd/api/recon.h"
#include "authd/api/route_table.h"
#include "authd/net/service.h"
#include "store/postgres/pool.h"

namespace authd::api {

struct ApiOptions {
  std::size_t body_bytes_max = std::size_t{64} << 10U;
  std::chrono::milliseconds answer_within{
      10'000};      // from a request's first byte; see not-applied-yet
  Applied applied;  // empty: there is no mirror, changes are in force when they are committed
  Reached reached;  // needed with `applied`, for answers that are given again
  Mover mover;      // empty: requests that move money are answered `unavailable`

  // For metrics: an answer was made, `duration` after the request's first byte. `operation` is
  // empty when the path or the method does not exist.
  std::function<void(std::string_view operation, int status, net::Clock::duration duration)>
      answered;
  std::function<void(net::Refusal)> refused;
};

class ApiService final : public net::Service {
 public:
  // Connections of the pool are prepared with the session_preparer() of the same resources.
  ApiService(store::Pool& pool, std::vector<Resource> resources, ApiOptions options);

  net::RouteRules rules(const net::Head& head) const noexcept override;
  net::Awaitable<void> serve(const net::HttpRequest& request, net::HttpResponse& response) override;
  void refused(net::Refusal refusal) noexcept override;
  void answered(const net::HttpResponse&, net::Clock::duration) noexcept override {}

  const RouteTable& routes() const noexcept { return routes_; }

 private:
  net::Awaitable<Outcome> outcome_of(const net::HttpRequest& request, RouteTable::Match& match,
                                     Call& call);
  net::Awaitable<Outcome> run(const Route& route, const Call& call, net::Mailbox& mailbox);

  store::Pool& pool_;
  const ApiOptions options_;
  const RouteTable routes_;
  Authenticator authenticator_;
};

// Everything this API consists of. Without a desk there is no reconciliation.
std::vector<Resource> all_resources(std::optional<ReconciliationDesk> desk = std::nullopt);

}  // namespace authd::api
