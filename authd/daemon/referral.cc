#include "authd/daemon/referral.h"

#include <spdlog/spdlog.h>

#include "authd/daemon/postgres_options.h"

namespace authd {

namespace {

referral::EarningsWorker::Options earnings_options(const Config& config) {
  referral::EarningsWorker::Options options;
  options.connection = connection_options(*config.postgres, "authd referral earnings");
  options.batch_entries = config.referral->batch_entries;
  options.look_every = config.referral->look_every;
  options.duty_percent = config.referral->duty_percent;
  return options;
}

void log_finished(const referral::PayoutReport& report, std::chrono::milliseconds took) {
  const auto level = report.failed > 0 ? spdlog::level::warn : spdlog::level::info;
  spdlog::log(level,
              "referral: payout of {} for {}: paid={} minor={} failed={} carried={} currency={} "
              "ms={}",
              referral::day_text(report.day), report.program, report.paid, report.paid_minor,
              report.failed, report.carried, report.currency, took.count());
}

referral::PayoutClock::Options payout_options(const Config& config, Metrics& metrics) {
  referral::PayoutClock::Options options;
  options.payout.connection = connection_options(*config.postgres, "authd referral payout");
  options.payout.at_once = config.referral->payouts_at_once;
  options.on_outcome = [&metrics](const std::string& program, referral::PayOutcome outcome) {
    metrics.referral_paid(program, outcome);
  };
  options.on_finished = [&metrics](const referral::PayoutReport& report,
                                   std::chrono::milliseconds took) {
    metrics.referral_day_finished(took);
    log_finished(report, took);
  };
  return options;
}

}  // namespace

core::Result<std::unique_ptr<Referral>, std::string> Referral::start(const Config& config,
                                                                     Metrics& metrics) {
  std::unique_ptr<referral::Sender> sender;
  if (config.referral->gateway) {
    referral::Sender::Options options;
    options.gateway = *config.referral->gateway;
    options.connection = connection_options(*config.postgres, "authd referral invitations");
    auto started = referral::Sender::start(std::move(options));
    if (!started) return core::Unexpected{"referral.gateway: " + started.error()};
    sender = std::move(*started);
  }
  return std::unique_ptr<Referral>(new Referral(config, metrics, std::move(sender)));
}

Referral::Referral(const Config& config, Metrics& metrics, std::unique_ptr<referral::Sender> sender)
    : earnings_(earnings_options(config)),
      payouts_(payout_options(config, metrics)),
      sender_(std::move(sender)) {}

ReferralStatus Referral::status() const {
  ReferralStatus status{earnings_.status(), payouts_.status(), {}};
  if (sender_) status.invitations = sender_->status();
  return status;
}

void Referral::stop() {
  if (sender_) sender_->stop();
  payouts_.stop();
  earnings_.stop();
}

}  // namespace authd
