// Authenticator: who calls, from the Authorization field.
//
// Keys are looked up by their prefix, which is no secret, and compared by digest in constant time.
// A key that was found is believed for `age_max`: so long a revocation may be overlooked. Whatever
// is wrong with a key, the answer is the same.
//
// Threads: any. Errors: unauthenticated, or unavailable when PostgreSQL cannot be asked.

#pragma once

#include <chrono>
#include <map>
#include <memory>
#include <mutex>
#include <string>

#include "authd/api/key_table.h"
#include "authd/api/problem.h"
#include "authd/net/service.h"
#include "store/postgres/pool.h"

namespace authd::api {

struct Caller {
  std::int64_t key_id = 0;
  std::string prefix;
  std::string program;  // empty: every program
  ScopeSet scopes;

  bool may_see(std::string_view of_program) const noexcept {
    return program.empty() || program == of_program;
  }
};

inline constexpr std::chrono::seconds authentication_age_max{5};

class Authenticator {
 public:
  explicit Authenticator(store::Pool& pool,
                         std::chrono::milliseconds age_max = authentication_age_max)
      : pool_(pool), age_max_(age_max) {}

  net::Awaitable<core::Result<Caller, Problem>> caller_of(const net::HttpRequest& request);

 private:
  using Key = std::shared_ptr<const StoredKey>;
  struct Known {
    Key key;
    net::Clock::time_point found_at;
    net::Clock::time_point use_noted_at{};  // by us
  };

  Key recall(const std::string& prefix);
  void remember(Key key);
  void note_use_of(const StoredKey& key);

  static constexpr std::size_t known_max = 1'024;
  static constexpr std::chrono::minutes note_every{1};

  store::Pool& pool_;
  const std::chrono::milliseconds age_max_;
  std::mutex mutex_;
  std::map<std::string, Known, std::less<>> known_;  // by prefix; under mutex_
};

}  // namespace authd::api
