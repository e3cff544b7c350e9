// Identifiers: gives the bodies of a fixture new ids, so that it can be played any number of times
// against a daemon that remembers every message.
//
// An identifier is recognised by its shape, or is one of the names that are given besides:
//
//   7f0c9a52-4c1e-4b7a-9d0b-5e2f8a61c3d4       Marqeta, Lithic: UUID
//   iauth_1LbU9a98XLGYhbcjt1bs56zQ             Stripe: a prefix, 16 or more letters and digits
//   PIMF7R1WMHHC0648FASDGSB2N, THDEQHGJX6SGAQ  Adyen: 13 or more capitals and digits, of each some
//
// The new one is made of the run's seed and the old one alone, so it is the same in all bodies: a
// digit in place of a digit, a letter in place of a letter of its case. Prefixes stay, and the
// places of a UUID that tell its version. It never holds what looks like a card number.
//
// The text of a body is changed, not its values: numbers keep their digits, and what is signed is
// what would be signed. An identifier inside a longer string is left alone; in the fixtures there
// is none that matters, see the test.
//
// Threads: any number at once.

#pragma once

#include <cstdint>
#include <set>
#include <string>
#include <string_view>

namespace authd::simulate {

bool is_identifier(std::string_view text) noexcept;

class Identifiers {
 public:
  // Different seeds give different ids: a fixture has 10^10 or more of each shape.
  explicit Identifiers(std::uint64_t seed, std::set<std::string, std::less<>> names = {});

  std::string renewed(std::string_view identifier) const;

  // A JSON text with every string renewed that is an identifier.
  std::string renewed_in(std::string_view json) const;

 private:
  std::uint64_t seed_;
  std::set<std::string, std::less<>> names_;
};

}  // namespace authd::simulate
