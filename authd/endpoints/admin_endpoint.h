// AdminEndpoint: the second address, for operators and their tools.
//
//   GET /metrics   Prometheus text format
//   GET /healthz   200 while the process lives
//   GET /readyz    200 when new authorizations may be sent here, else 503; says why not
//   GET /status    the same in numbers, for `authd status`
//   POST /audit    202, and an audit soon; GET /audit how it goes, for `authd audit`. 404 without a
//                  ledger

#pragma once

#include <functional>

#include "authd/audit/auditor.h"
#include "authd/metrics/metrics.h"
#include "authd/net/service.h"

namespace authd {

class AdminEndpoint final : public net::Service {
 public:
  // `status` is called on the admin thread for every request that shows something.
  // `auditor`: null without a ledger.
  AdminEndpoint(std::function<Status()> status, Metrics& metrics, Auditor* auditor)
      : status_(std::move(status)), metrics_(metrics), auditor_(auditor) {}

  net::RouteRules rules(const net::Head& head) const noexcept override;
  net::Awaitable<void> serve(const net::HttpRequest& request, net::HttpResponse& response) override;
  void refused(net::Refusal) noexcept override {}
  void answered(const net::HttpResponse&, net::Clock::duration) noexcept override {}

 private:
  std::function<Status()> status_;
  Metrics& metrics_;
  Auditor* auditor_;
};

}  // namespace authd
