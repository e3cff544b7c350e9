#include "tests/postgres/plan.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <regex>

namespace authd::test {

std::int64_t most_rows(store::Connection& connection, const std::string& execution) {
  const auto plan = connection.exec("EXPLAIN (ANALYZE, FORMAT JSON) " + execution);
  if (!plan) {
    ADD_FAILURE() << execution << ": " << plan.error().message;
    return -1;
  }
  const std::string text(plan->text(0, 0));
  std::int64_t most = 0;
  const std::regex rows(R"re("(Actual Rows|Rows Removed by (Join )?Filter)": (\d+))re");
  for (std::sregex_iterator i(text.begin(), text.end(), rows), end; i != end; ++i)
    most = std::max<std::int64_t>(most, std::stoll((*i)[3]));
  return most;
}

}  // namespace authd::test
