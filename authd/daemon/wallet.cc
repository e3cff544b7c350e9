#include "authd/daemon/wallet.h"

#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include "authd/api/session.h"
#include "authd/daemon/postgres_options.h"
#include "authd/daemon/server_options.h"
#include "authd/daemon/tls_listener.h"
#include "authd/errors/describe.h"

namespace authd {

namespace {

std::optional<api::ReconciliationDesk> desk_of(const std::optional<recon::Suppliers>& suppliers,
                                               std::function<void()> wake) {
  if (!suppliers) return std::nullopt;
  return api::ReconciliationDesk{suppliers->spool, suppliers->file_bytes_max, std::move(wake)};
}

}  // namespace

Wallet::Wallet(const Config& config, Environment environment)
    : to_(std::move(environment)), apply_timeout_(config.api->apply_timeout) {
  const std::vector<api::Resource> resources =
      api::all_resources(desk_of(config.reconciliation, to_.wake_reconciliation));
  store::Pool::Options pool;
  pool.connection = connection_options(*config.postgres, "authd api");
  pool.connection.statement_timeout = config.api->statement_timeout;
  pool.connections_min = config.api->connections_min;
  pool.connections_max = config.api->connections_max;
  pool.acquire_timeout = config.api->acquire_timeout;
  pool.on_connect = api::session_preparer(resources, [this] { return to_.known_numbers.wait(); });
  pool.on_acquired = [this](std::chrono::microseconds waited) {
    to_.metrics.pool_acquired(waited);
  };
  pool_ = std::make_unique<store::Pool>(std::move(pool));

  api::ApiOptions options;
  options.body_bytes_max = config.api->body_bytes_max;
  options.answer_within = apply_timeout_;
  if (config.postgres->mirror) {
    options.applied = [this](std::uint64_t transaction, net::Clock::time_point deadline,
                             net::Mailbox& mailbox) {
      return to_.landmarks.mirrored(static_cast<std::uint32_t>(transaction), mailbox, deadline);
    };
  }
  options.reached = [this](std::uint64_t position, net::Clock::time_point deadline,
                           net::Mailbox& mailbox) {
    return to_.landmarks.reached(position, mailbox, deadline);
  };
  options.mover = [this](core::Command command, net::Clock::time_point deadline,
                         net::Mailbox& mailbox) {
    return move(std::move(command), deadline, mailbox);
  };
  options.answered = [this](std::string_view operation, int status, net::Clock::duration duration) {
    to_.metrics.api_answered(operation, status, duration);
  };
  options.refused = [this](net::Refusal refusal) { to_.metrics.refused(refusal); };
  service_ = std::make_unique<api::ApiService>(*pool_, resources, std::move(options));
}

Wallet::~Wallet() { stop(std::chrono::milliseconds(0)); }

core::Result<std::unique_ptr<Wallet>, std::string> Wallet::start(const Config& config,
                                                                 Environment environment) {
  auto wallet = std::unique_ptr<Wallet>(new Wallet(config, std::move(environment)));
  net::ServerOptions options = server_options(config.server, config.api->listen);
  AUTHD_TRY(tls, load_tls(config.api->tls, "api"));
  wallet->tls_ = tls;
  if (tls) options.handshake_time_max = config.api->tls->handshake_timeout;
  options.tls = tls;
  options.threads = static_cast<unsigned>(config.api->network_threads);
  options.connections_max = static_cast<std::size_t>(config.server.connections_max);
  options.connections_per_peer_max =
      static_cast<std::size_t>(config.server.connections_per_peer_max);
  auto server = net::Server::start(*wallet->service_, options);
  if (!server) {
    return core::Unexpected{fmt::format("api.listen {}:{}: {}", config.api->listen.address,
                                        config.api->listen.port, server.error().message())};
  }
  wallet->server_ = std::move(*server);
  return wallet;
}

void Wallet::stop(std::chrono::milliseconds grace) {
  if (server_) server_->stop(grace);
  pool_->stop(grace);
}

void Wallet::reload_certificates() { reload_tls(tls_.get(), "api"); }

void Wallet::watch() {
  const auto now = std::chrono::steady_clock::now();
  if (now < next_tidying_) return;
  next_tidying_ = now + std::chrono::hours(1);
  const auto asked = pool_->submit([](core::Result<store::Connection*, store::PgError> connection) {
    if (!connection) return;  // the next hour will do
    const auto tidied =
        (*connection)
            ->exec("DELETE FROM authd.idempotency WHERE created_at < now() - interval '24 hours'",
                   store::PgParams());
    if (!tidied) spdlog::warn("wallet API: old answers stay: {}", describe(tidied.error()));
  });
  if (!asked) next_tidying_ = now + std::chrono::minutes(1);
}

// The command's outcome, once the ledger has its record. The sequencer always finishes what it has
// taken; what may take long is the ledger.
net::Awaitable<core::Result<core::Moved, api::MoveFault>> Wallet::move(
    core::Command command, net::Clock::time_point deadline, net::Mailbox& mailbox) {
  Changes changes;
  changes.commands.push_back(std::move(command));
  const core::Reason taken = co_await durably(to_.sequencer, changes, mailbox);
  if (taken == core::Reason::storage) co_return core::Unexpected{api::MoveFault::storage};
  if (taken != core::Reason::approved) co_return core::Unexpected{api::MoveFault::overloaded};
  to_.hurry_drain();
  const bool is_in_ledger = co_await to_.landmarks.drained(changes.last, mailbox, deadline);
  if (!is_in_ledger) co_return core::Unexpected{api::MoveFault::not_in_ledger_yet};
  co_return std::get<core::Moved>(changes.outcomes.front());
}

}  // namespace authd
