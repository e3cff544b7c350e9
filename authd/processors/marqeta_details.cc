// Where and how a card was used, in Marqeta's words.

#include <charconv>

#include "authd/processors/acquirer_fields.h"
#include "authd/processors/card_number.h"
#include "authd/processors/marqeta_transaction.h"

namespace authd::processors::marqeta {

namespace {

using core::Channel;
using core::EntryMode;
using core::Verification;

// `pos.pan_entry_mode` of the Core API.
constexpr std::array entry_modes{
    Word<EntryMode>{"CHIP", EntryMode::chip},
    Word<EntryMode>{"CHIP_CONTACTLESS", EntryMode::contactless},
    Word<EntryMode>{"MAG_STRIPE_CONTACTLESS", EntryMode::contactless},
    Word<EntryMode>{"MAG_STRIPE", EntryMode::magnetic_stripe},
    Word<EntryMode>{"CHIP_FALLBACK", EntryMode::fallback},
    Word<EntryMode>{"MANUAL", EntryMode::manual},
    Word<EntryMode>{"KEY_ENTERED", EntryMode::manual},
    Word<EntryMode>{"KEYED_CARD_PCSC", EntryMode::manual},
    Word<EntryMode>{"MAG_STRIPE_READ_KEYED_PCSC", EntryMode::magnetic_stripe},
    Word<EntryMode>{"CARD_ON_FILE", EntryMode::credential_on_file},
    Word<EntryMode>{"CREDENTIALS_ON_FILE", EntryMode::credential_on_file},
    Word<EntryMode>{"BAR_CODE", EntryMode::other},
    Word<EntryMode>{"OCR", EntryMode::other},
    Word<EntryMode>{"MICR", EntryMode::other},
    Word<EntryMode>{"OTHER", EntryMode::other},
};

// `transaction_metadata.payment_channel`.
constexpr std::array channels{
    Word<Channel>{"ATM", Channel::atm},
    Word<Channel>{"ECOMMERCE", Channel::ecommerce},
    Word<Channel>{"MAIL", Channel::mail_or_telephone},
    Word<Channel>{"PHONE", Channel::mail_or_telephone},
    Word<Channel>{"MOTO", Channel::mail_or_telephone},
};

// Address verification: both, address alone, postal code alone match. The rest match nothing.
constexpr std::array address_codes{
    Word<Verification>{"0000", Verification::match},
    Word<Verification>{"0001", Verification::partial},
    Word<Verification>{"0100", Verification::partial},
    Word<Verification>{"0101", Verification::mismatch},
};

// Unverified: the codes of card_security_code_verification are those of other responses.
constexpr std::array security_codes{
    Word<Verification>{"0000", Verification::match},
    Word<Verification>{"0001", Verification::mismatch},
};

// `cardholder_authentication_data.verification_result`. Unverified but for the first.
constexpr std::array cardholder_results{
    Word<Verification>{"verified", Verification::match},
    Word<Verification>{"not_verified", Verification::mismatch},
    Word<Verification>{"failed", Verification::mismatch},
};
constexpr std::array cardholder_indicators{
    Word<Verification>{"authentication_successful", Verification::match},
    Word<Verification>{"authentication_attempted", Verification::partial},
};

core::Wallet wallet_of(const FieldReader& reader) noexcept {
  constexpr std::array wallets{
      Word<core::Wallet>{"APPLE_PAY", core::Wallet::apple},
      Word<core::Wallet>{"ANDROID_PAY", core::Wallet::google},
      Word<core::Wallet>{"GOOGLE_PAY", core::Wallet::google},
      Word<core::Wallet>{"SAMSUNG_PAY", core::Wallet::samsung},
  };
  if (reader.value(fields["digital_wallet_token"]).type != JsonType::object) {
    return core::Wallet::none;
  }
  return value_of(
      reader.value(fields["digital_wallet_token.token_service_provider.token_requestor_name"]),
      wallets, core::Wallet::other);
}

core::Recurrence recurrence_of(const FieldReader& reader) noexcept {
  const auto recurring = flag_of(reader.value(fields["pos.is_recurring"]));
  const auto installment = flag_of(reader.value(fields["pos.is_installment"]));
  if (recurring.value_or(false)) return core::Recurrence::recurring;
  if (installment.value_or(false)) return core::Recurrence::installment;
  return recurring || installment ? core::Recurrence::single : core::Recurrence::unknown;
}

Channel channel_of(const FieldReader& reader, const core::Details& details) noexcept {
  const Channel said = value_of(reader.value(fields["transaction_metadata.payment_channel"]),
                                channels, Channel::unknown);
  if (said != Channel::unknown) return said;
  const bool present = details.card_presence == core::CardPresence::present;
  return present ? Channel::point_of_sale : Channel::unknown;
}

Verification cardholder_of(const FieldReader& reader) noexcept {
  const Verification result =
      value_of(reader.value(fields["cardholder_authentication_data.verification_result"]),
               cardholder_results, Verification::absent);
  if (result != Verification::absent) return result;
  return value_of(
      reader.value(fields["cardholder_authentication_data.electronic_commerce_indicator"]),
      cardholder_indicators, Verification::absent);
}

// The merchant's currency stands there as the three digits of ISO 4217; the billing currency where
// they are missing.
core::Currency merchant_currency(const FieldReader& reader, core::Currency billing) noexcept {
  const JsonValue& value =
      reader.value(fields["currency_conversion.network.original_currency_code"]);
  const std::string_view digits = value.type == JsonType::string ? value.text : std::string_view{};
  std::uint16_t code = 0;
  const bool is_code = digits.size() == 3 && std::all_of(digits.begin(), digits.end(), is_digit);
  if (is_code) std::from_chars(digits.data(), digits.data() + digits.size(), code);
  return core::Currency::from_numeric(code).value_or(billing);
}

}  // namespace

core::Details details_of(const FieldReader& reader, const Container* container,
                         core::Currency billing) noexcept {
  core::Details details;
  details.merchant = merchant_of({reader.value(fields["card_acceptor.mcc"]),
                                  reader.value(fields["card_acceptor.mid"]),
                                  reader.value(fields["card_acceptor.name"]),
                                  reader.value(fields["card_acceptor.country_code"])});
  details.currency = merchant_currency(reader, billing);
  details.entry_mode =
      value_of(reader.value(fields["pos.pan_entry_mode"]), entry_modes, EntryMode::unknown);
  if (const auto present = flag_of(reader.value(fields["pos.card_presence"]))) {
    details.card_presence =
        *present ? core::CardPresence::present : core::CardPresence::not_present;
  }
  details.channel = channel_of(reader, details);
  details.wallet = wallet_of(reader);
  details.recurrence = recurrence_of(reader);
  if (container != nullptr) {
    details.address =
        value_of(reader.value(container->address_code), address_codes, Verification::absent);
  }
  details.security_code =
      value_of(reader.value(fields["card_security_code_verification.response.code"]),
               security_codes, Verification::absent);
  details.cardholder = cardholder_of(reader);
  return details;
}

}  // namespace authd::processors::marqeta
