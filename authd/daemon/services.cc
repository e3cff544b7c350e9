#include "authd/daemon/services.h"

#include <spdlog/spdlog.h>

#include <utility>

#include "authd/daemon/tls_listener.h"

namespace authd {

core::Result<std::unique_ptr<Services>, std::string> Services::start(const Config& config,
                                                                     Environment to) {
  auto services = std::unique_ptr<Services>(new Services);
  if (config.reconciliation) {
    services->reconciliation_ = std::make_unique<Reconciliation>(config, to.metrics);
  }
  if (config.referral) {
    AUTHD_TRY(referral, Referral::start(config, to.metrics));
    services->referral_ = std::move(referral);
  }
  if (!config.api) return services;
  AUTHD_TRY(wallet, Wallet::start(config, {to.sequencer, to.landmarks, to.known_numbers, to.metrics,
                                           std::move(to.hurry_drain),
                                           [recon = services->reconciliation_.get()] {
                                             if (recon != nullptr) recon->wake();
                                           }}));
  services->wallet_ = std::move(wallet);
  spdlog::info("wallet API {}:{}", config.api->listen.address, services->wallet_->port());
  return services;
}

void Services::add_to(Status& status) const {
  if (reconciliation_) status.reconciliation = reconciliation_->status();
  if (referral_) status.referral = referral_->status();
  if (!wallet_) return;
  status.pool = wallet_->pool();
  add_certificate(status, "api", wallet_->tls());
}

void Services::watch() {
  if (wallet_) wallet_->watch();
}

void Services::reload_certificates() {
  if (wallet_) wallet_->reload_certificates();
}

void Services::stop(std::chrono::milliseconds grace) {
  if (wallet_) wallet_->stop(grace);
  if (referral_) referral_->stop();
  if (reconciliation_) reconciliation_->stop();
}

}  // namespace authd
