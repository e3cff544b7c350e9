#include "authd/api/authenticator.h"

#include "authd/api/with_connection.h"

namespace authd::api {

namespace {

core::Timestamp wall_clock() {
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  return {std::chrono::duration_cast<std::chrono::microseconds>(now).count()};
}

Problem unauthenticated() {
  return {Problem::Kind::unauthenticated,
          "Send a key that is neither expired nor revoked as Authorization: Bearer authd_…"};
}

Caller caller_with(const StoredKey& key) {
  Caller caller{key.id, key.prefix, key.program, {}};
  for (const std::string& text : key.scopes) {
    // A scope of a later version means nothing here.
    if (const auto scope = scope_named(text)) caller.scopes.add(*scope);
  }
  return caller;
}

}  // namespace

net::Awaitable<core::Result<Caller, Problem>> Authenticator::caller_of(
    const net::HttpRequest& request) {
  const auto authorization = request.head.field("Authorization");
  const auto text = authorization ? bearer_key(*authorization) : std::nullopt;
  const auto prefix = text ? prefix_of(*text) : std::nullopt;
  if (!prefix) co_return core::Unexpected{unauthenticated()};

  Key key = recall(std::string(*prefix));
  if (!key) {
    const auto found = co_await with_connection(
        pool_, request.mailbox,
        [prefix](store::Connection& connection) { return find_key(connection, *prefix); });
    if (!found) co_return core::Unexpected{Problem(found.error())};
    if (!*found) co_return core::Unexpected{unauthenticated()};
    key = std::make_shared<const StoredKey>(**found);
    remember(key);
  }
  const bool accepted = same_digest(sha256(*text), key->digest) && key->is_active(wall_clock());
  if (!accepted) co_return core::Unexpected{unauthenticated()};
  note_use_of(*key);
  co_return caller_with(*key);
}

Authenticator::Key Authenticator::recall(const std::string& prefix) {
  const std::lock_guard lock(mutex_);
  const auto found = known_.find(prefix);
  if (found == known_.end()) return nullptr;
  if (net::Clock::now() - found->second.found_at >= age_max_) return nullptr;
  return found->second.key;
}

void Authenticator::remember(Key key) {
  const std::lock_guard lock(mutex_);
  if (known_.size() >= known_max) known_.clear();  // more keys than that are in use nowhere
  Known& known = known_[key->prefix];
  known.key = std::move(key);
  known.found_at = net::Clock::now();
}

// Behind the request's back: its answer neither waits for it nor depends on it.
void Authenticator::note_use_of(const StoredKey& key) {
  const auto now = net::Clock::now();
  {
    const std::lock_guard lock(mutex_);
    const auto found = known_.find(key.prefix);
    if (found == known_.end()) return;
    Known& known = found->second;
    if (known.use_noted_at != net::Clock::time_point{} && now - known.use_noted_at < note_every) {
      return;
    }
    known.use_noted_at = now;
  }
  const auto submitted =
      pool_.submit([id = key.id](const core::Result<store::Connection*, store::PgError>& given) {
        // Once more in a minute if it failed.
        if (given) static_cast<void>(note_use(**given, id).has_value());
      });
  static_cast<void>(submitted.has_value());
}

}  // namespace authd::api
