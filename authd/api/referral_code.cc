#include "authd/api/referral_code.h"

#include <openssl/rand.h>

#include <algorithm>
#include <array>

#include "core/assert.h"

namespace authd::api {

namespace {

constexpr std::string_view alphabet = "23456789ABCDEFGHJKMNPQRSTUVWXYZ";
constexpr std::size_t made_size = 8;
constexpr std::size_t size_min = 4;
constexpr std::size_t size_max = 16;

// Bytes from here on would make the first letters likelier than the others.
constexpr unsigned byte_end = 256U / alphabet.size() * alphabet.size();

}  // namespace

std::string make_referral_code() {
  std::string code;
  while (code.size() < made_size) {
    std::array<unsigned char, 2 * made_size> bytes{};
    const bool random = RAND_bytes(bytes.data(), int{bytes.size()}) == 1;
    AUTHD_ASSERT(random);  // only fails without an operating system's source
    for (const unsigned char byte : bytes) {
      if (byte < byte_end && code.size() < made_size) code += alphabet[byte % alphabet.size()];
    }
  }
  return code;
}

bool is_referral_code(std::string_view text) noexcept {
  return text.size() >= size_min && text.size() <= size_max &&
         std::all_of(text.begin(), text.end(),
                     [](char c) { return (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9'); });
}

core::Result<std::string, Problem> free_referral_code(store::Connection& connection,
                                                      std::string_view program,
                                                      const std::function<std::string()>& make) {
  constexpr int tries_max = 10;
  for (int i = 0; i < tries_max; ++i) {
    std::string code = make();
    AUTHD_TRY(taken, connection.exec_prepared("referral_code_taken",
                                              store::PgParams().text(program).text(code)));
    if (taken.rows() == 0) return code;
  }
  return core::Unexpected{Problem(Problem::Kind::unavailable, "No free code was found.")};
}

std::vector<Statement> referral_code_statements() {
  return {{"referral_code_taken",
           "SELECT holder_id FROM authd.referral_member WHERE program = $1 AND code = $2"}};
}

}  // namespace authd::api
