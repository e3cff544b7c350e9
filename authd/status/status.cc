#include "authd/status/status.h"

#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

namespace authd {

namespace {

namespace json = boost::json;

json::array why_not(const Status& status) {
  json::array why;
  for (const std::string& reason : status.not_ready) why.emplace_back(reason);
  return why;
}

json::object drain_json(const LedgerStatus& drain) {
  return {{"state", drain.state},
          {"drained_sequence", drain.drained.value},
          {"lag_records", drain.lag_records},
          {"lag_s", drain.lag.count()},
          {"last_error", drain.last_error}};
}

json::object mirror_json(const Status& status) {
  const store::MirrorStatus& mirror = *status.mirror;
  return {{"state", name(mirror.state)},    {"age_us", status.mirror_age.count()},
          {"position", mirror.reached},     {"transactions", mirror.transactions},
          {"refused", mirror.refused},      {"compared_for", name(mirror.compared_for)},
          {"last_error", mirror.last_error}};
}

json::object reconciliation_json(const recon::RunnerStatus& runner) {
  return {
      {"running", runner.running}, {"queued", runner.queued}, {"last_error", runner.last_error}};
}

json::object earnings_json(const referral::EarningsStatus& earnings) {
  return {{"entries", earnings.entries},
          {"earnings", earnings.earnings},
          {"lag_records", earnings.lag_records},
          {"duty_percent", earnings.duty_percent},
          {"last_error", earnings.last_error}};
}

json::object payouts_json(const referral::PayoutClockStatus& payouts) {
  json::object last;
  for (const auto& [program, finished] : payouts.last_finished) {
    last[program] = json::object{{"day", referral::day_text(finished.day)},
                                 {"paid", finished.paid},
                                 {"paid_minor", finished.paid_minor},
                                 {"failed", finished.failed},
                                 {"carried", finished.carried},
                                 {"carried_minor", finished.carried_minor}};
  }
  json::value running;
  if (payouts.running) {
    running = {{"program", payouts.running->program},
               {"day", referral::day_text(payouts.running->day)},
               {"paid", payouts.running->paid},
               {"of", payouts.running->of}};
  }
  return {{"last", std::move(last)},
          {"running", std::move(running)},
          {"last_error", payouts.last_error}};
}

json::value invitations_json(const std::optional<referral::SenderStatus>& sender) {
  if (!sender) return nullptr;
  json::value since;
  if (sender->since_success) since = sender->since_success->count();
  return {{"sent", sender->sent},
          {"failed", sender->failed},
          {"retried", sender->retried},
          {"queued", sender->queued},
          {"since_success_s", std::move(since)},
          {"last_error", sender->last_error}};
}

json::object referral_json(const ReferralStatus& referral) {
  return {{"earnings", earnings_json(referral.earnings)},
          {"payouts", payouts_json(referral.payouts)},
          {"invitations", invitations_json(referral.invitations)}};
}

json::object certificates_json(const Status& status) {
  json::object expiries;
  for (const CertificateStatus& certificate : status.certificates) {
    expiries[certificate.listener] = json::object{{"expires_at", certificate.expires_at_unix_s}};
  }
  return expiries;
}

json::array exposure_json(const Status& status) {
  json::array entries;
  for (const auto& entry : status.exposure) {
    entries.push_back(json::object{{"program", entry.program.view()},
                                   {"currency", entry.currency.alpha()},
                                   {"amount_minor", entry.minor_units}});
  }
  return entries;
}

}  // namespace

std::string to_json(const Status& status) {
  json::object object{{"version", status.version},
                      {"shard", status.shard},
                      {"uptime_s", status.uptime.count()},
                      {"ready", status.not_ready.empty()},
                      {"why_not", why_not(status)},
                      {"journaled_sequence", status.journaled.value},
                      {"applied_sequence", status.applied.value},
                      {"journal_segments", status.journal_segments},
                      {"queue_depth", status.queue_depth},
                      {"overlay_rows", status.overlay_rows},
                      {"overlay_rows_max", status.overlay_rows_max},
                      {"checkpoints", status.checkpoints},
                      {"checkpoint_failures", status.checkpoint_failures},
                      {"checkpoint_error", status.checkpoint_error},
                      {"checkpoint_us", status.checkpoint_duration.count()},
                      {"map_used_percent", status.map_used_percent},
                      {"disk_used_percent", status.disk_used_percent},
                      {"connections", status.connections},
                      {"certificates", certificates_json(status)},
                      {"exposure", exposure_json(status)}};
  object["drain"] = status.drain ? json::value(drain_json(*status.drain)) : json::value(nullptr);
  object["mirror"] = status.mirror ? json::value(mirror_json(status)) : json::value(nullptr);
  if (status.reconciliation) object["reconciliation"] = reconciliation_json(*status.reconciliation);
  if (status.referral) object["referral"] = referral_json(*status.referral);
  return json::serialize(object);
}

std::string readiness_json(const Status& status) {
  return json::serialize(
      json::object{{"ready", status.not_ready.empty()}, {"why", why_not(status)}});
}

}  // namespace authd
