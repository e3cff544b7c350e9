// The table authd.api_key: keys are made, listed and revoked by operators (`authd key`), and looked
// up for every caller that was not seen for a few seconds.
//
// At most two keys of a program and name are active, so that one can be replaced by the other
// without a gap, and a third shows that somebody forgot to revoke.

#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "authd/api/api_key.h"
#include "authd/api/scope.h"
#include "store/postgres/connection.h"

namespace authd::api {

struct StoredKey {
  std::int64_t id = 0;
  std::string program;  // empty: every program
  std::string name;
  std::string prefix;
  std::vector<std::string> scopes;
  std::string created_by;
  core::Timestamp created_at;
  std::optional<core::Timestamp> expires_at;
  std::optional<core::Timestamp> revoked_at;
  std::optional<core::Timestamp> last_used_at;
  Digest digest{};

  bool is_active(core::Timestamp now) const noexcept {
    return !revoked_at && (!expires_at || now < *expires_at);
  }
};

struct NewKey {
  std::string program;  // 1 to 32 visible ASCII characters; empty: every program
  std::string name;     // 1 to 64 characters
  std::vector<Scope> scopes;
  std::string created_by;  // 1 or more characters: who asked for it
  std::optional<core::Timestamp> expires_at;
};

struct KeyError {
  enum class Code : std::uint8_t {
    postgres = 1,  // see `postgres`
    too_many = 2,  // two keys of this program and name are active
    unknown = 3,   // no key has this prefix
  };
  Code code;
  store::PgError postgres{};
};

inline constexpr std::int64_t active_keys_max = 2;

// The key itself is in `key` of the answer and nowhere else.
core::Result<NewSecret, KeyError> create_key(store::Connection& connection, const NewKey& wanted);

// A key that is revoked already stays as it is. Callers are refused within authentication_age_max.
core::Result<void, KeyError> revoke_key(store::Connection& connection, std::string_view prefix,
                                        std::string_view revoked_by);

core::Result<std::vector<StoredKey>, KeyError> list_keys(store::Connection& connection);

// Nothing when there is none.
core::Result<std::optional<StoredKey>, store::PgError> find_key(store::Connection& connection,
                                                                std::string_view prefix);

// Writes down that the key was used, unless that was done within a minute.
core::Result<void, store::PgError> note_use(store::Connection& connection, std::int64_t id);

}  // namespace authd::api
