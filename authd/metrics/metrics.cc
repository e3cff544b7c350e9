#include "authd/metrics/metrics.h"

#include <prometheus/text_serializer.h>

#include <algorithm>

#include "authd/explain/words.h"
#include "authd/metrics/units.h"

namespace authd {

namespace {

// Seconds. Ten steps from 0.1 to 1 ms, ten to 10 ms, ten to 100 ms, then what should never be.
std::vector<double> latency_bounds() {
  std::vector<double> bounds;
  for (const double decade : {1e-4, 1e-3, 1e-2}) {
    for (int step = 1; step <= 9; ++step) bounds.push_back(decade * step);
  }
  for (const double bound : {0.1, 0.25, 0.5, 1.0, 3.0}) bounds.push_back(bound);
  return bounds;
}

std::vector<double> flush_bounds() {
  return {5e-5, 1e-4, 1.5e-4, 2e-4, 3e-4, 5e-4, 7.5e-4, 1e-3,
          2e-3, 5e-3, 1e-2,   2e-2, 5e-2, 0.1,  0.5,    1.0};
}

std::vector<double> payout_bounds() { return {0.1, 0.5, 1, 5, 10, 30, 60, 300, 1'800, 7'200}; }

std::vector<double> batch_bounds() { return {0, 1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024}; }

}  // namespace

std::string_view name(ProcessorRoute route) noexcept {
  switch (route) {
    case ProcessorRoute::other: return "other";
    case ProcessorRoute::authorizations: return "authorizations";
    case ProcessorRoute::events: return "events";
  }
  return "other";
}

Metrics::Metrics(const std::vector<core::ProgramId>& programs)
    : shadow_declines_(counters("authd_shadow_declines_total",
                                "Requests that a control in shadow mode would have declined")),
      bookings_(counters("authd_bookings_total",
                         "Money moved by what cannot be declined, by what was special about it")),
      api_requests_(counters("authd_api_requests_total",
                             "Answers of the wallet API, by operation and status")),
      api_seconds_(prometheus::BuildHistogram()
                       .Name("authd_api_seconds")
                       .Help("From the first byte of a wallet API request to its answer made")
                       .Register(registry_)),
      expiry_steps_(counters("authd_expiry_steps_total",
                             "Authorizations looked at because their time was over")
                        .Add({})),
      unauthenticated_(
          counters("authd_unauthenticated_total",
                   "Requests of processors that were not believed, by what was wrong")),
      flush_seconds_(histogram("authd_journal_flush_seconds",
                               "One write and fdatasync of the journal", flush_bounds())),
      batch_records_(
          histogram("authd_journal_batch_records", "Records under one flush", batch_bounds())),
      journal_bytes_(counters("authd_journal_bytes_total", "Bytes written to the journal").Add({})),
      pool_wait_seconds_(histogram("authd_pool_wait_seconds",
                                   "How long the wallet API waited for a connection to PostgreSQL",
                                   latency_bounds())),
      mirror_seconds_(histogram("authd_mirror_seconds",
                                "From a commit in PostgreSQL to its changes applied and journaled",
                                latency_bounds())),
      recon_runs_(counters("authd_recon_runs_total",
                           "Runs of reconciliation that ended here, by what became of them")),
      recon_lines_(counters("authd_recon_lines_total", "Lines of suppliers' files in them")),
      referral_counts_{
          counters("authd_referral_entries_total",
                   "Entries of the ledger, of members who were invited, that were looked at"),
          counters("authd_referral_earnings_total",
                   "Earnings written, what is taken back included"),
          counters("authd_referral_batches_total", "Transactions that wrote them"),
          counters("authd_referral_batch_seconds_total", "What those took"),
          counters("authd_referral_invitations_total",
                   "Attempts to send an invitation, by result")},
      referral_payouts_(counters("authd_referral_payouts_total",
                                 "Members who were to be paid, by what became of it")),
      referral_payout_seconds_(histogram("authd_referral_payout_seconds",
                                         "A day's payout of a program", payout_bounds())),
      exposure_(
          prometheus::BuildGauge()
              .Name("authd_exposure_minor_units")
              .Help("Approved money, in minor units, whose records PostgreSQL has not confirmed")
              .Register(registry_)) {
  Counters& decisions =
      counters("authd_decisions_total", "Answers to authorizations, repetitions not counted");
  Counters& repeated =
      counters("authd_repeated_messages_total", "Messages answered again from the stored outcome");
  Counters& bad_requests =
      counters("authd_bad_requests_total", "Authenticated requests that could not be understood");
  Counters& events =
      counters("authd_events_total", "What processors have told, by what became of it");
  for (const core::ProgramId& program : programs) {
    const std::string id(program.view());
    ProgramCounters of_program;
    for (const core::Reason reason : core::all_reasons()) {
      const char* const outcome = reason == core::Reason::approved ? "approved" : "declined";
      of_program.decisions[reason] = &decisions.Add(
          {{"program", id}, {"outcome", outcome}, {"reason", std::string(name(reason))}});
    }
    of_program.repeated = &repeated.Add({{"program", id}});
    using Origin = core::Booking::Origin;
    for (const Origin origin :
         {Origin::booked, Origin::repeated, Origin::refused, Origin::nothing}) {
      of_program.events[origin] =
          &events.Add({{"program", id}, {"outcome", std::string(explain::name(origin))}});
    }
    of_program.events_not_taken = &events.Add({{"program", id}, {"outcome", "not_taken"}});
    of_program.bad_requests = &bad_requests.Add({{"program", id}});
    programs_.push_back(std::move(of_program));
  }
  auto& answer_seconds =
      prometheus::BuildHistogram()
          .Name("authd_answer_seconds")
          .Help("From the first byte of a processor's request to its answer written")
          .Register(registry_);
  for (std::size_t i = 0; i < processor_routes; ++i) {
    const std::string route(name(static_cast<ProcessorRoute>(i)));
    answer_seconds_.at(i) = &answer_seconds.Add({{"endpoint", route}}, latency_bounds());
  }
  Counters& refusals =
      counters("authd_http_refused_total",
               "Requests and connections turned away by the header gate and the limits");
  for (std::uint8_t i = 1; i <= net::refusal_max; ++i) {
    refusals_.at(i) = &refusals.Add({{"reason", std::string(name(static_cast<net::Refusal>(i)))}});
  }
}

Metrics::Counters& Metrics::counters(const char* name, const char* help) {
  return prometheus::BuildCounter().Name(name).Help(help).Register(registry_);
}

prometheus::Gauge& Metrics::gauge(const char* name, const char* help) {
  return prometheus::BuildGauge().Name(name).Help(help).Register(registry_).Add({});
}

prometheus::Histogram& Metrics::histogram(const char* name, const char* help,
                                          std::vector<double> bounds) {
  return prometheus::BuildHistogram().Name(name).Help(help).Register(registry_).Add(
      {}, std::move(bounds));
}

void Metrics::answered(std::size_t program, const core::Answer& answer) {
  const ProgramCounters& counters = programs_[program];
  if (answer.origin == core::Answer::Origin::repeated) return counters.repeated->Increment();
  counters.decisions.at(answer.decision.reason)->Increment();
}

void Metrics::shed(std::size_t program, core::Reason reason) {
  programs_[program].decisions.at(reason)->Increment();
}

// There may be a control for every card, and a series for each would be too many: only those of
// programs are told apart.
void Metrics::shadow_declined(const core::ProgramId& program, const core::Finding& finding) {
  const bool is_of_program = finding.level == core::Level::program;
  shadow_declines_
      .Add({{"program", std::string(program.view())},
            {"level", std::string(name(finding.level))},
            {"check", std::string(name(finding.check))},
            {"control", is_of_program ? std::to_string(finding.control.value) : ""}})
      .Increment();
}

void Metrics::booked(const core::ProgramId& program, const core::Booking& booking) {
  const auto count = [&](bool applies, const char* what) {
    if (!applies) return;
    bookings_.Add({{"program", std::string(program.view())}, {"what", what}}).Increment();
  };
  count(true, "all");
  count(booking.unasked, "unasked");
  count(booking.over_captured, "over_captured");
  count(booking.late, "late");
  count(booking.ghost, "ghost");
  count(booking.below_zero, "below_zero");
}

void Metrics::expired(std::size_t steps) {
  if (steps > 0) expiry_steps_.Increment(as_double(steps));
}

void Metrics::bad_request(std::size_t program) { programs_[program].bad_requests->Increment(); }

void Metrics::event(std::size_t program, core::Booking::Origin origin) {
  programs_[program].events.at(origin)->Increment();
}

void Metrics::events_not_taken(std::size_t program, std::size_t count) {
  programs_[program].events_not_taken->Increment(as_double(count));
}

void Metrics::unauthenticated(std::string_view program, ProcessorRoute route,
                              const processors::AuthenticationError& error) {
  unauthenticated_
      .Add({{"program", std::string(program)},
            {"endpoint", std::string(name(route))},
            {"scheme", std::string(error.scheme)},
            {"fault", std::string(name(error.fault))}})
      .Increment();
}

void Metrics::unknown_program(ProcessorRoute route) {
  unauthenticated_
      .Add({{"program", ""},
            {"endpoint", std::string(name(route))},
            {"scheme", ""},
            {"fault", "unknown_program"}})
      .Increment();
}

void Metrics::refused(net::Refusal refusal) noexcept {
  refusals_[static_cast<std::size_t>(refusal)]->Increment();
}

void Metrics::http_answered(ProcessorRoute route,
                            std::chrono::steady_clock::duration first_byte_to_written) noexcept {
  answer_seconds_[static_cast<std::size_t>(route)]->Observe(seconds(first_byte_to_written));
}

void Metrics::flushed(std::chrono::nanoseconds duration, std::uint64_t records,
                      std::uint64_t bytes) {
  flush_seconds_.Observe(seconds(duration));
  batch_records_.Observe(as_double(records));
  journal_bytes_.Increment(as_double(bytes));
}

void Metrics::api_answered(std::string_view operation, int status,
                           std::chrono::steady_clock::duration duration) {
  const std::string name(operation.empty() ? "none" : operation);
  api_requests_.Add({{"operation", name}, {"status", std::to_string(status)}}).Increment();
  api_seconds_.Add({{"operation", name}}, latency_bounds()).Observe(seconds(duration));
}

// Programs of the ledger with referral: as many as the issuer has.
void Metrics::referral_paid(const std::string& program, referral::PayOutcome outcome) {
  referral_payouts_.Add({{"program", program}, {"outcome", std::string(referral::name(outcome))}})
      .Increment();
}

void Metrics::referral_day_finished(std::chrono::milliseconds took) noexcept {
  referral_payout_seconds_.Observe(seconds(took));
}

void Metrics::mirrored(std::chrono::microseconds duration) noexcept {
  mirror_seconds_.Observe(seconds(duration));
}

void Metrics::reconciled(const std::string& supplier, std::string_view state, std::uint64_t lines) {
  recon_runs_.Add({{"supplier", supplier}, {"state", std::string(state)}}).Increment();
  recon_lines_.Add({{"supplier", supplier}}).Increment(as_double(lines));
}

void Metrics::pool_acquired(std::chrono::microseconds waited) noexcept {
  pool_wait_seconds_.Observe(seconds(waited));
}

// The registry returns the existing family and gauge when the same name is built again.
std::string Metrics::expose(const Status& status) {
  gauge("authd_ready", "1 when new authorizations may be sent here")
      .Set(status.not_ready.empty() ? 1 : 0);
  gauge("authd_uptime_seconds", "Since the start")
      .Set(as_double(static_cast<std::uint64_t>(status.uptime.count())));
  gauge("authd_queue_depth", "Requests waiting for a decision or its flush")
      .Set(as_double(status.queue_depth));
  gauge("authd_overlay_rows", "Rows in memory that the snapshot does not hold yet")
      .Set(as_double(status.overlay_rows));
  gauge("authd_journaled_sequence", "Last durable record").Set(as_double(status.journaled.value));
  gauge("authd_journal_segments", "Segment files on disk").Set(as_double(status.journal_segments));
  gauge("authd_checkpoint_lag_records", "Records that the snapshot does not hold yet")
      .Set(as_double(status.journaled.value -
                     std::min(status.journaled.value, status.applied.value)));
  gauge("authd_checkpoints", "Checkpoints since the start").Set(as_double(status.checkpoints));
  gauge("authd_checkpoint_failures", "Failed checkpoints since the start")
      .Set(as_double(status.checkpoint_failures));
  gauge("authd_checkpoint_seconds", "Duration of the last checkpoint")
      .Set(seconds(status.checkpoint_duration));
  gauge("authd_snapshot_map_used_percent", "Of the snapshot's map size")
      .Set(status.map_used_percent);
  gauge("authd_disk_used_percent", "Of the state directory's file system")
      .Set(status.disk_used_percent);
  gauge("authd_connections", "Open connections of processors").Set(as_double(status.connections));
  if (status.drain) {
    gauge("authd_drain_running", "1 when the drain is connected and working")
        .Set(status.drain->state == "draining" ? 1 : 0);
    gauge("authd_drain_lag_records", "Durable records that PostgreSQL has not confirmed")
        .Set(as_double(status.drain->lag_records));
    gauge("authd_drain_lag_seconds", "Age of the oldest of them")
        .Set(as_double(static_cast<std::uint64_t>(status.drain->lag.count())));
  }
  if (status.mirror) expose_mirror(*status.mirror, status.mirror_age);
  if (status.pool) expose_pool(*status.pool);
  if (status.audit) expose_audit(*status.audit);
  if (status.reconciliation) expose_reconciliation(*status.reconciliation);
  if (status.referral) expose_referral(*status.referral);
  auto& expiries = prometheus::BuildGauge()
                       .Name("authd_certificate_expiry_timestamp_seconds")
                       .Help("When the certificate of a listener expires")
                       .Register(registry_);
  for (const CertificateStatus& certificate : status.certificates) {
    expiries.Add({{"listener", certificate.listener}})
        .Set(static_cast<double>(certificate.expires_at_unix_s));
  }
  for (const auto& entry : status.exposure) {
    exposure_
        .Add({{"program", std::string(entry.program.view())},
              {"currency", std::string(entry.currency.alpha())}})
        .Set(static_cast<double>(entry.minor_units));
  }
  return prometheus::TextSerializer().Serialize(registry_.Collect());
}

}  // namespace authd
