// The daemon with certificates: decisions over TLS, new certificates on SIGHUP, and what it says of
// certificates that it cannot use.

#include <gtest/gtest.h>

#include <csignal>
#include <filesystem>
#include <optional>
#include <string>

#include "tests/e2e/daemon.h"
#include "tests/e2e/eventually.h"
#include "tests/e2e/gateway.h"
#include "tests/net/tls_peer.h"

namespace authd::test {
namespace {

namespace fs = std::filesystem;

class Tls : public testing::Test {
 protected:
  static std::string tables(const Identity& identity, const std::string& client_ca = "") {
    std::string text = "[server.tls]\ncertificate = \"" + identity.certificate + "\"\nkey = \"" +
                       identity.key + "\"\n";
    if (!client_ca.empty()) text += "client_ca = \"" + client_ca + "\"\n";
    return text;
  }
  TlsPeer::Options trusting() const {
    return {TLS1_2_VERSION, TLS1_3_VERSION, authority_.certificate(), {}, nullptr};
  }
  static std::string status_line(const std::string& answer) {
    return answer.substr(0, answer.find("\r\n"));
  }

  const TemporaryDirectory files_;
  const Authority authority_{files_.path(), "root"};
  const Identity server_ = authority_.issue("server");
};

TEST_F(Tls, CarriesDecisions) {
  const Site site({.server_keys = tables(server_)});
  site.load(account_line(1, 10'000) + card_line("card-1", 1));
  Daemon daemon(site);
  ASSERT_TRUE(daemon.await_ready()) << daemon.log();
  TlsPeer peer(daemon.port(), trusting());
  ASSERT_TRUE(peer.is_connected());
  EXPECT_EQ(status_line(peer.exchange(post(purchase_body("m-1", "card-1", "60.00")))),
            "HTTP/1.1 200 OK");
  EXPECT_EQ(status_line(peer.exchange(post(purchase_body("m-2", "card-1", "60.00")))),
            "HTTP/1.1 402 Payment Required");
  EXPECT_EQ(status_line(peer.exchange(post(purchase_body("m-1", "card-1", "60.00"), "Basic eDp5"))),
            "HTTP/1.1 401 Unauthorized");
  EXPECT_EQ(post_to(daemon, post(purchase_body("m-3", "card-1", "1.00"))).status, 0);
  EXPECT_EQ(daemon.metric("authd_http_refused_total{reason=\"tls_handshake\"}"), 1);
  EXPECT_EQ(daemon.terminate(), 0);
}

TEST_F(Tls, TakesNewCertificatesOnSighupAndDropsNobody) {
  const Site site({.server_keys = tables(server_)});
  site.load(account_line(1, 10'000) + card_line("card-1", 1));
  Daemon daemon(site);
  ASSERT_TRUE(daemon.await_ready()) << daemon.log();
  TlsPeer before(daemon.port(), trusting());
  EXPECT_EQ(before.server_name(), "server");

  const Identity renewed = authority_.issue("renewed");
  fs::rename(renewed.certificate, server_.certificate);
  daemon.signal(SIGHUP);
  EXPECT_TRUE(eventually([&] {
    return daemon.log().find("server.tls: " + server_.key +
                             ": key does not belong to the certificate") != std::string::npos;
  }));
  EXPECT_EQ(TlsPeer(daemon.port(), trusting()).server_name(), "server");

  fs::rename(renewed.key, server_.key);
  daemon.signal(SIGHUP);
  EXPECT_TRUE(
      eventually([&] { return TlsPeer(daemon.port(), trusting()).server_name() == "renewed"; }));
  EXPECT_EQ(status_line(before.exchange(post(purchase_body("m-1", "card-1", "1.00")))),
            "HTTP/1.1 200 OK");
}

TEST_F(Tls, BelievesAProcessorByTheNameInItsCertificate) {
  const std::string programs =
      "[[program]]\nid = \"heron\"\nprocessor = \"marqeta\"\nanswer_within_ms = 7000\n"
      "[[program.authentication]]\nscheme = \"client_certificate\"\n"
      "names = [\"gateway.heron.example\"]\n";
  const Site site({.server_keys = tables(server_, authority_.certificate()), .programs = programs});
  site.load(account_line(1, 10'000) + card_line("card-1", 1, "heron"));
  Daemon daemon(site);
  ASSERT_TRUE(daemon.await_ready()) << daemon.log();
  const auto asked_as = [&](const std::optional<Identity>& identity, const std::string& message) {
    TlsPeer::Options options = trusting();
    options.identity = identity;
    TlsPeer peer(daemon.port(), options);
    return status_line(peer.exchange(
        post(purchase_body(message, "card-1", "1.00"), "", "/programs/heron/authorizations")));
  };
  EXPECT_EQ(asked_as(authority_.issue("gateway.heron.example"), "m-1"), "HTTP/1.1 200 OK");
  EXPECT_EQ(asked_as(authority_.issue("gateway.kestrel.example"), "m-2"),
            "HTTP/1.1 401 Unauthorized");
  EXPECT_EQ(asked_as(std::nullopt, "m-3"), "HTTP/1.1 401 Unauthorized");
  const std::string series = R"(authd_unauthenticated_total{endpoint="authorizations",fault=")";
  const std::string labels = R"(",program="heron",scheme="client_certificate"})";
  EXPECT_EQ(daemon.metric(series + "mismatch" + labels), 1);
  EXPECT_EQ(daemon.metric(series + "missing" + labels), 1);
  EXPECT_GT(daemon.metric(R"(authd_certificate_expiry_timestamp_seconds{listener="server"})"), 0);
  EXPECT_EQ(daemon.terminate(), 0);
}

TEST_F(Tls, DoesNotStartWithACertificateThatCannotBeUsed) {
  const Identity expired =
      authority_.issue("expired", -std::chrono::hours(2), -std::chrono::hours(1));
  const std::string nowhere = files_.path() / "nowhere.pem";
  for (const auto& [keys, complaint] :
       {std::pair(tables(expired),
                  "server.tls: " + expired.certificate + ": certificate is not valid now"),
        std::pair(tables({nowhere, server_.key}),
                  "server.tls: " + nowhere + ": certificate cannot be used"),
        std::pair(tables(server_, nowhere),
                  "server.tls: " + nowhere + ": certificates of client_ca cannot be used")}) {
    const Site site({.server_keys = keys});
    const Finished checked = site.authd({"check-config"});
    EXPECT_EQ(checked.code, 1);
    EXPECT_NE(checked.err.find(complaint), std::string::npos) << checked.err;
    Daemon daemon(site);
    EXPECT_FALSE(daemon.await_serving());
    EXPECT_NE(daemon.log().find(complaint), std::string::npos) << complaint << daemon.log();
  }
}

}  // namespace
}  // namespace authd::test
