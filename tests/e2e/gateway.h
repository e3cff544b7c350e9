// What a processor posts, and the accounts and cards it posts about.

#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace authd::test {

inline constexpr std::string_view gateway_username = "gateway";
inline constexpr std::string_view gateway_password = "test-password";
inline constexpr std::string_view gateway_credentials =
    "Basic Z2F0ZXdheTp0ZXN0LXBhc3N3b3Jk";  // of the two above
inline constexpr std::string_view gateway_path = "/programs/demo/authorizations";

// Appends what `authd load` reads. Amounts are minor units of USD.
std::string account_line(std::int64_t id, std::int64_t balance_minor);
std::string card_line(std::string_view token, std::int64_t account,
                      std::string_view program = "demo");

// The body of a Marqeta gateway request in USD. `amount` stands in it as it is: `12.50`, `"12.50"`,
// `null` …
std::string purchase_body(std::string_view message, std::string_view card, std::string_view amount);
std::string inquiry_body(std::string_view message, std::string_view card);

std::string major_units(std::int64_t minor_units);  // 1250: "12.50"

// A whole request with this body; `credentials` is the value of Authorization, empty for none.
std::string post(std::string_view body, std::string_view credentials = gateway_credentials,
                 std::string_view path = gateway_path);

}  // namespace authd::test
