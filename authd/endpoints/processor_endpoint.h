// ProcessorEndpoint: POST /programs/{program}/authorizations, where processors ask.
//
//   200 or 402  the decision, in the processor's own words
//   400         the body was not understood; names the field. Nothing is recorded
//   401         credentials missing or wrong, or no such program: a stranger cannot tell which
//   404         any other path
//
// A decision that is not durable `answer_within_ms` after the request's first byte is a decline.
//
// Credentials are checked before the body is looked at.
//
// Threads: every network thread, at the same time.

#pragma once

#include <map>
#include <string>
#include <vector>

#include "authd/config/config.h"
#include "authd/metrics/metrics.h"
#include "authd/net/service.h"
#include "authd/processors/basic_credentials.h"
#include "authd/sequencer/sequencer.h"

namespace authd {

class ProcessorEndpoint final : public net::Service {
 public:
  // Refuses credentials that cannot be used, naming the program.
  static core::Result<ProcessorEndpoint, std::string> create(const Config& config,
                                                             Sequencer& sequencer,
                                                             Metrics& metrics);

  net::RouteRules rules(const net::Head& head) const noexcept override;
  net::Awaitable<void> serve(const net::HttpRequest& request, net::HttpResponse& response) override;
  void refused(net::Refusal refusal) noexcept override { metrics_->refused(refusal); }
  void answered(int status, net::Clock::duration duration) noexcept override;

 private:
  struct Program {
    core::ProgramId id;
    processors::BasicCredentials credentials;
    std::chrono::milliseconds answer_within;
    bool until_ledger;
  };

  ProcessorEndpoint(std::vector<Program> programs, std::size_t body_bytes_max, Sequencer& sequencer,
                    Metrics& metrics)
      : programs_(std::move(programs)),
        body_bytes_max_(body_bytes_max),
        sequencer_(&sequencer),
        metrics_(&metrics) {}

  std::optional<std::size_t> authenticated_program(std::string_view id,
                                                   const net::Head& head) const;
  net::Awaitable<void> authorize(std::size_t program, const net::HttpRequest& request,
                                 net::HttpResponse& response);

  std::vector<Program> programs_;
  std::size_t body_bytes_max_;
  Sequencer* sequencer_;
  Metrics* metrics_;
};

}  // namespace authd
