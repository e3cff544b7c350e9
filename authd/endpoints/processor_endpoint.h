// ProcessorEndpoint: where processors post.
//
//   POST /programs/{program}/authorizations   a question; always answered with a decision
//   POST /programs/{program}/events           what has happened; never decided about
//
// The URL says which it is, not what stands in the body.
//
// A question:
//   200 or 402  the decision, in the processor's own words
//   400         the body was not understood; names the field. Nothing is recorded
//
// Events:
//   200  all of them are durable, or were already; {"events":2}. Also when there are none (a ping)
//   400  one was not understood; names the field. The others are recorded
//   409  one cannot be booked; names it and why. The others are recorded
//   503  nothing is recorded, or the ledger does not have it yet (`durability = "ledger"`); again
//   later
// Whatever is sent again changes nothing, so a processor that does not see 200 repeats all of it.
//
// Both:
//   401  not believed, or no such program: a stranger cannot tell which
//   404  any other path
//
// A decision that is not durable `answer_within_ms` after the request's first byte is a decline.
// Whoever posts is authenticated, on the raw bytes, before anything of the body is read.
//
// Threads: every network thread, at the same time.

#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "authd/config/config.h"
#include "authd/metrics/metrics.h"
#include "authd/net/service.h"
#include "authd/processors/adapters.h"
#include "authd/processors/authentication.h"
#include "authd/sequencer/sequencer.h"

namespace authd {

class ProcessorEndpoint final : public net::Service {
 public:
  // Waits until the ledger has the record; false: the deadline has passed before.
  using InLedger = std::function<net::Awaitable<bool>(core::Sequence record, net::Mailbox& mailbox,
                                                      net::Clock::time_point deadline)>;

  // `in_ledger` is for programs whose durability is the ledger's; empty without one. Refuses an
  // authentication that cannot be used, naming the program.
  static core::Result<ProcessorEndpoint, std::string> create(const Config& config,
                                                             Sequencer& sequencer, Metrics& metrics,
                                                             InLedger in_ledger);

  net::RouteRules rules(const net::Head& head) const noexcept override;
  net::Awaitable<void> serve(const net::HttpRequest& request, net::HttpResponse& response) override;
  void refused(net::Refusal refusal) noexcept override { metrics_->refused(refusal); }
  void answered(const net::HttpResponse& response, net::Clock::duration duration) noexcept override;

 private:
  struct Program {
    core::ProgramId id;
    std::unique_ptr<const processors::Adapter> adapter;
    processors::Authentication authorizations;
    processors::Authentication events;
    std::chrono::milliseconds answer_within;
    bool until_ledger;
  };

  ProcessorEndpoint(std::vector<Program> programs, std::size_t body_bytes_max, Sequencer& sequencer,
                    Metrics& metrics, InLedger in_ledger)
      : programs_(std::move(programs)),
        body_bytes_max_(body_bytes_max),
        sequencer_(&sequencer),
        metrics_(&metrics),
        in_ledger_(std::move(in_ledger)) {}

  // The position of the program, when whoever posts is believed.
  std::optional<std::size_t> authenticated_program(std::string_view id, ProcessorRoute route,
                                                   const net::HttpRequest& request) const;
  net::Awaitable<void> authorize(std::size_t program, const net::HttpRequest& request,
                                 net::HttpResponse& response);
  net::Awaitable<void> take_events(std::size_t program, const net::HttpRequest& request,
                                   net::HttpResponse& response);
  // Until all of it is durable, as the program has it. Otherwise why it is not, as a word.
  net::Awaitable<std::string_view> record(std::size_t program, Changes& changes,
                                          const net::HttpRequest& request) const;
  void refuse_body(std::size_t program, const processors::ParseError& error,
                   net::HttpResponse& response) const;

  std::vector<Program> programs_;
  std::size_t body_bytes_max_;
  Sequencer* sequencer_;
  Metrics* metrics_;
  InLedger in_ledger_;
};

}  // namespace authd
