#include "core/tallies.h"

#include <algorithm>
#include <limits>
#include <tuple>

namespace authd::core {

namespace {

using Iterator = std::vector<Tally>::iterator;

constexpr auto key(const Tally& tally) noexcept {
  return std::tuple(tally.counter, tally.begins_at);
}

template <class Tallies>
auto position(Tallies& tallies, CounterId counter, Timestamp begins_at) noexcept {
  return std::lower_bound(
      tallies.begin(), tallies.end(), std::tuple(counter, begins_at),
      [](const Tally& tally, const auto& wanted) { return key(tally) < wanted; });
}

bool is_at(const std::vector<Tally>& tallies, Iterator at, CounterId counter,
           Timestamp begins_at) noexcept {
  return at != tallies.end() && at->counter == counter && at->begins_at == begins_at;
}

std::int64_t saturating_add(std::int64_t a, std::int64_t b) noexcept {
  return checked_add(a, b).value_or(std::numeric_limits<std::int64_t>::max());
}

std::uint32_t saturating_add(std::uint32_t a, std::uint32_t b) noexcept {
  return a > std::numeric_limits<std::uint32_t>::max() - b
             ? std::numeric_limits<std::uint32_t>::max()
             : a + b;
}

// Makes room: the two oldest tallies of the counter that has most become one. If each counter has
// one alone, most belong to controls that are gone: the oldest counter goes.
void merge_oldest(std::vector<Tally>& tallies) noexcept {
  auto longest = tallies.begin();
  std::ptrdiff_t length = 0;
  for (auto begin = tallies.begin(); begin != tallies.end();) {
    const auto end = std::find_if(begin, tallies.end(), [&begin](const Tally& tally) {
      return tally.counter != begin->counter;
    });
    if (end - begin > length) {
      longest = begin;
      length = end - begin;
    }
    begin = end;
  }
  if (length > 1) {
    const auto newer = longest + 1;
    newer->minor = saturating_add(newer->minor, longest->minor);
    newer->count = saturating_add(newer->count, longest->count);
  }
  tallies.erase(longest);
}

}  // namespace

Used used(const Usage& usage, CounterId counter, Timestamp counts_from) noexcept {
  Used sum;
  for (auto tally = position(usage.tallies, counter, counts_from);
       tally != usage.tallies.end() && tally->counter == counter; ++tally) {
    sum.minor = saturating_add(sum.minor, tally->minor);
    sum.count = saturating_add(sum.count, static_cast<std::int64_t>(tally->count));
  }
  return sum;
}

void add(Usage& usage, CounterId counter, const Span& span, std::int64_t minor,
         std::uint32_t count) {
  std::vector<Tally>& tallies = usage.tallies;
  const Timestamp earliest{std::numeric_limits<std::int64_t>::min()};
  tallies.erase(position(tallies, counter, earliest), position(tallies, counter, span.counts_from));

  auto at = position(tallies, counter, span.tally);
  if (!is_at(tallies, at, counter, span.tally)) {
    if (tallies.size() >= Usage::tallies_max) {
      merge_oldest(tallies);
      at = position(tallies, counter, span.tally);
    }
    at = tallies.insert(at, Tally{counter, span.tally, 0, 0});
  }
  at->minor = saturating_add(at->minor, minor);
  at->count = saturating_add(at->count, count);
}

void give_back(Usage& usage, CounterId counter, Timestamp begins_at, std::int64_t minor,
               std::uint32_t count) {
  std::vector<Tally>& tallies = usage.tallies;
  const auto at = position(tallies, counter, begins_at);
  if (!is_at(tallies, at, counter, begins_at)) return;
  at->minor -= std::min(at->minor, minor);
  at->count -= std::min(at->count, count);
  if (at->minor == 0 && at->count == 0) tallies.erase(at);
}

}  // namespace authd::core
