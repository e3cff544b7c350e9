// Chain: SHA-256 over the batches, each hash over the one before.
//
// Threads: one. Cost: about 0.6 ns a byte with SHA instructions, 0.1 µs to start.

#pragma once

#include <openssl/evp.h>

#include <memory>
#include <optional>
#include <span>

#include "store/journal/layout.h"

namespace authd::store {

class Chain {
 public:
  // Nothing when OpenSSL offers no SHA-256 (its configuration can forbid it).
  static std::optional<Chain> create();

  ChainHash next(const ChainHash& previous, std::span<const std::byte> records) noexcept;

 private:
  using Digest = std::unique_ptr<EVP_MD, void (*)(EVP_MD*)>;
  using Context = std::unique_ptr<EVP_MD_CTX, void (*)(EVP_MD_CTX*)>;

  Chain(Digest digest, Context context)
      : digest_(std::move(digest)), context_(std::move(context)) {}

  Digest digest_;  // fetched once: a fetch for every batch costs more than hashing it
  Context context_;
};

}  // namespace authd::store
