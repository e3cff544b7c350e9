// Referral: what the daemon does for referral besides its API: earnings are booked as the ledger
// grows, members are paid when their program's time of the day has come, and invitations are sent
// where a gateway is configured.
//
// Threads: those of EarningsWorker, PayoutClock and Sender. None of them is waited for by a
// decision. status and stop anywhere.

#pragma once

#include <memory>
#include <string>

#include "authd/config/config.h"
#include "authd/metrics/metrics.h"
#include "authd/referral/earnings/worker.h"
#include "authd/referral/invitations/sender.h"
#include "authd/referral/payout/payout_clock.h"
#include "authd/status/status.h"

namespace authd {

class Referral {
 public:
  // `config` has [referral] and [postgres]. `metrics` outlive it. The error is a sentence.
  static core::Result<std::unique_ptr<Referral>, std::string> start(const Config& config,
                                                                    Metrics& metrics);

  ReferralStatus status() const;

  // What is under way goes on after the next start where it stood.
  void stop();

 private:
  Referral(const Config& config, Metrics& metrics, std::unique_ptr<referral::Sender> sender);

  referral::EarningsWorker earnings_;
  referral::PayoutClock payouts_;
  std::unique_ptr<referral::Sender> sender_;  // nothing: no gateway is configured
};

}  // namespace authd
