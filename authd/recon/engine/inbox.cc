#include "authd/recon/engine/inbox.h"

#include <fcntl.h>
#include <spdlog/spdlog.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <system_error>

namespace authd::recon {

namespace fs = std::filesystem;
using core::Result;
using store::PgError;

namespace {

constexpr std::size_t name_bytes_max = 200;  // a number and '-' before it fit into NAME_MAX

std::string text_of(int error_number) { return std::generic_category().message(error_number); }

bool is_wanted(const std::string& name) {
  return !name.starts_with('.') && !name.ends_with(".part") && !name.ends_with(".tmp");
}

// What was renamed in the directory stays so.
bool flush(const fs::path& directory) {
  const int fd = ::open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (fd < 0) return false;
  const bool done = ::fsync(fd) == 0;
  const int error_number = errno;
  ::close(fd);
  errno = error_number;
  return done;
}

// Of "12-clearing.csv" 12.
std::optional<std::int64_t> run_of(const std::string& name) {
  std::int64_t run = 0;
  const auto [end, failed] = std::from_chars(name.data(), name.data() + name.size(), run);
  const bool is_number = failed == std::errc() && end != name.data() + name.size() && *end == '-';
  if (!is_number || run <= 0) return std::nullopt;
  return run;
}

}  // namespace

std::string Inbox::clean_name(const std::string& name) {
  std::string clean = name.substr(0, name_bytes_max);
  std::replace_if(
      clean.begin(), clean.end(), [](char c) { return c < ' ' || c > '~' || c == '/'; }, '_');
  return clean;
}

Inbox::Inbox(const Supplier& supplier)
    : supplier_(supplier), directory_(fs::absolute(supplier.directory)) {}

Result<std::size_t, PgError> Inbox::look(store::Connection& connection) {
  std::size_t queued = 0;
  complaints_now_.clear();
  if (auto found = files()) {
    AUTHD_TRY(taken, look_at(connection, *found));
    queued = taken;
    seen_ = std::move(*found);
    AUTHD_TRY_VOID(put_away(connection));
  }
  complaints_ = complaints_now_;
  return queued;
}

Result<std::size_t, PgError> Inbox::look_at(store::Connection& connection, const Files& files) {
  AUTHD_TRY(queued, resume(connection, files));
  for (const auto& [name, shape] : files) {
    const auto before = seen_.find(name);
    if (before == seen_.end() || before->second != shape) continue;
    AUTHD_TRY(taken, take(connection, name));
    queued += taken;
  }
  return queued;
}

std::optional<Inbox::Files> Inbox::files() {
  Files files;
  std::error_code failed;
  fs::directory_iterator entry(directory_, failed);
  for (; !failed && entry != fs::directory_iterator(); entry.increment(failed)) {
    const std::string name = entry->path().filename().string();
    struct stat found {};
    if (!is_wanted(name) || ::lstat(entry->path().c_str(), &found) != 0) continue;
    if (!S_ISREG(found.st_mode)) continue;
    files[name] = {found.st_dev, found.st_ino, found.st_size, found.st_mtim.tv_sec,
                   found.st_mtim.tv_nsec};
  }
  if (!failed) return files;
  complain(directory_, failed.message());
  return std::nullopt;
}

Result<std::vector<Inbox::Receiving>, PgError> Inbox::receiving(store::Connection& connection) {
  AUTHD_TRY(rows,
            connection.exec("SELECT r.id, coalesce(r.file_path, '') FROM authd.recon_run AS r"
                            "  JOIN authd.recon_supplier AS s ON s.id = r.supplier_id"
                            " WHERE r.state < 5 AND r.state = 1 AND r.origin = 3 AND s.name = $1"
                            " ORDER BY r.id",
                            store::PgParams().text(supplier_.name)));
  std::vector<Receiving> found;
  for (int row = 0; row < rows.rows(); ++row) {
    found.push_back({rows.number<std::int64_t>(row, 0), std::string(rows.text(row, 1))});
  }
  return found;
}

// What a process before this one, or a look that did not work out, has left half done.
Result<std::size_t, PgError> Inbox::resume(store::Connection& connection, const Files& files) {
  reserved_.clear();
  std::set<std::string> names;
  for (const auto& [name, shape] : files) names.insert(clean_name(name));
  std::size_t queued = 0;
  AUTHD_TRY(begun, receiving(connection));
  for (const Receiving& run : begun) {
    std::error_code failed;
    const fs::file_status place = fs::symlink_status(run.place, failed);
    if (place.type() == fs::file_type::regular) {
      AUTHD_TRY(is_queued, queue(connection, run));
      queued += is_queued;
      continue;
    }
    if (place.type() != fs::file_type::not_found) {
      complain(run.place, failed ? failed.message() : "not a regular file");
      continue;
    }
    const std::string name = run.place.filename().string();
    const std::string wanted = name.substr(name.find('-') + 1);
    if (!names.contains(wanted)) {
      AUTHD_TRY_VOID(fail(connection, run.run, "its file has gone from the directory"));
    } else {
      reserved_.emplace(wanted, run);
    }
  }
  return queued;
}

Result<std::size_t, PgError> Inbox::take(store::Connection& connection, const std::string& name) {
  const fs::path taken = directory_ / ".taken";
  const std::string clean = clean_name(name);
  Receiving run;
  if (const auto reserved = reserved_.extract(clean); !reserved.empty()) {
    run = reserved.mapped();
  } else {
    NewRun wanted;
    wanted.supplier = supplier_.name;
    wanted.origin = RunOrigin::watched;
    wanted.file_name = clean;
    wanted.requested_by = "authd";
    const auto id = reserve(connection, wanted, taken.string());
    if (!id) {
      if (id.error().code == QueueError::Code::postgres)
        return core::Unexpected{id.error().postgres};
      complain(directory_, "the supplier is not known to the database");
      return std::size_t{0};
    }
    run = {*id, taken / (std::to_string(*id) + "-" + clean)};
  }
  if (!move(directory_ / name, run.place)) return std::size_t{0};
  return queue(connection, run);
}

Result<std::size_t, PgError> Inbox::queue(store::Connection& connection, const Receiving& run) {
  AUTHD_TRY(queued, queue_received(connection, run.run));
  if (queued) {
    spdlog::info("reconciliation: run {} of {}: {}", run.run, supplier_.name, run.place.string());
  }
  return std::size_t{queued ? 1U : 0U};
}

// The row says where the file will be before it is there: repeated until it is.
Result<void, PgError> Inbox::put_away(store::Connection& connection) {
  std::map<std::int64_t, std::string> taken;
  std::error_code failed;
  fs::directory_iterator entry(directory_ / ".taken", failed);
  for (; !failed && entry != fs::directory_iterator(); entry.increment(failed)) {
    const std::string name = entry->path().filename().string();
    if (const auto run = run_of(name)) taken.emplace(*run, name);
  }
  if (failed && failed != std::errc::no_such_file_or_directory)
    complain(directory_ / ".taken", failed.message());
  for (const auto& [run, name] : taken) {
    AUTHD_TRY(row, connection.exec("SELECT state FROM authd.recon_run WHERE id = $1",
                                   store::PgParams().number(run)));
    const fs::path file = directory_ / ".taken" / name;
    if (row.rows() == 0) {
      complain(file, "there is no run of this number");
      continue;
    }
    const auto state = static_cast<RunState>(row.number<std::int16_t>(0, 0));
    if (!has_ended(state)) continue;
    const fs::path place = directory_ / (state == RunState::done ? ".done" : ".failed") / name;
    AUTHD_TRY_VOID(set_file_path(connection, run, place.string()));
    move(file, place);
  }
  return {};
}

bool Inbox::move(const fs::path& from, const fs::path& to) {
  std::error_code failed;
  fs::create_directory(to.parent_path(), failed);
  if (failed) {
    complain(to.parent_path(), failed.message());
    return false;
  }
  const bool done = ::rename(from.c_str(), to.c_str()) == 0 && flush(to.parent_path()) &&
                    flush(from.parent_path()) && flush(directory_);
  if (!done) complain(from, text_of(errno));
  return done;
}

// Once, not at every look.
void Inbox::complain(const fs::path& path, const std::string& what) {
  const std::string text = clean_name(path.filename().string()) + ": " + what;
  if (!complaints_.contains(text) && !complaints_now_.contains(text)) {
    spdlog::warn("reconciliation: {} in {}: {}", supplier_.name, directory_.string(), text);
  }
  complaints_now_.insert(text);
}

}  // namespace authd::recon
