#include "store/postgres/numbers.h"

#include <algorithm>

namespace authd::store {

void Numbers::meet(core::AccountId id) noexcept {
  if (id.value <= account_max) account = std::max(account, id.value);
}

void Numbers::meet(core::CounterId id) noexcept {
  if (id.value <= counter_max) counter = std::max(counter, static_cast<std::int64_t>(id.value));
}

void Numbers::meet(const Numbers& others) noexcept {
  account = std::max(account, others.account);
  counter = std::max(counter, others.counter);
}

core::Result<Numbers, PgError> pass_numbers(Connection& connection, const Numbers& known) {
  AUTHD_TRY(passed, connection.exec("SELECT account, counter FROM authd.pass_numbers($1, $2)",
                                    PgParams().number(known.account).number(known.counter)));
  return Numbers{passed.number<std::int64_t>(0, 0), passed.number<std::int64_t>(0, 1)};
}

}  // namespace authd::store
