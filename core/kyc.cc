#include "core/kyc.h"

namespace authd::core {

std::string_view name(Kyc kyc) noexcept {
  switch (kyc) {
    case Kyc::none: return "none";
    case Kyc::pending: return "pending";
    case Kyc::verified: return "verified";
    case Kyc::rejected: return "rejected";
  }
  return "unknown";
}

std::string_view name(KycPolicy policy) noexcept {
  switch (policy) {
    case KycPolicy::ignored: return "ignored";
    case KycPolicy::not_rejected: return "not_rejected";
    case KycPolicy::verified: return "verified";
  }
  return "unknown";
}

bool satisfies(Kyc kyc, KycPolicy policy) noexcept {
  switch (policy) {
    case KycPolicy::ignored: return true;
    case KycPolicy::not_rejected: return kyc != Kyc::rejected;
    case KycPolicy::verified: break;
  }
  return kyc == Kyc::verified;
}

}  // namespace authd::core
