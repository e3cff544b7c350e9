// Certificates made for a test: an authority that signs, and the files of whom it has signed.

#pragma once

#include <openssl/evp.h>
#include <openssl/x509.h>

#include <chrono>
#include <filesystem>
#include <memory>
#include <string>

namespace authd::test {

// Two PEM files.
struct Identity {
  std::string certificate;
  std::string key;
};

class Authority {
 public:
  // Files go to `directory`, which exists. P-256 throughout.
  Authority(std::filesystem::path directory, const std::string& name);

  // `name` is the common name and, with ".example", the DNS name; the address is 127.0.0.1. Files
  // are called after it.
  Identity issue(const std::string& name, std::chrono::seconds begins_in = -std::chrono::hours(1),
                 std::chrono::seconds ends_in = std::chrono::hours(24)) const;

  const std::string& certificate() const noexcept { return certificate_; }  // its own, PEM

 private:
  struct Free {
    void operator()(EVP_PKEY* key) const noexcept { EVP_PKEY_free(key); }
    void operator()(X509* certificate) const noexcept { X509_free(certificate); }
  };
  using Key = std::unique_ptr<EVP_PKEY, Free>;
  using Certificate = std::unique_ptr<X509, Free>;

  static Certificate unsigned_certificate(const std::string& name, EVP_PKEY* key,
                                          std::chrono::seconds begins_in,
                                          std::chrono::seconds ends_in);

  std::filesystem::path directory_;
  Key key_;
  Certificate root_;
  std::string certificate_;
};

}  // namespace authd::test
