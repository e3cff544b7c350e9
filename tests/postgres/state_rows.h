// The rows of a state, those that a bootstrap gives and those that it should give.

#pragma once

#include <map>
#include <string>

#include "store/postgres/bootstrap.h"
#include "tests/postgres/world.h"

namespace authd::test {

using Rows = std::map<std::string, core::Row>;  // by their key

Rows rows_of(const core::MemoryState& state);

// Everything, however old. Fails the test when a row comes twice, or the mark is not `expected`.
store::BootstrapOptions everything(const World& world);
Rows bootstrapped(store::Connection& connection, const store::BootstrapOptions& options,
                  core::Sequence expected);

// Every row of the one is in the other. Prints the first that differ.
void expect_same(const Rows& actual, const Rows& expected);

template <class RowType>
std::size_t count(const Rows& rows) {
  std::size_t result = 0;
  for (const auto& [key, row] : rows) result += std::holds_alternative<RowType>(row) ? 1U : 0U;
  return result;
}

// Writes the records of `journal` into the ledger as the drain does, in batches of so many records:
// each size once, the last until the end. Without a thread, so that batches are what they should
// be.
void drain_in_batches(store::Connection& connection, const store::Journal& journal,
                      const std::vector<std::size_t>& sizes);

}  // namespace authd::test
