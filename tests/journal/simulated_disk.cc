#include "tests/journal/simulated_disk.h"

#include <algorithm>
#include <array>
#include <cerrno>

#include "core/assert.h"

namespace authd::store {
namespace {

using core::Result;
using core::Unexpected;
using Lock = std::lock_guard<std::mutex>;

constexpr std::size_t sector_bytes = 512;

Unexpected<Errno> failed(int error) { return Unexpected{Errno{error}}; }

// Copies one sector, as far as it lies within both.
void copy_sector(const std::vector<std::byte>& from, std::vector<std::byte>& to,
                 std::size_t sector) {
  const std::size_t begin = sector * sector_bytes;
  const std::size_t end = std::min({begin + sector_bytes, from.size(), to.size()});
  for (std::size_t i = begin; i < end; ++i) to[i] = from[i];
}

}  // namespace

class SimulatedFile final : public File {
 public:
  SimulatedFile(SimulatedDisk& disk, std::shared_ptr<SimulatedDisk::Node> node)
      : disk_(disk), node_(std::move(node)) {}

  Result<std::size_t, Errno> read(std::span<std::byte> into, std::uint64_t offset) override {
    return disk_.read(*node_, into, offset);
  }
  Result<std::size_t, Errno> write(std::span<const std::byte> from, std::uint64_t offset) override {
    return disk_.write(*node_, from, offset);
  }
  Result<void, Errno> sync_data() override { return disk_.sync(*node_); }
  Result<std::uint64_t, Errno> size() override {
    const Lock lock(disk_.mutex_);
    return std::uint64_t{node_->cached.size()};
  }

 private:
  SimulatedDisk& disk_;
  std::shared_ptr<SimulatedDisk::Node> node_;
};

SimulatedDisk::Fate SimulatedDisk::change() {
  if (is_stopped_) return {.is_done = false, .error = EIO};
  if (!changes_left_) return {};
  if (*changes_left_ > 0) {
    --*changes_left_;
    return {};
  }
  is_stopped_ = true;
  return {.is_done = chance(50), .error = EIO};
}

Result<std::unique_ptr<File>, Errno> SimulatedDisk::open(const std::string& path, OpenMode mode) {
  const Lock lock(mutex_);
  if (mode == OpenMode::create) {
    const NameChange created{.removed = "", .added = path, .node = std::make_shared<Node>()};
    const auto changed = change_name(created);
    if (!changed) return failed(changed.error().value);
  } else if (is_stopped_) {
    return failed(EIO);
  }
  const auto found = names_.find(path);
  if (found == names_.end()) return failed(ENOENT);
  return std::unique_ptr<File>(std::make_unique<SimulatedFile>(*this, found->second));
}

Result<std::vector<std::string>, Errno> SimulatedDisk::list(const std::string& directory) {
  const Lock lock(mutex_);
  if (is_stopped_) return failed(EIO);
  std::vector<std::string> names;
  for (const auto& [path, node] : names_) {
    if (path.starts_with(directory + '/')) names.push_back(path.substr(directory.size() + 1));
  }
  return names;
}

Result<void, Errno> SimulatedDisk::rename(const std::string& from, const std::string& to) {
  const Lock lock(mutex_);
  const auto found = names_.find(from);
  if (found == names_.end()) return failed(ENOENT);
  return change_name({.removed = from, .added = to, .node = found->second});
}

Result<void, Errno> SimulatedDisk::remove(const std::string& path) {
  const Lock lock(mutex_);
  if (!names_.contains(path)) return failed(ENOENT);
  return change_name({.removed = path, .added = "", .node = nullptr});
}

void SimulatedDisk::apply(Names& names, const NameChange& change) {
  if (!change.removed.empty()) names.erase(change.removed);
  if (!change.added.empty()) names[change.added] = change.node;
}

Result<void, Errno> SimulatedDisk::change_name(NameChange change) {
  const Fate fate = this->change();
  if (fate.is_done) {
    apply(names_, change);
    name_changes_.push_back(std::move(change));
  }
  if (fate.error != 0) return failed(fate.error);
  return {};
}

Result<void, Errno> SimulatedDisk::sync_directory(const std::string&) {
  const Lock lock(mutex_);
  if (directory_sync_error_ != 0) return failed(directory_sync_error_);
  const Fate fate = change();
  if (fate.is_done) {
    durable_names_ = names_;
    name_changes_.clear();
  }
  if (fate.error != 0) return failed(fate.error);
  return {};
}

std::size_t SimulatedDisk::shortened(std::size_t size) {
  return is_short_ && size > 1 ? 1 + static_cast<std::size_t>(random_() % (size - 1)) : size;
}

Result<std::size_t, Errno> SimulatedDisk::read(const Node& node, std::span<std::byte> into,
                                               std::uint64_t offset) {
  const Lock lock(mutex_);
  if (is_stopped_) return failed(EIO);
  if (read_error_ != 0) return failed(read_error_);
  if (is_short_ && ++short_calls_ % 3 == 0) return failed(EINTR);
  if (offset >= node.cached.size()) return std::size_t{0};
  const std::size_t begin = static_cast<std::size_t>(offset);
  const std::size_t count = shortened(std::min(into.size(), node.cached.size() - begin));
  std::copy_n(node.cached.begin() + static_cast<std::ptrdiff_t>(begin), count, into.begin());
  return count;
}

Result<std::size_t, Errno> SimulatedDisk::write(Node& node, std::span<const std::byte> from,
                                                std::uint64_t offset) {
  const Lock lock(mutex_);
  ++writes_;
  if (write_error_ != 0) return failed(write_error_);
  if (is_short_ && ++short_calls_ % 3 == 0) return failed(EINTR);
  const Fate fate = change();
  if (!fate.is_done) return failed(fate.error);
  const std::size_t begin = static_cast<std::size_t>(offset);
  const std::size_t count = shortened(from.size());
  if (node.cached.size() < begin + count) node.cached.resize(begin + count);
  if (count > 0) {
    for (std::size_t sector = begin / sector_bytes; sector <= (begin + count - 1) / sector_bytes;
         ++sector) {
      // The kernel may have written back what is about to be overwritten.
      const bool was_dirty = !node.dirty.insert(sector).second;
      if (was_dirty && chance(30)) copy_sector(node.cached, node.durable, sector);
    }
  }
  std::copy_n(from.begin(), count, node.cached.begin() + static_cast<std::ptrdiff_t>(begin));
  if (fate.error != 0) return failed(fate.error);
  return count;
}

Result<void, Errno> SimulatedDisk::sync(Node& node) {
  const Lock lock(mutex_);
  ++syncs_;
  if (sync_error_ != 0) {
    node.dirty.clear();
    return failed(sync_error_);
  }
  const Fate fate = change();
  if (fate.is_done) {
    node.durable.resize(node.cached.size());
    for (const std::size_t sector : node.dirty) copy_sector(node.cached, node.durable, sector);
    node.dirty.clear();
  }
  if (fate.error != 0) return failed(fate.error);
  return {};
}

void SimulatedDisk::stop_after(std::uint64_t changes) {
  const Lock lock(mutex_);
  changes_left_ = changes;
}

bool SimulatedDisk::is_stopped() const {
  const Lock lock(mutex_);
  return is_stopped_;
}

void SimulatedDisk::restart() {
  const Lock lock(mutex_);
  is_stopped_ = false;
  changes_left_.reset();
}

void SimulatedDisk::lose_cache(Node& node, unsigned percent_kept) {
  std::vector<std::byte> survived = node.durable;
  if (chance(percent_kept)) survived.resize(node.cached.size());
  for (const std::size_t sector : node.dirty) {
    if (chance(percent_kept)) copy_sector(node.cached, survived, sector);
  }
  node.cached = survived;
  node.durable = std::move(survived);
  node.dirty.clear();
}

void SimulatedDisk::power_cut() {
  restart();
  const Lock lock(mutex_);
  constexpr std::array<unsigned, 5> percents = {0, 10, 50, 90, 100};
  const std::size_t kept = random_() % (name_changes_.size() + 1);
  for (std::size_t i = 0; i < kept; ++i) apply(durable_names_, name_changes_[i]);
  name_changes_.clear();
  names_ = durable_names_;
  for (auto& [path, node] : names_) lose_cache(*node, percents[random_() % percents.size()]);
}

void SimulatedDisk::be_short(bool is_short) {
  const Lock lock(mutex_);
  is_short_ = is_short;
}
void SimulatedDisk::fail_writes(int error) {
  const Lock lock(mutex_);
  write_error_ = error;
}
void SimulatedDisk::fail_syncs(int error) {
  const Lock lock(mutex_);
  sync_error_ = error;
}
void SimulatedDisk::fail_directory_syncs(int error) {
  const Lock lock(mutex_);
  directory_sync_error_ = error;
}
void SimulatedDisk::fail_reads(int error) {
  const Lock lock(mutex_);
  read_error_ = error;
}

std::vector<std::byte> SimulatedDisk::content(const std::string& path) const {
  const Lock lock(mutex_);
  const auto found = names_.find(path);
  AUTHD_ASSERT(found != names_.end());
  return found->second->cached;
}

void SimulatedDisk::put(const std::string& path, std::span<const std::byte> bytes) {
  const Lock lock(mutex_);
  auto node = std::make_shared<Node>();
  node->cached.assign(bytes.begin(), bytes.end());
  node->durable = node->cached;
  names_[path] = node;
  durable_names_[path] = node;
}

void SimulatedDisk::patch(const std::string& path, std::size_t offset,
                          std::span<const std::byte> bytes) {
  std::vector<std::byte> all = content(path);
  AUTHD_ASSERT(offset + bytes.size() <= all.size());
  std::copy(bytes.begin(), bytes.end(), all.begin() + static_cast<std::ptrdiff_t>(offset));
  put(path, all);
}

bool SimulatedDisk::exists(const std::string& path) const {
  const Lock lock(mutex_);
  return names_.contains(path);
}

std::uint64_t SimulatedDisk::syncs() const {
  const Lock lock(mutex_);
  return syncs_;
}

std::uint64_t SimulatedDisk::writes() const {
  const Lock lock(mutex_);
  return writes_;
}

}  // namespace authd::store
