#include "tests/postgres/cluster.h"

#include <unistd.h>

#include <array>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <iostream>
#include <thread>

#include "store/postgres/migrate.h"

namespace authd::test {

namespace {

std::string directory;  // of the cluster
std::string base_conninfo;

// A shell that cleans up when this pipe closes: at the end, and when this process is killed.
FILE* keeper = nullptr;

// Where there is more room than any test fills; a container's default is 64 MiB.
std::filesystem::path roomy_directory() {
  constexpr std::uintmax_t enough_bytes = std::uintmax_t{4} << 30U;
  const std::filesystem::path memory = "/dev/shm";
  std::error_code error;
  const auto space = std::filesystem::space(memory, error);
  const bool is_ours = access(memory.c_str(), W_OK | X_OK) == 0;
  return is_ours && !error && space.available >= enough_bytes
             ? memory
             : std::filesystem::temp_directory_path();
}

std::string run(const std::string& arguments) {
  const std::string command = std::string(AUTHD_OPS_POSTGRES) + " " + arguments;
  FILE* const pipe = popen(command.c_str(), "r");
  if (pipe == nullptr) std::exit(1);
  std::string output;
  std::array<char, 256> chunk{};
  while (fgets(chunk.data(), static_cast<int>(chunk.size()), pipe) != nullptr) {
    output += chunk.data();
  }
  if (pclose(pipe) != 0) {
    std::cerr << "failed: " << command << "\n";
    std::exit(1);
  }
  if (!output.empty() && output.back() == '\n') output.pop_back();
  return output;
}

}  // namespace

void Cluster::SetUp() {
  std::string path = (roomy_directory() / "authd-postgres-test-XXXXXX").string();
  if (mkdtemp(path.data()) == nullptr) {
    std::cerr << path << " cannot be made\n";
    std::exit(1);
  }
  directory = path;
  // Run as root, the server is another user: it must be able to enter.
  std::filesystem::permissions(directory, std::filesystem::perms(0755));
  // Data and socket are links where the directory did not do.
  const std::string clean_up = "trap '' INT TERM; cat; " +
                               (AUTHD_OPS_POSTGRES + (" stop " + directory)) +
                               "; rm -rf \"$(readlink -f " + directory +
                               "/data)\" \"$(readlink -f " + directory + "/socket)\" " + directory;
  keeper = popen(clean_up.c_str(), "w");
  if (keeper == nullptr) std::exit(1);
  start();
  base_conninfo = run("conninfo " + directory);
  // The tests kill processes, not the power: what is written need not reach the disk.
  auto admin = connect(superuser_conninfo("postgres"));
  query(admin, "ALTER SYSTEM SET fsync = off");
  query(admin, "SELECT pg_reload_conf()");
}

void Cluster::TearDown() { pclose(keeper); }

void Cluster::start() { run("start " + directory); }
void Cluster::stop() { run("stop " + directory); }

std::string Cluster::conninfo(const std::string& database) {
  return base_conninfo + " dbname=" + database;
}

std::string Cluster::superuser_conninfo(const std::string& database) {
  return conninfo(database) + " user=postgres";
}

store::Connection connect(const std::string& conninfo) {
  auto connection = store::Connection::connect({.conninfo = conninfo});
  if (!connection) {
    std::cerr << connection.error().message << "\n";
    std::exit(1);
  }
  return std::move(*connection);
}

store::PgResult query(store::Connection& connection, const std::string& statement) {
  auto result = connection.exec(statement.c_str(), store::PgParams());
  if (!result) {
    std::cerr << statement << "\n" << result.error().message << "\n";
    std::exit(1);
  }
  return std::move(*result);
}

std::string query_text(store::Connection& connection, const std::string& statement) {
  const auto result = connection.exec(statement);
  if (!result) {
    std::cerr << statement << "\n" << result.error().message << "\n";
    std::exit(1);
  }
  return result->rows() == 0 ? "" : std::string(result->text(0, 0));
}

std::string refused(store::Connection& connection, const std::string& statement) {
  const auto result = connection.exec(statement);
  return result ? "not refused" : std::string(result.error().state());
}

void create_database(const std::string& name) {
  auto admin = connect(Cluster::conninfo("postgres"));
  query(admin, "CREATE DATABASE " + name + " STRATEGY file_copy");
}

void create_ledger(const std::string& name) {
  static const std::string pattern = [] {
    const std::string migrated = "migrated";
    create_database(migrated);
    auto connection = test::connect(Cluster::conninfo(migrated));
    if (const auto done = store::migrate(connection); !done) {
      std::cerr << store::name(done.error().code) << " " << done.error().version << " "
                << done.error().postgres.message << "\n";
      std::exit(1);
    }
    return migrated;
  }();
  auto admin = connect(Cluster::conninfo("postgres"));
  query(admin, "CREATE DATABASE " + name + " TEMPLATE " + pattern + " STRATEGY file_copy");
}

void DatabaseTest::set_up(void (*create)(const std::string& name)) {
  static int number = 0;
  database_ = "test_" + std::to_string(++number);
  create(database_);
}

void DatabaseTest::TearDown() {
  // As superuser: an autovacuum worker may be in there, and only a superuser may end it.
  auto admin = test::connect(Cluster::superuser_conninfo("postgres"));
  // A database with a replication slot in use is not dropped, and slots outlive who used them.
  const std::string slots = " FROM pg_replication_slots WHERE database = '" + database_ + "'";
  for (int attempt = 0; attempt < 1'000; ++attempt) {
    query(admin, "SELECT pg_terminate_backend(active_pid)" + slots + " AND active");
    if (query_text(admin, "SELECT count(*)" + slots + " AND active") == "0") break;
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
  query(admin, "SELECT pg_drop_replication_slot(slot_name)" + slots + " AND NOT active");
  query(admin, "DROP DATABASE IF EXISTS " + database_ + " WITH (FORCE)");
}

namespace {
const auto* const cluster = testing::AddGlobalTestEnvironment(new Cluster);
}  // namespace

}  // namespace authd::test
