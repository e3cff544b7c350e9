#include "store/journal/chain.h"

#include "core/assert.h"

namespace authd::store {

std::optional<Chain> Chain::create() {
  Digest digest(EVP_MD_fetch(nullptr, "SHA256", nullptr), EVP_MD_free);
  Context context(EVP_MD_CTX_new(), EVP_MD_CTX_free);
  if (!digest || !context || EVP_DigestInit_ex2(context.get(), digest.get(), nullptr) != 1) {
    return std::nullopt;
  }
  return Chain(std::move(digest), std::move(context));
}

ChainHash Chain::next(const ChainHash& previous, std::span<const std::byte> records) noexcept {
  ChainHash hash{};
  // None of these can fail on a context that create() has started once: there is no I/O and no
  // memory to be had.
  const bool hashed =
      EVP_DigestInit_ex2(context_.get(), digest_.get(), nullptr) == 1 &&
      EVP_DigestUpdate(context_.get(), previous.data(), previous.size()) == 1 &&
      EVP_DigestUpdate(context_.get(), records.data(), records.size()) == 1 &&
      EVP_DigestFinal_ex(context_.get(), reinterpret_cast<unsigned char*>(hash.data()), nullptr) ==
          1;
  AUTHD_ASSERT(hashed);
  return hash;
}

}  // namespace authd::store
