#include "authd/simulate/random/draw.h"

#include "core/assert.h"

namespace authd::simulate::random {

namespace {

constexpr std::string_view digit = "0123456789";
constexpr std::string_view hex_digit = "0123456789abcdef";
constexpr std::string_view letter = "ABCDEFGHJKLMNPQRSTUVWXYZ";
constexpr std::string_view upper = "0123456789ABCDEFGHJKLMNPQRSTUVWXYZ";
constexpr std::string_view any = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
constexpr std::size_t letter_every = 8;  // where an id might be all digits

}  // namespace

std::int64_t Draw::below(std::int64_t bound) {
  AUTHD_ASSERT(bound > 0);
  return static_cast<std::int64_t>(engine_() % static_cast<std::uint64_t>(bound));
}

std::string Draw::text(std::size_t count, std::string_view alphabet) {
  std::string result;
  for (std::size_t i = 0; i < count; ++i) result += one_of(alphabet);
  return result;
}

std::string Draw::digits(std::size_t count) {
  return text(1, digit.substr(0, 2)) + text(count - 1, digit);
}

std::string Draw::uuid() {
  std::string id = text(36, hex_digit);
  for (const std::size_t hyphen : {8U, 13U, 18U, 23U}) id[hyphen] = '-';
  id[14] = '4';
  id[19] = one_of(std::string_view("89ab"));
  return id;
}

std::string Draw::letters_and_digits(std::size_t count) {
  std::string id = text(count, upper);
  for (std::size_t i = letter_every - 1; i < count; i += letter_every) id[i] = one_of(letter);
  return id;
}

std::string Draw::mixed(std::string_view prefix) {
  constexpr std::size_t length = 23;
  std::string id = text(length, any);
  for (std::size_t i = letter_every - 1; i < length; i += letter_every) id[i] = one_of(letter);
  return std::string(prefix) + "_1" + id;
}

std::string Draw::hex(std::size_t count) { return text(count, hex_digit); }

}  // namespace authd::simulate::random
