#include "core/explanation.h"

#include <limits>

namespace authd::core {

CheckKind kind_of(const Check& check) noexcept { return static_cast<CheckKind>(check.index() + 1); }

std::string_view name(CheckKind kind) noexcept {
  switch (kind) {
    case CheckKind::limit: return "limit";
    case CheckKind::deny: return "deny";
    case CheckKind::allow: return "allow";
    case CheckKind::hours: return "hours";
    case CheckKind::require: return "require";
    case CheckKind::single_use: return "single_use";
    case CheckKind::merchant_lock: return "merchant_lock";
  }
  return "unknown";
}

std::string_view name(Level level) noexcept {
  switch (level) {
    case Level::program: return "program";
    case Level::account: return "account";
    case Level::card: return "card";
  }
  return "unknown";
}

std::int64_t Finding::left() const noexcept {
  const auto after = checked_add(used, asked);
  const auto rest = after ? checked_sub(limit, *after) : std::nullopt;
  return rest.value_or(std::numeric_limits<std::int64_t>::min());
}

}  // namespace authd::core
