// The client over TLS.

#include <gtest/gtest.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include <cstdio>
#include <memory>

#include "tests/simulate/stub_server.h"

namespace authd::simulate::test {
namespace {

using authd::test::Authority;
using authd::test::Identity;

// A certificate for a host of this machine, which is its own authority.
Identity self_signed(const std::filesystem::path& directory, const std::string& name) {
  const std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)> key(EVP_EC_gen("P-256"),
                                                                &EVP_PKEY_free);
  const std::unique_ptr<X509, decltype(&X509_free)> made(X509_new(), &X509_free);
  X509_set_version(made.get(), X509_VERSION_3);
  ASN1_INTEGER_set(X509_get_serialNumber(made.get()), 1);
  X509_gmtime_adj(X509_getm_notBefore(made.get()), -3'600);
  X509_gmtime_adj(X509_getm_notAfter(made.get()), 3'600);
  X509_set_pubkey(made.get(), key.get());
  const std::string alternative = "DNS:" + name;
  X509_EXTENSION* const extension =
      X509V3_EXT_conf_nid(nullptr, nullptr, NID_subject_alt_name, alternative.c_str());
  X509_add_ext(made.get(), extension, -1);
  X509_EXTENSION_free(extension);
  EXPECT_GT(X509_sign(made.get(), key.get(), EVP_sha256()), 0);

  const Identity files{directory / (name + ".pem"), directory / (name + ".key")};
  const std::unique_ptr<std::FILE, decltype(&std::fclose)> certificate_file(
      std::fopen(files.certificate.c_str(), "w"), &std::fclose);
  const std::unique_ptr<std::FILE, decltype(&std::fclose)> key_file(
      std::fopen(files.key.c_str(), "w"), &std::fclose);
  EXPECT_EQ(PEM_write_X509(certificate_file.get(), made.get()), 1);
  EXPECT_EQ(PEM_write_PrivateKey(key_file.get(), key.get(), nullptr, nullptr, 0, nullptr, nullptr),
            1);
  return files;
}

Told ok(const Asked&) { return {}; }

class SimulateTlsClient : public testing::Test {
 protected:
  std::string exchange_with(const StubServer& server, const http::TlsFiles& files,
                            const std::string& host) {
    const auto tls = make_tls_client(files);
    if (!tls) return tls.error();
    http::Server named = server.server(tls->get());
    named.origin.host = host;
    http::Client client(io_, named);
    http::Request request;
    request.target = "/";
    const auto answer = finished(io_, client.exchange(request));
    return answer ? std::to_string(answer->status) : answer.error().text;
  }

  boost::asio::io_context io_{1};
  TemporaryDirectory directory_;
  Authority authority_{directory_.path(), "authority"};
  Identity localhost_ = self_signed(directory_.path(), "localhost");
};

TEST_F(SimulateTlsClient, BelievesServersOfItsAuthorityUnderTheirName) {
  StubServer server(ok, localhost_);
  const std::string other = self_signed(directory_.path(), "other").certificate;
  EXPECT_EQ(exchange_with(server, {localhost_.certificate, {}, {}}, "localhost"), "200");
  EXPECT_EQ(exchange_with(server, {localhost_.certificate, {}, {}}, "127.0.0.1"),
            "cannot connect: certificate verify failed (SSL routines)");
  EXPECT_EQ(exchange_with(server, {other, {}, {}}, "localhost"),
            "cannot connect: certificate verify failed (SSL routines)");
  EXPECT_EQ(exchange_with(server, {}, "localhost"),
            "cannot connect: certificate verify failed (SSL routines)");
}

TEST_F(SimulateTlsClient, ShowsItsCertificate) {
  StubServer server(ok, localhost_, authority_.certificate());
  const auto mine = authority_.issue("processor");
  const http::TlsFiles with{localhost_.certificate, mine.certificate, mine.key};
  const http::TlsFiles without{localhost_.certificate, {}, {}};
  EXPECT_EQ(exchange_with(server, with, "localhost"), "200");
  EXPECT_NE(exchange_with(server, without, "localhost"), "200");
}

TEST_F(SimulateTlsClient, NamesTheFileThatIsWrong) {
  const auto mine = authority_.issue("processor");
  const std::string absent = directory_.path() / "absent.pem";
  EXPECT_TRUE(http::make_tls_client({absent, {}, {}}).error().starts_with(absent));
  EXPECT_TRUE(http::make_tls_client({{}, absent, mine.key}).error().starts_with(absent));
  EXPECT_TRUE(http::make_tls_client({{}, mine.certificate, absent}).error().starts_with(absent));
  EXPECT_FALSE(http::make_tls_client({{}, mine.certificate, {}}));
  EXPECT_FALSE(http::make_tls_client({{}, {}, mine.key}));
  EXPECT_FALSE(http::make_tls_client({{}, mine.certificate, localhost_.key}));  // of another
}

}  // namespace
}  // namespace authd::simulate::test
