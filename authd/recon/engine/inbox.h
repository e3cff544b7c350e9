// Inbox: files that appear in a supplier's directory are reconciled, each exactly once.
//
//   DIRECTORY/name                   as it was sent
//   DIRECTORY/.taken/<run>-name      queued, or being reconciled
//   DIRECTORY/.done/<run>-name       reconciled
//   DIRECTORY/.failed/<run>-name     failed, cancelled or refused: its run says why
//
// A file is taken when it is regular, its size and its time of change were the same at two looks,
// and its name neither begins with '.' nor ends in ".part" or ".tmp". Whoever sends files writes
// them under such a name and renames them, or writes without long pauses. In `name` every byte but
// printable ASCII is replaced, and it is cut to 200 bytes.
//
// Taking is three steps, each durable before the next, and each can be the last one of a process:
//
//   1  a run that is receiving, with the place that the file will have      (PostgreSQL)
//   2  the file is moved to that place, directories flushed                 (rename(2))
//   3  the run is queued                                                    (PostgreSQL)
//
// After 1 the next look finds the run and takes the file for it, without another run; after 2 it
// finds the file in its place and queues the run. There is no moment at which the file is both in
// the directory and in a queued run. A run whose file is in neither place has failed. Afterwards
// the file goes to .done or .failed by what its run has become, as often as it takes.
//
// Directories are polled: they often lie on file systems of other machines, where inotify tells
// nothing, and a look is a readdir(3) every few seconds. Two processes may watch the same one:
// rename(2) has one winner, and the loser's run fails without its file.
//
// Threads: one at a time. Errors of files are logged, when they change; PostgreSQL's end the look.

#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "authd/recon/engine/run_queue.h"
#include "authd/recon/supplier.h"

namespace authd::recon {

class Inbox {
 public:
  // `supplier` has a directory and outlives it.
  explicit Inbox(const Supplier& supplier);

  // One look. How many runs were queued. The connection is one of connect_for_recon().
  core::Result<std::size_t, store::PgError> look(store::Connection& connection);

  // As it stands in run and log.
  static std::string clean_name(const std::string& name);

 private:
  struct Shape {
    std::uint64_t device = 0;
    std::uint64_t inode = 0;
    std::int64_t bytes = 0;
    std::int64_t changed_s = 0;
    std::int64_t changed_ns = 0;
    friend bool operator==(const Shape&, const Shape&) = default;
  };
  struct Receiving {
    std::int64_t run = 0;
    std::filesystem::path place;
  };

  using Files = std::map<std::string, Shape>;  // by name

  std::optional<Files> files();  // nothing: the directory cannot be read
  core::Result<std::vector<Receiving>, store::PgError> receiving(store::Connection& connection);
  core::Result<std::size_t, store::PgError> resume(store::Connection& connection,
                                                   const Files& files);
  core::Result<std::size_t, store::PgError> take(store::Connection& connection,
                                                 const std::string& name);
  core::Result<std::size_t, store::PgError> queue(store::Connection& connection,
                                                  const Receiving& receiving);
  core::Result<void, store::PgError> put_away(store::Connection& connection);
  core::Result<std::size_t, store::PgError> look_at(store::Connection& connection,
                                                    const Files& files);
  bool move(const std::filesystem::path& from, const std::filesystem::path& to);
  void complain(const std::filesystem::path& path, const std::string& what);

  const Supplier& supplier_;
  const std::filesystem::path directory_;
  Files seen_;                                 // at the look before
  std::map<std::string, Receiving> reserved_;  // runs that wait for their file, by clean name
  std::set<std::string> complaints_;           // of the look before
  std::set<std::string> complaints_now_;
};

}  // namespace authd::recon
