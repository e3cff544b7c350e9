// What the numbers in the tables of reconciliation stand for. Stored: numbers are never reused.
//
// The arrays have the words in the order of the numbers, from 1.

#pragma once

#include <array>
#include <cstdint>
#include <string_view>

namespace authd::recon {

enum class RunState : std::uint8_t {
  receiving = 1,  // its file
  queued = 2,
  reading = 3,
  matching = 4,
  done = 5,
  failed = 6,
  cancelled = 7,
  refused = 8,
};
inline constexpr std::array<std::string_view, 8> run_state_names{
    "receiving", "queued", "reading", "matching", "done", "failed", "cancelled", "refused"};
constexpr std::string_view name(RunState state) noexcept {
  return run_state_names[static_cast<std::size_t>(state) - 1];
}
constexpr bool has_ended(RunState state) noexcept { return state >= RunState::done; }

inline constexpr std::array<std::string_view, 4> run_origin_names{"directory", "upload", "watched",
                                                                  "command_line"};

enum class Discrepancy : std::uint8_t {
  missing_internally = 1,
  missing_externally = 2,
  amount = 3,
  currency = 4,
  status = 5,
  date = 6,
  duplicate = 7,
  fee_variance = 8,
  cleared_without_authorization = 9,
  authorized_never_cleared = 10,
  over_captured = 11,
};
inline constexpr std::array<std::string_view, 11> discrepancy_names{"missing_internally",
                                                                    "missing_externally",
                                                                    "amount",
                                                                    "currency",
                                                                    "status",
                                                                    "date",
                                                                    "duplicate",
                                                                    "fee_variance",
                                                                    "cleared_without_authorization",
                                                                    "authorized_never_cleared",
                                                                    "over_captured"};
constexpr std::string_view name(Discrepancy kind) noexcept {
  return discrepancy_names[static_cast<std::size_t>(kind) - 1];
}

inline constexpr std::array<std::string_view, 5> discrepancy_state_names{
    "waiting", "open", "in_progress", "awaiting_approval", "resolved"};
inline constexpr std::array<std::string_view, 6> resolution_names{
    "by_rule", "matched_later", "matched_by_hand", "written_off", "adjusted", "dismissed"};
inline constexpr std::array<std::string_view, 2> item_kind_names{"entry", "authorization"};
inline constexpr std::array<std::string_view, 2> proposal_kind_names{"write_off", "adjustment"};
inline constexpr std::array<std::string_view, 2> verdict_names{"approved", "rejected"};

}  // namespace authd::recon
