// Metrics: what Prometheus scrapes. Names and meanings are listed in README.md, section "Metrics".
//
// Counters and histograms of the hot path are resolved once at start, so that counting is an atomic
// addition. Gauges that are read from elsewhere (queue, overlay, lags, exposure) are set when
// somebody scrapes.
//
// Threads: any.

#pragma once

#include <prometheus/counter.h>
#include <prometheus/family.h>
#include <prometheus/gauge.h>
#include <prometheus/histogram.h>
#include <prometheus/registry.h>

#include <array>
#include <chrono>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "authd/net/refusal.h"
#include "authd/processors/authentication.h"
#include "authd/referral/words.h"
#include "authd/status/status.h"
#include "core/apply.h"

namespace authd {

// What a request to the processors' listener is for.
enum class ProcessorRoute : std::uint8_t { other = 0, authorizations = 1, events = 2 };
inline constexpr std::size_t processor_routes = 3;
std::string_view name(ProcessorRoute route) noexcept;

class Metrics {
 public:
  explicit Metrics(const std::vector<core::ProgramId>& programs);

  // One answer to an authorization of `program` (its position in the list given to the
  // constructor).
  void answered(std::size_t program, const core::Answer& answer);
  // A decline given without a decision: overloaded or storage.
  void shed(std::size_t program, core::Reason reason);
  // A shadow control would have declined.
  void shadow_declined(const core::ProgramId& program, const core::Finding& finding);
  // What an event or an abandonment moved, and steps of the calendar of expiries.
  void booked(const core::ProgramId& program, const core::Booking& booking);
  void expired(std::size_t steps);
  // An event of a processor that was taken or refused, and those that it has to send again.
  void event(std::size_t program, core::Booking::Origin origin);
  void events_not_taken(std::size_t program, std::size_t count);
  // A body that could not be understood.
  void bad_request(std::size_t program);
  // Whoever posted is not believed. Without a program (`unknown_program`) there is no scheme.
  void unauthenticated(std::string_view program, ProcessorRoute route,
                       const processors::AuthenticationError& error);
  void unknown_program(ProcessorRoute route);

  void refused(net::Refusal refusal) noexcept;
  void http_answered(ProcessorRoute route,
                     std::chrono::steady_clock::duration first_byte_to_written) noexcept;

  // One answer of the wallet API; `operation` is empty when there is none. And how long a request
  // of its waited for a connection to PostgreSQL.
  void api_answered(std::string_view operation, int status,
                    std::chrono::steady_clock::duration duration);
  void pool_acquired(std::chrono::microseconds waited) noexcept;

  // A run of reconciliation has ended, in `state`, with so many lines.
  void reconciled(const std::string& supplier, std::string_view state, std::uint64_t lines);

  // A member was to be paid; the payout of a program's day is finished.
  void referral_paid(const std::string& program, referral::PayOutcome outcome);
  void referral_day_finished(std::chrono::milliseconds took) noexcept;

  // A transaction of PostgreSQL is applied and journaled, so long after it was committed.
  void mirrored(std::chrono::microseconds duration) noexcept;

  // One batch was written and flushed.
  void flushed(std::chrono::nanoseconds duration, std::uint64_t records, std::uint64_t bytes);

  // The exposition text (Prometheus format 0.0.4), with the gauges set from `status`.
  std::string expose(const Status& status);

 private:
  using Counters = prometheus::Family<prometheus::Counter>;
  using Gauges = prometheus::Family<prometheus::Gauge>;
  struct ProgramCounters {
    std::map<core::Reason, prometheus::Counter*> decisions;
    prometheus::Counter* repeated;
    std::map<core::Booking::Origin, prometheus::Counter*> events;
    prometheus::Counter* events_not_taken;
    prometheus::Counter* bad_requests;
  };

  void expose_mirror(const store::MirrorStatus& mirror, std::chrono::microseconds age);
  void expose_audit(const AuditStatus& audit);
  void expose_pool(const store::Pool::Status& pool);
  void expose_reconciliation(const recon::RunnerStatus& runner);
  void expose_referral(const ReferralStatus& referral);
  void expose_invitations(const referral::SenderStatus& sender);
  static void raise(prometheus::Counter& counter, double to);

  Counters& counters(const char* name, const char* help);
  prometheus::Gauge& gauge(const char* name, const char* help);
  prometheus::Histogram& histogram(const char* name, const char* help, std::vector<double> bounds);

  prometheus::Registry registry_;
  std::vector<ProgramCounters> programs_;
  Counters& shadow_declines_;
  Counters& bookings_;
  Counters& api_requests_;
  prometheus::Family<prometheus::Histogram>& api_seconds_;
  prometheus::Counter& expiry_steps_;
  Counters& unauthenticated_;
  std::array<prometheus::Counter*, net::refusal_max + 1> refusals_{};
  std::array<prometheus::Histogram*, processor_routes> answer_seconds_{};
  prometheus::Histogram& flush_seconds_;
  prometheus::Histogram& batch_records_;
  prometheus::Counter& journal_bytes_;
  prometheus::Histogram& pool_wait_seconds_;
  prometheus::Histogram& mirror_seconds_;
  Counters& recon_runs_;
  Counters& recon_lines_;
  struct {
    Counters& entries;
    Counters& earnings;
    Counters& batches;
    Counters& batch_seconds;
    Counters& invitations;
  } referral_counts_;  // counted elsewhere, taken over at the scrape
  Counters& referral_payouts_;
  prometheus::Histogram& referral_payout_seconds_;
  Gauges& exposure_;
};

}  // namespace authd
