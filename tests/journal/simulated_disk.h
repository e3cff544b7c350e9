// SimulatedDisk: a disk in memory that can fail, stop and lose power.
//
// Keeps what a file contains (the page cache) apart from what is on the platter. A power cut leaves
// of everything that was not synced a random subset of 512-byte sectors, and of the directory's
// changes a random number of the first ones. A failed sync drops the dirty marks, as Linux does:
// those sectors never reach the platter unless written again.
//
// Threads: any. Random choices come from the seed, so one seed with one order of calls is one run.

#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <random>
#include <set>
#include <span>
#include <string>
#include <vector>

#include "store/journal/disk.h"

namespace authd::store {

class SimulatedDisk final : public Disk {
 public:
  explicit SimulatedDisk(std::uint64_t seed = 1) : random_(seed) {}

  core::Result<std::unique_ptr<File>, Errno> open(const std::string& path, OpenMode mode) override;
  core::Result<std::vector<std::string>, Errno> list(const std::string& directory) override;
  core::Result<void, Errno> rename(const std::string& from, const std::string& to) override;
  core::Result<void, Errno> remove(const std::string& path) override;
  core::Result<void, Errno> sync_directory(const std::string& directory) override;

  // After `changes` more of write, sync, create, rename and remove, the next one is done by half
  // and fails, and so does everything after it.
  void stop_after(std::uint64_t changes);
  bool is_stopped() const;

  void restart();    // the process ended: all that was written is there
  void power_cut();  // and the page cache is lost

  // From now on every read and write does only a part of what it is asked, and every third is
  // interrupted.
  void be_short(bool is_short);
  void fail_writes(int error);  // 0: no longer
  void fail_syncs(int error);   // of files
  void fail_directory_syncs(int error);
  void fail_reads(int error);

  // What tests look at and damage: the same bytes in the cache and on the platter.
  std::vector<std::byte> content(const std::string& path) const;
  void put(const std::string& path, std::span<const std::byte> bytes);
  void patch(const std::string& path, std::size_t offset, std::span<const std::byte> bytes);
  bool exists(const std::string& path) const;
  std::uint64_t syncs() const;   // of files, since the beginning
  std::uint64_t writes() const;  // calls of File::write

 private:
  friend class SimulatedFile;

  struct Node {
    std::vector<std::byte> cached;
    std::vector<std::byte> durable;
    std::set<std::size_t> dirty;  // sectors
  };
  struct NameChange {
    std::string removed;  // empty: none
    std::string added;
    std::shared_ptr<Node> node;
  };
  using Names = std::map<std::string, std::shared_ptr<Node>>;

  // What becomes of a change: done, refused, or stopped with or without having been done.
  struct Fate {
    bool is_done = true;
    int error = 0;
  };
  Fate change();
  bool chance(unsigned percent) { return random_() % 100 < percent; }
  static void apply(Names& names, const NameChange& change);
  core::Result<void, Errno> change_name(NameChange change);

  core::Result<std::size_t, Errno> read(const Node& node, std::span<std::byte> into,
                                        std::uint64_t offset);
  core::Result<std::size_t, Errno> write(Node& node, std::span<const std::byte> from,
                                         std::uint64_t offset);
  core::Result<void, Errno> sync(Node& node);
  void lose_cache(Node& node, unsigned percent_kept);
  std::size_t shortened(std::size_t size);

  mutable std::mutex mutex_;
  std::mt19937_64 random_;
  Names names_;
  Names durable_names_;
  std::vector<NameChange> name_changes_;  // not synced
  std::optional<std::uint64_t> changes_left_;
  bool is_stopped_ = false;
  bool is_short_ = false;
  std::uint64_t short_calls_ = 0;
  int read_error_ = 0;
  int write_error_ = 0;
  int sync_error_ = 0;
  int directory_sync_error_ = 0;
  std::uint64_t syncs_ = 0;
  std::uint64_t writes_ = 0;
};

}  // namespace authd::store
