// The command line: what is wrong is named, and the exit code says whose fault it is.

#include <gtest/gtest.h>

#include <algorithm>

#include "tests/e2e/daemon.h"
#include "tests/e2e/gateway.h"

namespace authd::test {
namespace {

namespace fs = std::filesystem;

// Replaces `from`, or appends when it is empty, and tells the line in which `to` begins.
std::size_t change(const Site& site, const std::string& from, const std::string& to) {
  std::string text = read_file(site.config());
  const std::size_t at = from.empty() ? text.size() : text.find(from);
  EXPECT_NE(at, std::string::npos) << from;
  text.replace(at, from.size(), to);
  write_file(site.config(), text);
  return 1 + static_cast<std::size_t>(
                 std::count(text.begin(), text.begin() + static_cast<std::ptrdiff_t>(at), '\n'));
}

void expect_contains(const std::string& text, const std::string& part) {
  EXPECT_NE(text.find(part), std::string::npos) << part << " in " << text;
}

TEST(CheckConfig, NamesKeyAndLine) {
  struct Case {
    std::string from;
    std::string to;
    std::string error;  // behind the line
  };
  const std::string zone = "time_zone = \"America/New_York\"";
  for (const auto& [from, to, error] : std::vector<Case>{
           {"segment_mib = 1", "segment_mb = 1", ": state.segment_mb: is not a known key"},
           {"map_mib = 64", "map_mib = \"64\"", ": state.map_mib: must be an integer"},
           {"map_mib = 64", "map_mib = 15", ": state.map_mib: must be between 16 and 16777216"},
           {"checkpoint_rows = 200", "checkpoint_rows = 2000000",
            ": state.checkpoint_rows: must be below overlay_rows_max"},
           {"listen = \"127.0.0.1:0\"", "listen = \"127.0.0.1:65536\"",
            ": server.listen: must be address:port"},
           {"listen = \"127.0.0.1:0\"", "listen = \"localhost:80\"",
            ": server.listen: must be address:port"},
           {"secret_files = [\"demo.password\"]", "secret_files = [\"no.password\"]",
            ": program[0].authentication[0].secret_files: cannot read the file "},
           {zone, "time_zone = \"Mars/Olympus\"", ": program[0].time_zone: 'Mars/Olympus' is not"},
           {"processor = \"marqeta\"", "processor = \"other\"",
            ": program[0].processor: must be marqeta, stripe, lithic or adyen"},
           {"segment_mib = 1", "segment_mib = = 1", ": "},
       }) {
    const Site site;
    const std::size_t line = change(site, from, to);
    const std::string expected = site.config().string() + ":" + std::to_string(line) + error;
    const Finished checked = site.authd({"check-config"});
    EXPECT_EQ(checked.code, 2) << to;
    expect_contains(checked.err, expected);
    const Finished served = site.authd({"serve"});  // which reads it in the same way
    EXPECT_EQ(served.code, 2) << to;
    expect_contains(served.err, expected);
  }
}

TEST(CheckConfig, NamesAProgramThatStandsTwice) {
  const Site site;
  const std::size_t line = change(site, "",
                                  "[[program]]\nid = \"demo\"\nprocessor = \"marqeta\"\n"
                                  "authentication = [{scheme = \"basic\", username = \"u\", "
                                  "secret_files = [\"demo.password\"]}]\n");
  const Finished checked = site.authd({"check-config"});
  EXPECT_EQ(checked.code, 2);
  expect_contains(checked.err,
                  "authd.toml:" + std::to_string(line + 1) + ": program[1].id: stands twice");
}

TEST(CheckConfig, NamesEverythingThatIsWrong) {
  const Site site;
  change(site, "map_mib = 64", "map_mib = 1");
  change(site, "processor = \"marqeta\"", "processor = \"other\"");
  const Finished checked = site.authd({"check-config"});
  expect_contains(checked.err, "state.map_mib");
  expect_contains(checked.err, "program[0].processor");
}

TEST(CheckConfig, SaysThatTheFileIsMissing) {
  const Site site;
  fs::remove(site.config());
  const Finished checked = site.authd({"check-config"});
  EXPECT_EQ(checked.code, 2);
  EXPECT_EQ(checked.err, site.config().string() + ": cannot be read\n");
}

TEST(CheckConfig, AcceptsTheShippedExample) {
  const Site site;
  write_file(site.config(), read_file(fs::path(AUTHD_OPS) / "authd.example.toml"));
  const Finished checked = site.authd({"check-config"});
  EXPECT_EQ(checked.code, 0) << checked.err;
  EXPECT_EQ(checked.out.find(site.config().string() + ": ok, 1 program(s), ledger in PostgreSQL\n"),
            0U);
  EXPECT_NE(checked.out.find("the ledger was not checked"), std::string::npos) << checked.out;
}

TEST(CommandLine, ExplainsItself) {
  const Finished help = run({AUTHD_BINARY, "--help"});
  EXPECT_EQ(help.code, 0);
  for (const char* const command :
       {"serve", "migrate", "load", "check-config", "status", "journal"})
    expect_contains(help.out, command);
  const Finished version = run({AUTHD_BINARY, "--version"});
  EXPECT_EQ(version.code, 0);
  EXPECT_EQ(version.out.find_first_not_of("0123456789.\n"), std::string::npos) << version.out;
}

TEST(CommandLine, RefusesWhatItDoesNotKnow) {
  EXPECT_EQ(run({AUTHD_BINARY}).code, 2);
  EXPECT_EQ(run({AUTHD_BINARY, "sing"}).code, 2);
  EXPECT_EQ(run({AUTHD_BINARY, "serve", "--loudly"}).code, 2);
}

TEST(Load, NamesTheLineAndKeyOfABadOpening) {
  const Site site;
  const Finished bad = site.load(account_line(1, 100) +
                                 R"({"account":{"id":2,"currency":"USD","balance_minor":1.5}})" +
                                 "\n" + account_line(3, 100));
  EXPECT_EQ(bad.code, 1);
  EXPECT_TRUE(bad.err.starts_with("line 2: account: balance_minor must be an integer")) << bad.err;
  const Finished unknown = site.load(R"({"account":{"id":2,"currency":"USD","balance":1}})"
                                     "\n");
  EXPECT_EQ(unknown.code, 1);
  EXPECT_EQ(unknown.err, "line 1: account: balance is not a known key\n");
  const Finished nobody = site.load(card_line("card-9", 9));
  EXPECT_EQ(nobody.code, 1);
  EXPECT_EQ(nobody.err, "line 1: the account does not exist\n");
  // What stood before the bad line is kept, what stood behind it is not.
  EXPECT_EQ(site.load(account_line(1, 100) + account_line(3, 100)).out,
            "accounts: 1 created, 1 existed already\ncards: 0 created, 0 existed already\n");
}

TEST(Serve, RefusesAStateThatIsInUse) {
  const Site site;
  Daemon first(site);
  ASSERT_TRUE(first.await_ready()) << first.log();
  Daemon second(site);
  EXPECT_EQ(second.wait(), 2);
  expect_contains(second.log(), "cannot start: state directory: another authd is using it");
  const Finished loaded = site.load(account_line(1, 100));
  EXPECT_EQ(loaded.code, 2);
  expect_contains(loaded.err, "another authd is using it");
  EXPECT_EQ(first.admin("/readyz").status, 200);  // undisturbed
  EXPECT_EQ(first.terminate(), 0) << first.log();
}

TEST(Serve, NamesThePortThatIsTaken) {
  const Site site;
  Daemon first(site);
  ASSERT_TRUE(first.await_ready()) << first.log();
  const std::string taken = "127.0.0.1:" + std::to_string(first.port());
  {
    const Site other({.listen = taken});
    Daemon second(other);
    EXPECT_EQ(second.wait(), 2);
    expect_contains(second.log(), "cannot start: server.listen " + taken + ": ");
  }
  const Site other({.admin_listen = taken});
  Daemon second(other);
  EXPECT_EQ(second.wait(), 2);
  expect_contains(second.log(), "cannot start: server.admin_listen " + taken + ": ");
  EXPECT_EQ(first.terminate(), 0) << first.log();
}

TEST(Status, TellsWhetherTheDaemonIsThere) {
  const Site site;
  Daemon daemon(site);
  ASSERT_TRUE(daemon.await_ready()) << daemon.log();
  const std::string address = "127.0.0.1:" + std::to_string(daemon.admin_port());
  change(site, "admin_listen = \"127.0.0.1:0\"", "admin_listen = \"" + address + "\"");
  const Finished running = site.authd({"status"});
  EXPECT_EQ(running.code, 0) << running.err;
  expect_contains(running.out, "journaled_sequence");
  EXPECT_EQ(daemon.terminate(), 0) << daemon.log();
  const Finished stopped = site.authd({"status"});
  EXPECT_EQ(stopped.code, 1);
  expect_contains(stopped.err, "authd at " + address + " does not answer: ");
}

TEST(Journal, ThatIsCorruptIsNamedAndRefused) {
  const Site site;
  ASSERT_EQ(site.load(account_line(1, 10'000) + card_line("card-1", 1)).code, 0);
  {
    Daemon daemon(site);
    ASSERT_TRUE(daemon.await_ready()) << daemon.log();
    for (int i = 0; i < 20; ++i) {
      const auto body = purchase_body("m-" + std::to_string(i), "card-1", "1.00");
      ASSERT_EQ(post_to(daemon, post(body)).status, 200);
    }
    daemon.kill();
  }
  ASSERT_EQ(site.authd({"journal", "verify"}).code, 0);

  // A byte of the first message's name, with nineteen batches behind it.
  const auto segment = site.path("state") / "journal" / "segment-00000001.journal";
  std::string bytes = read_file(segment);
  const std::size_t at = bytes.find("m-0");
  ASSERT_NE(at, std::string::npos);
  bytes[at] = 'M';
  write_file(segment, bytes);
  // The snapshot may hold that record already, and a start reads only what it needs.
  fs::remove_all(site.path("state") / "snapshot");

  const Finished verified = site.authd({"journal", "verify"});
  EXPECT_EQ(verified.code, 1);
  expect_contains(verified.err, " in segment-00000001.journal at offset ");
  const Finished served = site.authd({"serve"});
  EXPECT_EQ(served.code, 2);
  expect_contains(served.err, "cannot start: journal: ");
  expect_contains(served.err, " in segment-00000001.journal at offset ");
  const std::string offset = verified.err.substr(verified.err.find("offset ") + 7);
  EXPECT_LE(std::stoull(offset), at);
  EXPECT_EQ(read_file(segment), bytes);  // evidence is not touched
}

}  // namespace
}  // namespace authd::test
