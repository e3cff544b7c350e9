// The words for the numbers of the tables of reconciliation, in the order of the numbers, from 1.

#pragma once

#include <array>
#include <string_view>

namespace authd::api {

inline constexpr std::array<std::string_view, 8> recon_run_states{
    "receiving", "queued", "reading", "matching", "done", "failed", "cancelled", "refused"};
inline constexpr std::array<std::string_view, 4> recon_origins{"directory", "upload", "watched",
                                                               "command_line"};
inline constexpr std::array<std::string_view, 7> recon_trailer_verdicts{
    // from 0
    "not_expected",         "matches",      "missing", "unreadable", "count_differs",
    "total_not_comparable", "total_differs"};
inline constexpr std::array<std::string_view, 11> recon_kinds{"missing_internally",
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
inline constexpr std::array<std::string_view, 5> recon_states{"waiting", "open", "in_progress",
                                                              "awaiting_approval", "resolved"};
inline constexpr std::array<std::string_view, 6> recon_resolutions{
    "by_rule", "matched_later", "matched_by_hand", "written_off", "adjusted", "dismissed"};
inline constexpr std::array<std::string_view, 2> recon_item_kinds{"entry", "authorization"};
inline constexpr std::array<std::string_view, 2> recon_proposal_kinds{"write_off", "adjustment"};
inline constexpr std::array<std::string_view, 2> recon_verdicts{"approved", "rejected"};

}  // namespace authd::api
