// Loader: puts given accounts and cards into the ledger, in batches.
//
// Each batch is one transaction: all of it is kept or none. Accounts and cards that exist are left
// as they are and counted, so a load that broke off is simply repeated. A card must find its
// account in the ledger, in its own batch or in an earlier one.

#pragma once

#include <optional>
#include <vector>

#include "core/apply.h"
#include "store/postgres/accounts.h"

namespace authd::store {

struct LoadCounts {
  std::int64_t created = 0;
  std::int64_t existing = 0;
  friend bool operator==(const LoadCounts&, const LoadCounts&) = default;
};

struct LoadReport {
  LoadCounts accounts;
  LoadCounts cards;
};

struct LoadError {
  enum class Code : std::uint8_t {
    postgres = 1,         // see `postgres`
    account_missing = 2,  // of `card`; nothing of its batch is kept
  };
  Code code;
  PgError postgres{};
  core::Card card{};
};

class Loader {
 public:
  struct Options {
    std::size_t batch_rows = 10'000;
    core::Timestamp now;  // when the accounts are opened
  };

  // `connection` outlives the loader, and nobody else uses it meanwhile.
  Loader(Connection& connection, Options options) : connection_(connection), options_(options) {}

  // Every batch_rows-th call writes a batch.
  core::Result<void, LoadError> add(const core::OpenAccount& open);
  core::Result<void, LoadError> add(const core::IssueCard& issue);

  // Writes what is left. The report covers everything added.
  core::Result<LoadReport, LoadError> finish();

 private:
  core::Result<void, LoadError> write_when_full();
  core::Result<void, LoadError> write();
  core::Result<std::optional<core::Card>, PgError> card_without_account();

  Connection& connection_;
  const Options options_;
  std::vector<OpenedAccount> accounts_;
  std::vector<core::Card> cards_;
  LoadReport report_;
};

}  // namespace authd::store
