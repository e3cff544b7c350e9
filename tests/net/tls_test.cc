// Encrypted listeners: what is agreed upon, who is let in, and certificates that are replaced.

#include "authd/net/tls.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <string>

#include "tests/net/peer.h"
#include "tests/net/test_service.h"
#include "tests/net/tls_peer.h"
#include "tests/store/temporary_directory.h"

namespace authd::net {
namespace {

using std::chrono::hours;
using std::chrono::milliseconds;
using test::Authority;
using test::Identity;
using test::TlsPeer;
using Code = TlsError::Code;

Tls::Time now() {
  return std::chrono::time_point_cast<std::chrono::seconds>(std::chrono::system_clock::now());
}

class TlsTest : public testing::Test {
 protected:
  void start(const Identity& server, const std::string& client_ca = "",
             ServerOptions options = test_options()) {
    auto tls = Tls::load({server.certificate, server.key, client_ca}, now());
    ASSERT_TRUE(tls) << name(tls.error().code) << " " << tls.error().detail;
    tls_ = *tls;
    options.tls = tls_;
    server_ = start_server(service_, options);
  }
  TlsPeer::Options options() const {
    return {TLS1_2_VERSION, TLS1_3_VERSION, authority_.certificate(), {}, nullptr};
  }
  std::string echo(TlsPeer& peer, const std::string& body = "x") {
    const std::string answer = peer.exchange(request("POST", "/echo", body));
    const std::size_t head = answer.find("\r\n\r\n");
    return head == std::string::npos ? "" : answer.substr(head + 4);
  }
  Code refusal_of(const TlsFiles& files) {
    const auto loaded = Tls::load(files, now());
    return loaded ? Code{} : loaded.error().code;
  }
  std::string file(const std::string& name, const std::string& text) {
    std::ofstream(directory_.path() / name) << text;
    return directory_.path() / name;
  }

  test::TemporaryDirectory directory_;
  Authority authority_{directory_.path(), "root"};
  TestService service_;
  std::shared_ptr<Tls> tls_;
  std::unique_ptr<Server> server_;
};

TEST_F(TlsTest, ServesBothVersionsAndManyRequestsAConnection) {
  start(authority_.issue("server"));
  for (const int version : {TLS1_2_VERSION, TLS1_3_VERSION}) {
    auto wanted = options();
    wanted.version_min = wanted.version_max = version;
    TlsPeer peer(server_->port(), wanted);
    ASSERT_TRUE(peer.is_connected()) << version;
    EXPECT_EQ(peer.version(), version);
    EXPECT_EQ(peer.server_name(), "server");
    for (const std::size_t size : {1U, 100U, 20'000U, 100'000U}) {
      const std::string body(size, 'b');
      EXPECT_EQ(echo(peer, body), "POST " + body) << size;
    }
  }
}

TEST_F(TlsTest, CarriesAnAnswerOfManyRecords) {
  start(authority_.issue("server"));
  TlsPeer peer(server_->port(), options());
  const std::string answer = peer.exchange(request("GET", "/large"));
  EXPECT_EQ(answer.size() - answer.find("\r\n\r\n") - 4, TestService::large_bytes);
}

TEST_F(TlsTest, RefusesOlderVersions) {
  start(authority_.issue("server"));
  auto wanted = options();
  wanted.version_min = TLS1_VERSION;
  wanted.version_max = TLS1_1_VERSION;
  EXPECT_FALSE(TlsPeer(server_->port(), wanted).is_connected());
  EXPECT_TRUE(service_.await_refused(Refusal::tls_handshake));
}

TEST_F(TlsTest, RefusesWhatIsNoHandshake) {
  start(authority_.issue("server"));
  Peer plain(server_->port());
  ASSERT_TRUE(plain.send(request("GET", "/echo")));
  EXPECT_TRUE(service_.await_refused(Refusal::tls_handshake));
  const auto rest = plain.receive_rest();  // an alert at most, and no answer
  EXPECT_EQ(rest.value_or("").find("HTTP"), std::string::npos);
  TlsPeer peer(server_->port(), options());
  EXPECT_EQ(echo(peer), "POST x");
}

TEST_F(TlsTest, DoesNotWaitForeverForAHandshake) {
  ServerOptions quick = test_options();
  quick.handshake_time_max = milliseconds(50);
  start(authority_.issue("server"), "", quick);
  Peer silent(server_->port());
  ASSERT_TRUE(silent.is_connected());
  EXPECT_TRUE(service_.await_refused(Refusal::tls_handshake));
  EXPECT_TRUE(silent.receive_rest());
}

TEST_F(TlsTest, ResumesASessionByItsTicket) {
  start(authority_.issue("server"));
  for (const int version : {TLS1_2_VERSION, TLS1_3_VERSION}) {
    auto wanted = options();
    wanted.version_max = version;
    TlsPeer first(server_->port(), wanted);
    ASSERT_EQ(echo(first), "POST x");  // tickets of TLS 1.3 come with the first answer
    EXPECT_FALSE(first.resumed());
    const auto session = first.session();
    EXPECT_EQ(SSL_SESSION_get_max_early_data(session.get()), 0U);
    wanted.session = session.get();
    TlsPeer second(server_->port(), wanted);
    EXPECT_TRUE(second.resumed()) << version;
    EXPECT_EQ(echo(second), "POST x");
  }
}

TEST_F(TlsTest, EndsWithACloseNotify) {
  start(authority_.issue("server"));
  TlsPeer peer(server_->port(), options());
  ASSERT_FALSE(peer.exchange(request("POST", "/close", "x")).empty());
  EXPECT_EQ(peer.receive(), "");
  EXPECT_TRUE(peer.ended_properly());
}

TEST_F(TlsTest, StopsWithoutWaitingForIdleConnections) {
  start(authority_.issue("server"));
  TlsPeer peer(server_->port(), options());
  ASSERT_EQ(echo(peer), "POST x");
  server_->stop(std::chrono::seconds(60));
  EXPECT_EQ(peer.receive(), "");
}

TEST_F(TlsTest, TellsTheServiceWhoTheClientIs) {
  start(authority_.issue("server"), authority_.certificate());
  auto wanted = options();
  TlsPeer stranger(server_->port(), wanted);
  EXPECT_EQ(echo(stranger), "POST x");
  EXPECT_TRUE(service_.certificate_names().empty());
  wanted.identity = authority_.issue("marqeta");
  const std::vector<std::string> names{"marqeta", "marqeta.example", "spiffe://example/marqeta"};
  for (const int version : {TLS1_2_VERSION, TLS1_3_VERSION}) {
    wanted.version_max = version;
    wanted.session = nullptr;
    TlsPeer known(server_->port(), wanted);
    EXPECT_EQ(echo(known), "POST x");
    EXPECT_EQ(service_.certificate_names(), names);
    const auto session = known.session();
    wanted.session = session.get();
    TlsPeer again(server_->port(), wanted);  // a ticket remembers who it was given to
    EXPECT_EQ(echo(again), "POST x");
    EXPECT_TRUE(again.resumed());
    EXPECT_EQ(service_.certificate_names(), names);
  }
}

TEST_F(TlsTest, RefusesCertificatesOfAnotherAuthorityAndExpiredOnes) {
  start(authority_.issue("server"), authority_.certificate());
  const Authority other(directory_.path(), "other");
  auto wanted = options();
  wanted.version_max = TLS1_2_VERSION;  // with 1.3 a client learns of it with its first read
  wanted.identity = other.issue("stranger");
  EXPECT_FALSE(TlsPeer(server_->port(), wanted).is_connected());
  wanted.identity = authority_.issue("expired", -hours(2), -hours(1));
  EXPECT_FALSE(TlsPeer(server_->port(), wanted).is_connected());
  EXPECT_TRUE(service_.await_refused(Refusal::tls_handshake, 2));
  wanted.version_max = TLS1_3_VERSION;
  TlsPeer peer(server_->port(), wanted);
  EXPECT_EQ(echo(peer), "");
  EXPECT_TRUE(service_.await_refused(Refusal::tls_handshake, 3));
}

TEST_F(TlsTest, TakesANewCertificateWithoutDroppingConnections) {
  const Identity files = authority_.issue("server");
  start(files);
  TlsPeer before(server_->port(), options());
  ASSERT_EQ(echo(before), "POST x");
  const Identity renewed = authority_.issue("renewed");
  std::filesystem::rename(renewed.certificate, files.certificate);
  EXPECT_FALSE(tls_->reload(now()));  // the key has not come yet: everything stays
  TlsPeer between(server_->port(), options());
  EXPECT_EQ(between.server_name(), "server");
  std::filesystem::rename(renewed.key, files.key);
  ASSERT_TRUE(tls_->reload(now()));
  TlsPeer after(server_->port(), options());
  EXPECT_EQ(after.server_name(), "renewed");
  EXPECT_EQ(echo(after), "POST x");
  EXPECT_EQ(echo(before), "POST x");
  EXPECT_EQ(echo(between), "POST x");
}

TEST_F(TlsTest, NamesTheFileThatCannotBeUsed) {
  const Identity good = authority_.issue("server");
  const Identity other = authority_.issue("second");
  const std::string nowhere = directory_.path() / "nowhere";
  const std::string garbage = file("garbage", "-----BEGIN CERTIFICATE-----\nAAAA\n");
  EXPECT_EQ(refusal_of({nowhere, good.key, ""}), Code::certificate);
  EXPECT_EQ(refusal_of({garbage, good.key, ""}), Code::certificate);
  EXPECT_EQ(refusal_of({good.certificate, nowhere, ""}), Code::key);
  EXPECT_EQ(refusal_of({good.certificate, garbage, ""}), Code::key);
  EXPECT_EQ(refusal_of({good.certificate, other.key, ""}), Code::key_mismatch);
  EXPECT_EQ(refusal_of({good.certificate, good.key, nowhere}), Code::client_ca);
  EXPECT_EQ(refusal_of({good.certificate, good.key, garbage}), Code::client_ca);
  const auto error = Tls::load({good.certificate, nowhere, ""}, now());
  EXPECT_EQ(error.error().path, nowhere);
}

TEST_F(TlsTest, RefusesACertificateThatIsNotValidNow) {
  const Identity expired = authority_.issue("old", -hours(2), -hours(1));
  const Identity early = authority_.issue("early", hours(1), hours(2));
  EXPECT_EQ(refusal_of({expired.certificate, expired.key, ""}), Code::expired);
  EXPECT_EQ(refusal_of({early.certificate, early.key, ""}), Code::expired);
  const Identity good = authority_.issue("good");
  const auto loaded = Tls::load({good.certificate, good.key, ""}, now());
  ASSERT_TRUE(loaded);
  const Tls::Time end = (*loaded)->expires_at();
  EXPECT_GT(end, now() + hours(23));
  EXPECT_LT(end, now() + hours(25));
  EXPECT_TRUE((*loaded)->reload(end - std::chrono::seconds(1)));
  EXPECT_FALSE((*loaded)->reload(end));
}

TEST_F(TlsTest, CutsOffWhoIsTooManyWithoutAHandshake) {
  ServerOptions few = test_options();
  few.connections_max = 1;
  start(authority_.issue("server"), "", few);
  TlsPeer first(server_->port(), options());
  ASSERT_EQ(echo(first), "POST x");
  EXPECT_FALSE(TlsPeer(server_->port(), options()).is_connected());
  EXPECT_TRUE(service_.await_refused(Refusal::connections_total));
  EXPECT_EQ(service_.count_refused(Refusal::tls_handshake), 0);
}

}  // namespace
}  // namespace authd::net
