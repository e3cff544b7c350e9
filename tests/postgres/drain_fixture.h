// Drains against the cluster, impatient ones.

#pragma once

#include "store/postgres/drain.h"
#include "tests/postgres/cluster.h"
#include "tests/postgres/world.h"

namespace authd::test {

inline constexpr const char* terminate_drains =
    "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity"
    " WHERE application_name = 'authd-drain' AND datname = current_database()";

class Drain : public LedgerTest {
 protected:
  store::Drain::Options options() const {
    store::Drain::Options options;
    options.connection = {.conninfo = conninfo(), .application_name = "authd-drain"};
    options.pace = std::chrono::milliseconds(0);
    options.retry_first = std::chrono::milliseconds(5);
    options.retry_max = std::chrono::milliseconds(50);
    return options;
  }

  // Small transactions, so that there are many places to break.
  store::Drain::Options small_batches() const {
    store::Drain::Options small = options();
    small.batch_records_max = 40;
    return small;
  }

  static bool drained(const store::Drain& drain, const World& world) {
    return eventually([&] { return drain.status().drained == world.last(); });
  }
  static bool reaches(const store::Drain& drain, store::DrainState state) {
    return eventually([&] { return drain.status().state == state; });
  }

  store::Exposure exposure;
};

}  // namespace authd::test
