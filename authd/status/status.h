// Status: how the daemon is, in numbers, at one moment: the source of /readyz, /status and the
// gauges of /metrics.

#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "authd/audit/auditor.h"
#include "authd/recon/engine/runner.h"
#include "authd/referral/earnings/worker.h"
#include "authd/referral/invitations/sender.h"
#include "authd/referral/payout/payout_clock.h"
#include "core/identifiers.h"
#include "store/mirror/mirror_status.h"
#include "store/postgres/exposure.h"
#include "store/postgres/pool.h"

namespace authd {

// The drain into the ledger.
struct LedgerStatus {
  std::string state;     // "draining", "connecting", "deposed", …
  bool failing = false;  // stopped for good: an operator has to act
  core::Sequence drained;
  std::uint64_t lag_records = 0;
  std::chrono::seconds lag{};
  std::string last_error;
};

// Of a listener that encrypts.
struct CertificateStatus {
  std::string listener;  // "server", "api"
  std::int64_t expires_at_unix_s = 0;
};

// What referral does in this daemon.
struct ReferralStatus {
  referral::EarningsStatus earnings;
  referral::PayoutClockStatus payouts;
  std::optional<referral::SenderStatus> invitations;  // nothing: no gateway is configured
};

struct Status {
  std::string version;
  std::uint32_t shard = 0;
  std::chrono::seconds uptime{};
  core::Sequence journaled;  // durable
  core::Sequence applied;    // in the snapshot
  std::uint64_t journal_segments = 0;
  std::size_t queue_depth = 0;
  std::size_t overlay_rows = 0;
  std::size_t overlay_rows_max = 0;
  std::uint64_t checkpoints = 0;
  std::uint64_t checkpoint_failures = 0;
  std::string checkpoint_error;  // empty: none
  std::chrono::microseconds checkpoint_duration{};
  unsigned map_used_percent = 0;
  unsigned disk_used_percent = 0;
  unsigned disk_used_percent_max = 0;
  std::size_t connections = 0;
  std::optional<LedgerStatus> drain;          // nothing: no PostgreSQL is configured
  std::optional<store::MirrorStatus> mirror;  // nothing: there is none
  std::chrono::microseconds mirror_age{};     // since the state was known to be as PostgreSQL is
  std::optional<store::Pool::Status> pool;    // of the wallet API; nothing: there is none
  std::optional<AuditStatus> audit;           // nothing: there is no ledger
  std::optional<recon::RunnerStatus> reconciliation;  // nothing: none is configured
  std::optional<ReferralStatus> referral;             // likewise
  std::vector<CertificateStatus> certificates;
  std::vector<store::Exposure::Entry> exposure;

  // Why no new authorizations should be sent here; empty when ready.
  std::vector<std::string> not_ready;
};

// The JSON object of /status.
std::string to_json(const Status& status);

// The JSON object of /readyz: {"ready":false,"why":["…"]}.
std::string readiness_json(const Status& status);

}  // namespace authd
