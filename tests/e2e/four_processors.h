// Four programs, one at each processor, as an issuer configures them, and the processors as they
// post to them: each signs in its own way. A program has the name of its processor.

#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "tests/e2e/daemon.h"

namespace authd::test {

inline constexpr std::array<std::string_view, 4> four_processors{"marqeta", "stripe", "lithic",
                                                                 "adyen"};

// The programs and the files of their secrets, for a Site.
//
//   marqeta  Basic on both endpoints, X-Marqeta-Signature on events as well
//   stripe   Stripe-Signature
//   lithic   Standard Webhooks
//   adyen    Basic on both endpoints, HmacSignature on events as well
//
// Each of them takes an old secret, too.
Site::Settings with_four_programs(Site::Settings settings = {});

// Which of the two secrets signs, and when.
struct Signing {
  bool old_secret = false;
  std::int64_t at_unix_s = 0;  // 0: now
};

// The header lines with which the processor proves who it is, each ended by CRLF.
std::string proof(std::string_view processor, std::string_view endpoint, std::string_view body,
                  Signing signing = {});

// A whole request; `lines` are further header lines.
std::string post_to(std::string_view processor, std::string_view endpoint, std::string_view body,
                    std::string_view lines);
// With its proof.
std::string post_to(std::string_view processor, std::string_view endpoint, std::string_view body);

// A purchase of USD.
std::string question(std::string_view processor, const std::string& message,
                     const std::string& card, std::int64_t amount_minor);
bool is_approved(std::string_view processor, const HttpAnswer& answer);

// A clearing that nobody was asked about.
std::string forced_post(std::string_view processor, const std::string& message,
                        const std::string& card, std::int64_t amount_minor);

}  // namespace authd::test
