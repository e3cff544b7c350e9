#include "authd/processors/signature_encoding.h"

#include <openssl/evp.h>

namespace authd::processors {

namespace {

std::optional<unsigned> hex_value(char c) noexcept {
  if (c >= '0' && c <= '9') return static_cast<unsigned>(c - '0');
  if (c >= 'a' && c <= 'f') return static_cast<unsigned>(c - 'a') + 10;
  if (c >= 'A' && c <= 'F') return static_cast<unsigned>(c - 'A') + 10;
  return std::nullopt;
}

std::optional<ShortBytes> decode_hex(std::string_view text) noexcept {
  if (text.empty() || text.size() % 2 != 0 || text.size() / 2 > ShortBytes::size_max)
    return std::nullopt;
  ShortBytes decoded;
  for (std::size_t i = 0; i < text.size(); i += 2) {
    const auto high = hex_value(text[i]);
    const auto low = hex_value(text[i + 1]);
    if (!high || !low) return std::nullopt;
    decoded.bytes[decoded.size++] = static_cast<unsigned char>(*high << 4U | *low);
  }
  return decoded;
}

// Decoded, encoded again and compared: only the canonical text comes back as it was.
std::optional<ShortBytes> decode_base64(std::string_view text) noexcept {
  constexpr std::size_t text_max = ShortBytes::size_max / 3 * 4;
  if (text.empty() || text.size() % 4 != 0 || text.size() > text_max) return std::nullopt;
  const auto* const in = reinterpret_cast<const unsigned char*>(text.data());
  ShortBytes decoded;
  const int size = EVP_DecodeBlock(decoded.bytes.data(), in, static_cast<int>(text.size()));
  if (size <= 0) return std::nullopt;
  const std::size_t padding = text.ends_with("==") ? 2 : text.ends_with('=') ? 1 : 0;
  decoded.size = static_cast<std::size_t>(size) - padding;  // it counts the padding as bytes

  std::array<unsigned char, text_max + 1> again;  // and the NUL that it writes
  const int again_size =
      EVP_EncodeBlock(again.data(), decoded.bytes.data(), static_cast<int>(decoded.size));
  const auto* const canonical = reinterpret_cast<const char*>(again.data());
  if (text != std::string_view(canonical, static_cast<std::size_t>(again_size)))
    return std::nullopt;
  return decoded;
}

}  // namespace

std::optional<ShortBytes> decode(Encoding encoding, std::string_view text) noexcept {
  return encoding == Encoding::hex ? decode_hex(text) : decode_base64(text);
}

}  // namespace authd::processors
