#include "tests/net/certificates.h"

#include <openssl/ec.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include <cstdio>
#include <stdexcept>

namespace authd::test {

namespace {

void expect(bool worked, const char* what) {
  if (!worked) throw std::runtime_error(what);
}

struct CloseFile {
  void operator()(std::FILE* file) const noexcept { std::fclose(file); }
};
using File = std::unique_ptr<std::FILE, CloseFile>;

File create(const std::filesystem::path& path) {
  File file(std::fopen(path.c_str(), "w"));
  expect(file != nullptr, "cannot create a file");
  return file;
}

void write_key(const std::filesystem::path& path, EVP_PKEY* key) {
  const File file = create(path);
  expect(PEM_write_PrivateKey(file.get(), key, nullptr, nullptr, 0, nullptr, nullptr) == 1, "key");
}

void write_certificate(const std::filesystem::path& path, X509* certificate) {
  const File file = create(path);
  expect(PEM_write_X509(file.get(), certificate) == 1, "certificate");
}

void add_extension(X509* certificate, int nid, const std::string& value) {
  X509_EXTENSION* const extension = X509V3_EXT_conf_nid(nullptr, nullptr, nid, value.c_str());
  expect(extension != nullptr && X509_add_ext(certificate, extension, -1) == 1, "extension");
  X509_EXTENSION_free(extension);
}

}  // namespace

Authority::Certificate Authority::unsigned_certificate(const std::string& name, EVP_PKEY* key,
                                                       std::chrono::seconds begins_in,
                                                       std::chrono::seconds ends_in) {
  static long serial = 1;
  Certificate certificate(X509_new());
  X509_set_version(certificate.get(), X509_VERSION_3);
  ASN1_INTEGER_set(X509_get_serialNumber(certificate.get()), serial++);
  X509_gmtime_adj(X509_getm_notBefore(certificate.get()), begins_in.count());
  X509_gmtime_adj(X509_getm_notAfter(certificate.get()), ends_in.count());
  X509_NAME* const subject = X509_get_subject_name(certificate.get());
  X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_UTF8,
                             reinterpret_cast<const unsigned char*>(name.c_str()), -1, -1, 0);
  expect(X509_set_pubkey(certificate.get(), key) == 1, "public key");
  return certificate;
}

Authority::Authority(std::filesystem::path directory, const std::string& name)
    : directory_(std::move(directory)), key_(EVP_EC_gen("P-256")) {
  root_ = unsigned_certificate(name, key_.get(), -std::chrono::hours(1), std::chrono::hours(24));
  X509_set_issuer_name(root_.get(), X509_get_subject_name(root_.get()));
  add_extension(root_.get(), NID_basic_constraints, "critical,CA:TRUE");
  expect(X509_sign(root_.get(), key_.get(), EVP_sha256()) > 0, "signature");
  certificate_ = directory_ / (name + ".ca.pem");
  write_certificate(certificate_, root_.get());
}

Identity Authority::issue(const std::string& name, std::chrono::seconds begins_in,
                          std::chrono::seconds ends_in) const {
  const Key key(EVP_EC_gen("P-256"));
  const Certificate certificate = unsigned_certificate(name, key.get(), begins_in, ends_in);
  X509_set_issuer_name(certificate.get(), X509_get_subject_name(root_.get()));
  add_extension(certificate.get(), NID_subject_alt_name,
                "DNS:" + name + ".example,IP:127.0.0.1,URI:spiffe://example/" + name);
  expect(X509_sign(certificate.get(), key_.get(), EVP_sha256()) > 0, "signature");
  const Identity files{directory_ / (name + ".pem"), directory_ / (name + ".key")};
  write_certificate(files.certificate, certificate.get());
  write_key(files.key, key.get());
  return files;
}

}  // namespace authd::test
