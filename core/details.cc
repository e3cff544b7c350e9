#include "core/details.h"

namespace authd::core {

std::string_view name(EntryMode value) noexcept {
  switch (value) {
    case EntryMode::unknown: return "unknown";
    case EntryMode::chip: return "chip";
    case EntryMode::contactless: return "contactless";
    case EntryMode::magnetic_stripe: return "magnetic_stripe";
    case EntryMode::fallback: return "fallback";
    case EntryMode::manual: return "manual";
    case EntryMode::ecommerce: return "ecommerce";
    case EntryMode::credential_on_file: return "credential_on_file";
    case EntryMode::other: return "other";
  }
  return "unknown";
}

std::string_view name(CardPresence value) noexcept {
  switch (value) {
    case CardPresence::unknown: return "unknown";
    case CardPresence::present: return "present";
    case CardPresence::not_present: return "not_present";
  }
  return "unknown";
}

std::string_view name(Channel value) noexcept {
  switch (value) {
    case Channel::unknown: return "unknown";
    case Channel::point_of_sale: return "point_of_sale";
    case Channel::ecommerce: return "ecommerce";
    case Channel::atm: return "atm";
    case Channel::mail_or_telephone: return "mail_or_telephone";
  }
  return "unknown";
}

std::string_view name(Wallet value) noexcept {
  switch (value) {
    case Wallet::none: return "none";
    case Wallet::apple: return "apple";
    case Wallet::google: return "google";
    case Wallet::samsung: return "samsung";
    case Wallet::other: return "other";
  }
  return "unknown";
}

std::string_view name(Recurrence value) noexcept {
  switch (value) {
    case Recurrence::unknown: return "unknown";
    case Recurrence::single: return "single";
    case Recurrence::recurring: return "recurring";
    case Recurrence::installment: return "installment";
  }
  return "unknown";
}

std::string_view name(Verification value) noexcept {
  switch (value) {
    case Verification::absent: return "absent";
    case Verification::match: return "match";
    case Verification::partial: return "partial";
    case Verification::mismatch: return "mismatch";
  }
  return "unknown";
}

}  // namespace authd::core
