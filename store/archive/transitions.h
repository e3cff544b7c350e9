// Transitions: the tables of a month from hot to warm, from warm to cold, and back. Each table
// moves in one transaction, so that no query sees a row twice or not at all, and a process that is
// killed leaves it as it was or as it is to be.
//
// That is also why partitions are not detached CONCURRENTLY: that takes two transactions, between
// which the rows would be in neither part of the view. Detaching is a change of the catalog alone;
// what takes long (sums, digests, copies) is done before, under locks that only keep the month's
// own rows from changing. The exclusive lock is asked for with a timeout that grows from 0.1 to 0.8
// s, and let go in between: the drain and the readers wait no longer than that at a time. It is one
// on one view with its tables, never on two: whoever locks them in whatever order meets no
// deadlock.

#pragma once

#include <functional>

#include "store/archive/catalog.h"

namespace authd::store {

class Transitions {
 public:
  // `tables`: Catalog::tables(). Both outlive this.
  Transitions(Connection& connection, const std::vector<HistoryTable>& tables)
      : connection_(connection), catalog_(connection), tables_(tables) {}

  // Takes the month's partition out of the hot table; with those of postings go the closing
  // balances. Where the month is warm already, moves the rows of records that came late. A
  // partition whose detaching by hand was interrupted is finished. Nothing to do where there is no
  // partition. `busy` when others hold the table.
  Archived<> to_warm(const HistoryTable& table, Month month);

  // Whether all of the month's partitions are empty.
  Archived<bool> is_empty(Month month);

  // Drops a partition, if it is empty. That of late records is not dropped when its rows move,
  // because transactions that began earlier still read them there.
  Archived<> drop_empty(const HistoryTable& table, Month month);

  // Drops a warm table if its rows are those of its files; `changed` if they are not. That of
  // postings goes before that of their entries: see authd.cold_book.
  Archived<> to_cold(const HistoryTable& table, Month month);

  // Creates a warm table; `fill` loads its rows, in the same transaction. `changed` if they are not
  // those of the files then. That of postings comes after that of their entries.
  Archived<> restore(const HistoryTable& table, Month month,
                     const std::function<Archived<>(const std::string&)>& fill);

 private:
  Archived<> lock(const HistoryTable& table);
  Archived<> try_to_lock(const HistoryTable& table, int timeout_ms);
  Archived<> refresh_view(const HistoryTable& table);
  Archived<> close_balances(Month month);
  Archived<> keep_books(Month month);
  Archived<> move(const HistoryTable& table, Month month);
  Archived<> merge(const HistoryTable& table, Month month);
  Archived<> empty(const HistoryTable& table, Month month);
  Archived<> expect_rows_of_files(const HistoryTable& table, Month month);
  Archived<> run(const std::string& statements);

  Connection& connection_;
  Catalog catalog_;
  const std::vector<HistoryTable>& tables_;
};

}  // namespace authd::store
