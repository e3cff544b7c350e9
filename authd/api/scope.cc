#include "authd/api/scope.h"

#include <array>

namespace authd::api {

namespace {

// In the order of the enumerators.
constexpr std::array<std::string_view, scope_max + 1> names{"",
                                                            "holders:read",
                                                            "holders:write",
                                                            "accounts:read",
                                                            "accounts:write",
                                                            "cards:read",
                                                            "cards:write",
                                                            "controls:read",
                                                            "controls:write",
                                                            "money:read",
                                                            "money:write",
                                                            "decisions:read",
                                                            "recon:read",
                                                            "recon:write",
                                                            "recon:approve",
                                                            "referrals:read",
                                                            "referrals:write",
                                                            "referrals:admin",
                                                            "referrals:receipts"};

}  // namespace

std::string_view name(Scope scope) noexcept { return names[static_cast<std::size_t>(scope)]; }

std::optional<Scope> scope_named(std::string_view name) noexcept {
  for (std::size_t i = 1; i < names.size(); ++i) {
    if (names[i] == name) return static_cast<Scope>(i);
  }
  return std::nullopt;
}

}  // namespace authd::api
