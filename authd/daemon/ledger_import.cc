#include "authd/daemon/ledger_import.h"

#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include "authd/config/time_zones.h"
#include "authd/daemon/postgres_options.h"
#include "authd/daemon/wall_clock.h"
#include "authd/errors/describe.h"
#include "store/postgres/bootstrap.h"

namespace authd {

std::optional<core::Sequence> LedgerImport::operator()(const store::ImportRow& sink) {
  auto options = connection_options(*config_.postgres, "authd bootstrap");
  options.statement_timeout = std::chrono::minutes(30);  // it reads whole tables
  auto connection = store::Connection::connect(options);
  if (!connection) return fail(connection.error());
  std::uint64_t rows = 0;
  const store::BootstrapOptions bootstrap_options{
      .shard = static_cast<std::int32_t>(config_.state.shard), .now = wall_clock_now()};
  const auto complete = store::bootstrap(*connection, bootstrap_options, [&](const core::Row& row) {
    note_zones(row);
    sink(row);
    ++rows;
  });
  if (!complete) return fail(complete.error().postgres);
  for (const core::ZoneName& name : missing_zones_) {
    const auto zone = load_time_zone(name.view());
    if (!zone) {
      error_ =
          fmt::format("a limit is in time zone {}, which the system does not know", name.view());
      return std::nullopt;
    }
    sink(*zone);
  }
  spdlog::info("bootstrap rows={} complete_up_to={}", rows, complete->value);
  return *complete;
}

// Limits may have come into the ledger together with the names of their zones alone. Control sets
// come before zones.
void LedgerImport::note_zones(const core::Row& row) {
  if (const auto* const zone = std::get_if<core::TimeZone>(&row)) missing_zones_.erase(zone->name);
  const auto* const set = std::get_if<core::ControlSet>(&row);
  if (set == nullptr) return;
  for (const core::Control& control : set->controls) {
    const auto* const limit = std::get_if<core::Limit>(&control.check);
    if (limit != nullptr && !limit->window.zone.empty()) missing_zones_.insert(limit->window.zone);
  }
}

std::optional<core::Sequence> LedgerImport::fail(const store::PgError& error) {
  error_ = describe(error);
  return std::nullopt;
}

}  // namespace authd
