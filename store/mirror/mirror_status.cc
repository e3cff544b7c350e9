#include "store/mirror/mirror_status.h"

namespace authd::store {

std::string_view name(MirrorState state) noexcept {
  switch (state) {
    case MirrorState::stopped: return "stopped";
    case MirrorState::connecting: return "connecting";
    case MirrorState::comparing: return "comparing";
    case MirrorState::following: return "following";
    case MirrorState::schema_mismatch: return "schema_mismatch";
    case MirrorState::bad_row: return "bad_row";
    case MirrorState::slot_taken: return "slot_taken";
  }
  return "unknown";
}

std::string_view name(CompareReason reason) noexcept {
  switch (reason) {
    case CompareReason::none: return "none";
    case CompareReason::mark_unknown: return "mark_unknown";
    case CompareReason::slot_missing: return "slot_missing";
    case CompareReason::slot_lost: return "slot_lost";
    case CompareReason::other_server: return "other_server";
    case CompareReason::server_behind: return "server_behind";
    case CompareReason::restored: return "restored";
    case CompareReason::state_behind: return "state_behind";
    case CompareReason::refused: return "refused";
    case CompareReason::repaired: return "repaired";
  }
  return "unknown";
}

MirrorFailure failed(const PgError& error) {
  std::string text(name(error.code));
  if (!error.state().empty()) text.append(" ").append(error.state());
  return {MirrorState::connecting, text.append(": ").append(error.message)};
}

MirrorFailure failed(const RowFault& fault) {
  const bool is_schema =
      fault.code == RowFault::Code::unknown_column || fault.code == RowFault::Code::missing_column;
  return {is_schema ? MirrorState::schema_mismatch : MirrorState::bad_row, describe(fault), fault};
}

MirrorFailure stopping() { return {MirrorState::connecting, "stopping"}; }

}  // namespace authd::store
