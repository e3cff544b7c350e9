#include "core/transfer.h"

namespace authd::core {

namespace {

// Whether the two accounts are what the kind moves money between.
bool fit(TransferKind kind, AccountId from, AccountId to) noexcept {
  const bool debits_wallet = from != AccountId{};
  const bool credits_wallet = to != AccountId{};
  switch (kind) {
    case TransferKind::top_up:
    case TransferKind::referral: return !debits_wallet && credits_wallet;
    case TransferKind::withdrawal:
    case TransferKind::fee:
    case TransferKind::wire: return debits_wallet && !credits_wallet;
    case TransferKind::transfer: return debits_wallet && credits_wallet && from != to;
    case TransferKind::correction: return debits_wallet != credits_wallet;
  }
  return false;
}

}  // namespace

std::string_view name(TransferKind kind) noexcept {
  switch (kind) {
    case TransferKind::top_up: return "top_up";
    case TransferKind::withdrawal: return "withdrawal";
    case TransferKind::fee: return "fee";
    case TransferKind::transfer: return "transfer";
    case TransferKind::wire: return "wire";
    case TransferKind::referral: return "referral";
    case TransferKind::correction: return "correction";
  }
  return "unknown";
}

std::string_view name(TransferStatus status) noexcept {
  switch (status) {
    case TransferStatus::reserved: return "reserved";
    case TransferStatus::sent: return "sent";
    case TransferStatus::posted: return "posted";
    case TransferStatus::returned: return "returned";
    case TransferStatus::declined: return "declined";
  }
  return "unknown";
}

MoveMoney beginning_of(const Transfer& transfer) noexcept {
  return {transfer.program, transfer.id,     transfer.kind,    transfer.from,
          transfer.to,      transfer.amount, transfer.reserve, transfer.mirrored};
}

bool is_valid(const MoveMoney& move) noexcept {
  if (move.program.empty() || move.id.empty()) return false;
  if (move.amount.minor_units <= 0 || move.amount.currency == Currency{}) return false;
  if (move.from.value < 0 || move.to.value < 0) return false;
  if (!fit(move.kind, move.from, move.to)) return false;
  if (move.mirrored && move.from != AccountId{}) return false;
  return !move.reserve || move.kind == TransferKind::wire || move.kind == TransferKind::withdrawal;
}

}  // namespace authd::core
