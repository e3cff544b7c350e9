#include "authd/config/config.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <iterator>

#include "tests/store/temporary_directory.h"

namespace authd {
namespace {

using test::TemporaryDirectory;

constexpr const char* smallest = R"([state]
directory = "state"
[[program]]
id = "demo"
processor = "marqeta"
authentication = [
  {scheme = "basic", username = "gateway", secret_files = ["secret"]}]
)";

const std::string basic =
    "authentication = [{scheme = \"basic\", username = \"x\", secret_files = [\"secret\"]}]\n";

class ConfigFile {
 public:
  ConfigFile() { write("secret", "correct horse battery\n"); }

  void write(const std::string& name, const std::string& text) {
    std::ofstream(directory_.path() / name) << text;
  }
  core::Result<Config, std::vector<ConfigError>> load(const std::string& text) {
    write("authd.toml", text);
    return load_config(directory_.path() / "authd.toml");
  }
  // The only error of a text, as "line key: message"; what else there is when it is not exactly
  // one.
  std::string only_error(const std::string& text) {
    const auto config = load(text);
    if (config) return "no error";
    std::string all;
    for (const ConfigError& error : config.error()) {
      all += (all.empty() ? "" : " | ") + std::to_string(error.line) + " " + error.key + ": " +
             error.message;
    }
    return all;
  }
  const std::filesystem::path& path() const { return directory_.path(); }

 private:
  TemporaryDirectory directory_;
};

std::string with(const std::string& section) { return std::string(smallest) + section; }

TEST(Config, TakesTheDefaults) {
  ConfigFile file;
  const auto config = file.load(smallest);
  ASSERT_TRUE(config);
  EXPECT_EQ(config->server.listen.port, 8080);
  EXPECT_EQ(config->state.directory, file.path() / "state");
  EXPECT_FALSE(config->postgres);
  ASSERT_EQ(config->programs.size(), 1U);
  for (const auto& schemes : {config->programs[0].authorizations, config->programs[0].events}) {
    ASSERT_EQ(schemes.size(), 1U);
    EXPECT_EQ(schemes[0].kind, processors::SchemeKind::basic);
    EXPECT_EQ(schemes[0].secrets, std::vector<std::string>{"correct horse battery"});
  }
  EXPECT_EQ(config->programs[0].program.zone.view(), "UTC");
  EXPECT_EQ(config->programs[0].answer_within, std::chrono::milliseconds(100));
}

TEST(Config, TheShippedExampleHoldsExactlyTheDefaults) {
  ConfigFile file;
  std::ifstream in(AUTHD_OPS "/authd.example.toml");
  const std::string text{std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
  file.write("demo.password", "correct horse battery");
  const auto example = file.load(text);
  ASSERT_TRUE(example) << file.only_error(text);
  const auto defaults = file.load(smallest);
  EXPECT_EQ(example->server.listen.port, defaults->server.listen.port);
  EXPECT_EQ(example->server.idle_timeout, defaults->server.idle_timeout);
  EXPECT_EQ(example->server.connections_max, defaults->server.connections_max);
  EXPECT_EQ(example->server.body_bytes_max, defaults->server.body_bytes_max);
  EXPECT_EQ(example->state.segment_bytes, defaults->state.segment_bytes);
  EXPECT_EQ(example->state.retention, defaults->state.retention);
  EXPECT_EQ(example->state.map_bytes, defaults->state.map_bytes);
  EXPECT_EQ(example->state.overlay_rows_max, defaults->state.overlay_rows_max);
  EXPECT_EQ(example->state.checkpoint_rows, defaults->state.checkpoint_rows);
  EXPECT_EQ(example->sequencer.queue_max, defaults->sequencer.queue_max);
  EXPECT_EQ(example->sequencer.batch_max, defaults->sequencer.batch_max);
  EXPECT_EQ(example->postgres->batch_records, PostgresConfig{}.batch_records);
  const ArchiveConfig archive;
  EXPECT_EQ(example->archive->directory, file.path() / "archive");
  EXPECT_EQ(example->archive->hot_months, archive.hot_months);
  EXPECT_EQ(example->archive->warm_months, archive.warm_months);
  EXPECT_EQ(example->archive->cold_months, archive.cold_months);
  EXPECT_EQ(example->archive->delete_after_months, archive.delete_after_months);
  EXPECT_EQ(example->archive->restored_days, archive.restored_days);
  EXPECT_EQ(example->readiness.drain_lag_max, defaults->readiness.drain_lag_max);
  EXPECT_EQ(example->audit.interval, defaults->audit.interval);
  EXPECT_EQ(example->log.level, defaults->log.level);
  const ProgramConfig& program = example->programs[0];
  const ProgramConfig& fallback = defaults->programs[0];
  EXPECT_EQ(program.answer_within, fallback.answer_within);
  EXPECT_EQ(program.program.partial_approval, fallback.program.partial_approval);
  EXPECT_EQ(program.program.hold_days, fallback.program.hold_days);
}

TEST(Config, ReadsWhereCertificatesAre) {
  ConfigFile file;
  const auto config =
      file.load(with("[server]\nlisten = \"192.0.2.1:443\"\n[server.tls]\ncertificate = \"a.pem\"\n"
                     "key = \"/b.key\"\nclient_ca = \"c.pem\"\nhandshake_timeout_ms = 10\n"));
  ASSERT_TRUE(config);
  ASSERT_TRUE(config->server.tls);
  EXPECT_EQ(config->server.tls->certificate, file.path() / "a.pem");
  EXPECT_EQ(config->server.tls->key, "/b.key");
  EXPECT_EQ(config->server.tls->client_ca, file.path() / "c.pem");
  EXPECT_EQ(config->server.tls->handshake_timeout, std::chrono::milliseconds(10));
  EXPECT_EQ(file.only_error(with("[server.tls]\ncertificate = \"a.pem\"\nkye = \"b\"\n")),
            "8 server.tls.key: is required | 10 server.tls.kye: is not a known key");
}

TEST(Config, WantsEncryptionOutsideOfLoopback) {
  ConfigFile file;
  const std::string refusal =
      "server.listen: is not a loopback address: give a tls table, or plain_http = true where "
      "something in front of authd encrypts";
  for (const std::string address : {"0.0.0.0", "192.0.2.1", "[::]", "128.0.0.1"}) {
    const std::string listen = "[server]\nlisten = \"" + address + ":8080\"\n";
    EXPECT_EQ(file.only_error(with(listen)), "9 " + refusal) << address;
    EXPECT_TRUE(file.load(with(listen + "plain_http = true\n"))) << address;
  }
  for (const std::string address : {"127.0.0.1", "127.9.9.9", "[::1]"}) {
    EXPECT_TRUE(file.load(with("[server]\nlisten = \"" + address + ":8080\"\n"))) << address;
  }
  EXPECT_EQ(file.only_error(with("[server]\nplain_http = true\n[server.tls]\n"
                                 "certificate = \"a\"\nkey = \"b\"\n")),
            "9 server.plain_http: contradicts the tls table");
}

TEST(Config, HoldsEachZoneThatAProgramUsesOnce) {
  ConfigFile file;
  const auto program = [](const std::string& id, const std::string& zone) {
    return "[[program]]\nid = \"" + id + "\"\nprocessor = \"marqeta\"\n" + basic +
           "time_zone = \"" + zone + "\"\n";
  };
  const auto config = file.load(
      with(program("b", "Asia/Tokyo") + program("c", "UTC") + program("d", "Asia/Tokyo")));
  ASSERT_TRUE(config);
  ASSERT_EQ(config->zones.size(), 2U);
  EXPECT_EQ(config->zones[0].name.view(), "UTC");
  EXPECT_EQ(config->zones[1].name.view(), "Asia/Tokyo");
  EXPECT_EQ(config->zones[1].transitions.back().offset_s, 9 * 3'600);
  EXPECT_EQ(config->programs[3].program.zone.view(), "Asia/Tokyo");
  EXPECT_EQ(config->programs.size(), 4U);
}

TEST(Config, ErrorsNameTheLineAndTheKey) {
  ConfigFile file;
  const std::string base(smallest);
  EXPECT_EQ(file.only_error(with("colour = 1\n")), "8 program[0].colour: is not a known key");
  EXPECT_EQ(file.only_error(with("[server]\nlisten = 8080\n")),
            "9 server.listen: must be a string | 9 server.listen: must be address:port with a "
            "numeric address, e.g. 127.0.0.1:8080 or [::1]:8080");
  EXPECT_EQ(file.only_error(with("[server]\nlisten = \"127.0.0.1:65536\"\n")),
            "9 server.listen: must be address:port with a numeric address, e.g. 127.0.0.1:8080 or "
            "[::1]:8080");
  EXPECT_EQ(file.only_error(with("[server]\nnetwork_threads = 0\n")),
            "9 server.network_threads: must be between 1 and 64");
  EXPECT_EQ(file.only_error(with("[server]\nnetwork_threads = \"2\"\n")),
            "9 server.network_threads: must be an integer");
  EXPECT_EQ(file.only_error(with("[sever]\n")), "8 sever: is not a known key");
  EXPECT_EQ(file.only_error(with("[log]\nlevel = \"loud\"\n")),
            "9 log.level: must be one of trace, debug, info, warn, error, off");
  EXPECT_EQ(file.only_error(with("time_zone = \"Mars/Olympus\"\n")),
            "8 program[0].time_zone: 'Mars/Olympus' is not a zone of the system's tz database "
            "(package tzdata)");
  EXPECT_EQ(file.only_error(with("[[program]]\nid = \"demo\"\nprocessor = \"marqeta\"\n" + basic)),
            "9 program[1].id: stands twice");
  EXPECT_EQ(file.only_error("[[program]]\nid = \"demo\"\nprocessor = \"marqeta\"\n" + basic),
            "1 state: is required: it names the directory of journal and snapshot");
}

TEST(Config, TheArchivesAgesAreInOrder) {
  ConfigFile file;
  const std::string head = "[postgres]\nconninfo = \"dbname=x\"\n[archive]\n";
  const std::string archive = head + "directory = \"a\"\n";
  const auto config = file.load(with(archive));
  ASSERT_TRUE(config);
  EXPECT_EQ(config->archive->directory, file.path() / "a");
  EXPECT_EQ(config->archive->hot_months, 3);
  EXPECT_EQ(config->archive->delete_after_months, 120);
  EXPECT_FALSE(file.load(smallest)->archive);
  EXPECT_TRUE(file.load(with(archive + "hot_months = 9\nwarm_months = 9\ncold_months = 9\n"
                                       "delete_after_months = 9\n")));
  EXPECT_EQ(file.only_error(with(archive + "hot_months = 13\n")),
            "10 archive.warm_months: must not be below hot_months");
  EXPECT_EQ(file.only_error(with(archive + "cold_months = 11\n")),
            "12 archive.cold_months: must not be below warm_months");
  EXPECT_EQ(file.only_error(with(archive + "delete_after_months = 83\n")),
            "12 archive.delete_after_months: must not be below cold_months");
  EXPECT_EQ(file.only_error(with(archive + "hot_months = 0\n")),
            "12 archive.hot_months: must be between 1 and 1200");
  EXPECT_EQ(file.only_error(with(head)), "10 archive.directory: is required");
  EXPECT_EQ(file.only_error(with("[archive]\ndirectory = \"a\"\n")),
            "8 archive: needs [postgres]: it moves months of the ledger");
}

TEST(Config, ASyntaxErrorNamesItsLine) {
  ConfigFile file;
  EXPECT_EQ(file.only_error("[state]\ndirectory = \n").substr(0, 3), "2 :");
}

TEST(Config, AMissingFileIsAnError) {
  const auto config = load_config("/nonexistent/authd.toml");
  ASSERT_FALSE(config);
  EXPECT_EQ(config.error()[0].text("x.toml"), "x.toml: cannot be read");
}

TEST(Config, AllErrorsAreNamedAtOnce) {
  ConfigFile file;
  const auto config = file.load(with("[server]\nnetwork_threads = 0\n[log]\nlevel = \"loud\"\n"));
  ASSERT_FALSE(config);
  EXPECT_EQ(config.error().size(), 2U);
}

TEST(Config, SecretsComeFromFilesOrTheEnvironmentAndAreNotShort) {
  ConfigFile file;
  file.write("short", "1234567");
  const std::string head =
      "[state]\ndirectory = \"s\"\n[[program]]\nid = \"demo\"\nprocessor = \"marqeta\"\n"
      "[[program.authentication]]\nscheme = \"basic\"\nusername = \"x\"\n";
  EXPECT_EQ(file.only_error(head),
            "6 program[0].authentication[0].secret_files: is required: name one or two files (or "
            "variables in secret_env)");
  EXPECT_EQ(file.only_error(head + "secret_files = [\"short\"]\n"),
            "9 program[0].authentication[0].secret_files: the secret has fewer than 8 characters");
  EXPECT_NE(file.only_error(head + "secret_files = [\"none\"]\n")
                .find("9 program[0].authentication[0].secret_files: cannot read the file"),
            std::string::npos);
  EXPECT_EQ(file.only_error(head + "secret_files = [\"secret\", \"secret\", \"secret\"]\n"),
            "9 program[0].authentication[0].secret_files: there are more than two secrets");
  EXPECT_EQ(file.only_error(head + "secret_env = [\"AUTHD_TEST_UNSET\"]\n"),
            "9 program[0].authentication[0].secret_env: the environment variable AUTHD_TEST_UNSET "
            "is not set");
  setenv("AUTHD_TEST_SECRET", "from the environment", 1);
  const auto config = file.load(head + "secret_env = [\"AUTHD_TEST_SECRET\"]\n");
  ASSERT_TRUE(config);
  EXPECT_EQ(config->programs[0].events[0].secrets[0], "from the environment");
}

TEST(Config, ThePasswordOfPostgresStaysOutOfTheConninfo) {
  ConfigFile file;
  EXPECT_EQ(file.only_error(with("[postgres]\nconninfo = \"host=x password=y\"\n")),
            "9 postgres.conninfo: must not hold the password: use password_file or password_env");
  EXPECT_EQ(file.only_error(with("[postgres]\nconninfo = \"postgresql://x/y\"\n")),
            "9 postgres.conninfo: must be key=value pairs, not a URI");
  const auto config =
      file.load(with("[postgres]\nconninfo = \"host=x\"\npassword_file = \"secret\"\n"));
  ASSERT_TRUE(config);
  EXPECT_EQ(config->postgres->password, "correct horse battery");
}

}  // namespace
}  // namespace authd
