// What Metrics shows of each part of the daemon that is not always there.

#include "authd/metrics/metrics.h"
#include "authd/metrics/units.h"

namespace authd {

void Metrics::expose_mirror(const store::MirrorStatus& mirror, std::chrono::microseconds age) {
  gauge("authd_mirror_following", "1 when changes made in PostgreSQL reach the state")
      .Set(mirror.state == store::MirrorState::following ? 1 : 0);
  gauge("authd_mirror_age_seconds", "Since the state was known to be as PostgreSQL is")
      .Set(seconds(age));
  gauge("authd_mirror_transactions", "Applied since the start").Set(as_double(mirror.transactions));
  gauge("authd_mirror_refused", "Rows that the state did not take since the start")
      .Set(as_double(mirror.refused));
  auto& comparisons = prometheus::BuildGauge()
                          .Name("authd_mirror_comparisons")
                          .Help("Of everything with everything since the start, by reason")
                          .Register(registry_);
  for (std::size_t i = 1; i < mirror.comparisons.size(); ++i) {
    const auto reason = static_cast<store::CompareReason>(i);
    comparisons.Add({{"reason", std::string(name(reason))}})
        .Set(as_double(mirror.comparisons.at(i)));
  }
}

void Metrics::expose_audit(const AuditStatus& audit) {
  auto& audits = prometheus::BuildGauge()
                     .Name("authd_audits")
                     .Help("Comparisons of the state with the ledger since the start, by result")
                     .Register(registry_);
  audits.Add({{"result", "clean"}}).Set(as_double(audit.clean));
  audits.Add({{"result", "different"}}).Set(as_double(audit.different));
  audits.Add({{"result", "failed"}}).Set(as_double(audit.failed));
  gauge("authd_audit_differences", "Of the last one with a result")
      .Set(as_double(audit.differences));
  gauge("authd_audit_seconds", "Its duration").Set(seconds(audit.duration));
  const double last =
      audit.last_clean_at ? static_cast<double>(audit.last_clean_at->unix_us) / 1e6 : 0;
  gauge("authd_audit_last_clean_timestamp_seconds", "When one last found nothing; 0: not yet")
      .Set(last);
}

void Metrics::expose_pool(const store::Pool::Status& pool) {
  gauge("authd_pool_connections", "Of the wallet API to PostgreSQL, open")
      .Set(as_double(pool.open));
  gauge("authd_pool_busy", "Of them at work").Set(as_double(pool.busy));
  gauge("authd_pool_queued", "Requests that wait for one").Set(as_double(pool.queued));
  gauge("authd_pool_timeouts", "Requests that waited in vain since the start")
      .Set(as_double(pool.timeouts));
  gauge("authd_pool_connect_failures", "Since the start").Set(as_double(pool.connect_failures));
  gauge("authd_pool_lost", "Connections that broke since the start").Set(as_double(pool.lost));
}

void Metrics::expose_reconciliation(const recon::RunnerStatus& runner) {
  gauge("authd_recon_running", "Runs of reconciliation under way here")
      .Set(as_double(runner.running));
  gauge("authd_recon_queued", "Runs that wait").Set(as_double(runner.queued));
  auto& last = prometheus::BuildGauge()
                   .Name("authd_recon_last_success_timestamp_seconds")
                   .Help("When a supplier's file was last reconciled")
                   .Register(registry_);
  for (const auto& [supplier, at] : runner.last_done) {
    last.Add({{"supplier", supplier}}).Set(static_cast<double>(at.unix_us) / 1e6);
  }
}

// A counter that is counted elsewhere.
void Metrics::raise(prometheus::Counter& counter, double to) {
  if (to > counter.Value()) counter.Increment(to - counter.Value());
}

void Metrics::expose_referral(const ReferralStatus& referral) {
  const referral::EarningsStatus& earnings = referral.earnings;
  raise(referral_counts_.entries.Add({}), as_double(earnings.entries));
  raise(referral_counts_.earnings.Add({}), as_double(earnings.earnings));
  raise(referral_counts_.batches.Add({}), as_double(earnings.batches));
  raise(referral_counts_.batch_seconds.Add({}), seconds(earnings.working));
  gauge("authd_referral_lag_records", "Records of the ledger that were not yet earned from")
      .Set(static_cast<double>(earnings.lag_records));
  gauge("authd_referral_duty_ratio",
        "Of the time, how much is worked on what was not yet earned from")
      .Set(earnings.duty_percent / 100.0);
  auto& working = prometheus::BuildGauge()
                      .Name("authd_referral_working")
                      .Help("1 when nothing was wrong at the last look")
                      .Register(registry_);
  working.Add({{"part", "earnings"}}).Set(earnings.last_error.empty() ? 1 : 0);
  working.Add({{"part", "payouts"}}).Set(referral.payouts.last_error.empty() ? 1 : 0);
  if (referral.invitations) {
    working.Add({{"part", "invitations"}}).Set(referral.invitations->last_error.empty() ? 1 : 0);
    expose_invitations(*referral.invitations);
  }
  auto& last = prometheus::BuildGauge()
                   .Name("authd_referral_payout_day_timestamp_seconds")
                   .Help("Beginning (UTC) of the last day whose payout is finished")
                   .Register(registry_);
  for (const auto& [program, finished] : referral.payouts.last_finished) {
    last.Add({{"program", program}})
        .Set(static_cast<double>(finished.day.days) * static_cast<double>(core::s_per_day));
  }
}

void Metrics::expose_invitations(const referral::SenderStatus& sender) {
  Counters& results = referral_counts_.invitations;
  raise(results.Add({{"result", "sent"}}), as_double(sender.sent));
  raise(results.Add({{"result", "failed"}}), as_double(sender.failed));
  raise(results.Add({{"result", "retried"}}), as_double(sender.retried));
  gauge("authd_referral_invitations_queued", "Invitations that wait or are under way")
      .Set(static_cast<double>(sender.queued));
  if (!sender.since_success) return;
  gauge("authd_referral_gateway_success_age_seconds", "Since the gateway last took a message")
      .Set(seconds(*sender.since_success));
}

}  // namespace authd
