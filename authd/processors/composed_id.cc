#include "authd/processors/composed_id.h"

#include <openssl/sha.h>

#include <algorithm>
#include <array>
#include <string>

#include "core/assert.h"

namespace authd::processors {

namespace {

constexpr std::size_t front_bytes = 31;
constexpr std::size_t digest_bytes = 16;  // of the 32: 128 bits tell any ids apart
static_assert(front_bytes + 1 + 2 * digest_bytes == core::MessageId::size_max);

std::string joined(std::initializer_list<std::string_view> parts) {
  std::string whole;
  for (const std::string_view& part : parts) {
    if (&part != parts.begin()) whole += '|';
    whole += part;
  }
  return whole;
}

void append_digest(std::string& id, std::string_view text) {
  constexpr std::string_view hex = "0123456789abcdef";
  std::array<unsigned char, SHA256_DIGEST_LENGTH> digest{};
  const void* const bytes = text.data();
  SHA256(static_cast<const unsigned char*>(bytes), text.size(), digest.data());
  for (std::size_t i = 0; i < digest_bytes; ++i) {
    id += hex[digest[i] >> 4U];
    id += hex[digest[i] & 0xFU];
  }
}

}  // namespace

core::MessageId composed_id(std::initializer_list<std::string_view> parts) {
  const std::string whole = joined(parts);
  if (const auto id = core::MessageId::from(whole)) return *id;

  std::string shortened = whole.substr(0, front_bytes);
  std::replace_if(
      shortened.begin(), shortened.end(), [](char c) { return c < 0x21 || c > 0x7E; }, '?');
  shortened += '~';
  append_digest(shortened, whole);
  const auto id = core::MessageId::from(shortened);
  AUTHD_ASSERT(id.has_value());
  return *id;
}

}  // namespace authd::processors
