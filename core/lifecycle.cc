#include "core/lifecycle.h"

#include <algorithm>

#include "core/assert.h"

namespace authd::core {

std::string_view name(Closure closure) noexcept {
  switch (closure) {
    case Closure::open: return "open";
    case Closure::completed: return "completed";
    case Closure::reversed: return "reversed";
    case Closure::expired: return "expired";
    case Closure::declined: return "declined";
  }
  return "unknown";
}

std::optional<std::int64_t> Account::available_minor() const noexcept {
  // Without the holds it has to fit as well, so that each of them can be released at any time.
  if (!checked_add(posted_minor, overdraft_minor)) return std::nullopt;
  const auto balance = checked_sub(posted_minor, held_minor);
  const auto with_overdraft = balance ? checked_add(*balance, overdraft_minor) : std::nullopt;
  return with_overdraft ? checked_sub(*with_overdraft, minimum_minor) : std::nullopt;
}

std::optional<Standing> standing(const Authorization& a) noexcept {
  AUTHD_ASSERT(a.approved_minor >= 0 && a.confirmed_minor >= 0 && a.released_minor >= 0);
  AUTHD_ASSERT(a.cleared_minor >= 0 && a.extra_minor >= 0);
  Standing result;
  if (a.closure != Closure::open) {
    result.counted_minor = a.cleared_minor;
    return result;
  }
  const auto authorized =
      checked_add(std::max(a.approved_minor, a.confirmed_minor), a.adjusted_minor);
  const auto remaining = authorized ? checked_sub(*authorized, a.released_minor) : std::nullopt;
  if (!remaining) return std::nullopt;
  result.counted_minor = std::max(*remaining, a.cleared_minor);

  const std::int64_t uncleared = result.counted_minor - a.cleared_minor;
  const bool extra = a.cleared_minor == 0 && uncleared > 0;
  const auto held = checked_add(uncleared, extra ? a.extra_minor : 0);
  const auto pending = checked_sub(std::max(a.credit_approved_minor, a.credit_confirmed_minor),
                                   std::max<std::int64_t>(a.credited_minor, 0));
  if (!held || !pending) return std::nullopt;
  result.held_minor = *held;
  result.pending_credit_minor = std::max<std::int64_t>(*pending, 0);
  return result;
}

}  // namespace authd::core
