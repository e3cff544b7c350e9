#include "bench/recon_data/world.h"

#include <algorithm>
#include <cstdio>

#include "core/assert.h"

namespace authd::bench {

namespace {

constexpr std::uint64_t rows_of_a_card = 20;
constexpr std::uint64_t holders_max = 50'000;
constexpr std::int64_t first_account = 5'000'000'001;

// The finalizer of SplitMix64: Steele, Lea, Flood, "Fast splittable pseudorandom number
// generators", 2014.
constexpr std::uint64_t mixed(std::uint64_t value) noexcept {
  value += 0x9e3779b97f4a7c15;
  value = (value ^ (value >> 30)) * 0xbf58476d1ce4e5b9;
  value = (value ^ (value >> 27)) * 0x94d049bb133111eb;
  return value ^ (value >> 31);
}

// Two decimals mostly, and the two other numbers of them that there are.
const char* currency_name(std::uint64_t percent) noexcept {
  if (percent < 70) return "USD";
  if (percent < 85) return "EUR";
  return percent < 95 ? "JPY" : "KWD";
}

}  // namespace

std::uint64_t World::holders() const noexcept {
  return std::clamp<std::uint64_t>(rows / rows_of_a_card, 1, holders_max);
}

Holder World::holder(std::uint64_t number) const {
  std::array<char, 24> card{};
  std::snprintf(card.data(), card.size(), "rc-%08llu", static_cast<unsigned long long>(number));
  const auto currency = core::Currency::from_alpha(currency_name(chance(1, number) % 100));
  const auto token = core::CardToken::from(card.data());
  AUTHD_ASSERT(currency && token);
  return {{first_account + static_cast<std::int64_t>(number)}, *currency, *token};
}

std::uint64_t World::lag(Slot slot) const noexcept {
  const std::uint64_t day = rows / days;
  switch (slot) {
    case Slot::first: return 0;
    case Slot::cleared: return day;
    case Slot::again: return day + std::max<std::uint64_t>(day / 24, 1);
    case Slot::late: return days_after * day;
    case Slot::expired: return 7 * day;
  }
  return 0;
}

core::Sequence World::sequence(std::uint64_t index, Slot slot) const noexcept {
  return {(index + lag(slot)) * slot_count + static_cast<std::uint64_t>(slot) + 1};
}

core::Timestamp World::at(std::uint64_t index, Slot slot) const noexcept {
  const std::int64_t record_us = static_cast<std::int64_t>(days) * core::us_per_day /
                                 static_cast<std::int64_t>(rows * slot_count);
  return {begins_at.unix_us + record_us * static_cast<std::int64_t>(sequence(index, slot).value)};
}

std::uint64_t World::chance(std::uint64_t purpose, std::uint64_t number) const noexcept {
  return mixed(mixed(mixed(seed) ^ purpose) ^ number);
}

core::MessageId World::token(std::uint64_t purpose, std::uint64_t number) const {
  const std::uint64_t high = chance(purpose, number);
  const std::uint64_t low = mixed(high);
  std::array<char, 40> text{};
  std::snprintf(text.data(), text.size(), "%08llx-%04llx-4%03llx-%04llx-%012llx",
                static_cast<unsigned long long>(high >> 32),
                static_cast<unsigned long long>(high >> 16 & 0xffff),
                static_cast<unsigned long long>(high & 0xfff),
                static_cast<unsigned long long>(0x8000 | (low >> 48 & 0x3fff)),
                static_cast<unsigned long long>(low & 0xffffffffffff));
  const auto token = core::MessageId::from(text.data());
  AUTHD_ASSERT(token);
  return *token;
}

}  // namespace authd::bench
