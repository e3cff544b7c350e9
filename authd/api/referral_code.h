// Codes by which members are claimed.

#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "authd/api/call.h"

namespace authd::api {

// 8 of the 31 letters and digits that nobody takes for another one: no 0, O, 1, I, L. From the
// operating system's source of randomness.
std::string make_referral_code();

// Whether somebody may choose it: 4 to 16 of A–Z and 0–9.
bool is_referral_code(std::string_view text) noexcept;

// The first that `make` gives and nobody of the program has; `unavailable` when none of some is.
core::Result<std::string, Problem> free_referral_code(store::Connection& connection,
                                                      std::string_view program,
                                                      const std::function<std::string()>& make);

std::vector<Statement> referral_code_statements();

}  // namespace authd::api
