// Merchant, terminal and verifications in Lithic's messages; see lithic_parts.h.

#include "authd/processors/acquirer_fields.h"
#include "authd/processors/lithic_parts.h"

namespace authd::processors::lithic {

namespace {

using core::CardPresence;
using core::Channel;
using core::EntryMode;
using core::Recurrence;
using core::Verification;
using core::Wallet;

// `pos.entry_mode.pan`.
constexpr std::array entry_modes{
    Word<EntryMode>{"ICC", EntryMode::chip},
    Word<EntryMode>{"CONTACTLESS", EntryMode::contactless},
    Word<EntryMode>{"MAGNETIC_STRIPE", EntryMode::magnetic_stripe},
    Word<EntryMode>{"ERROR_MAGNETIC_STRIPE", EntryMode::fallback},
    Word<EntryMode>{"ERROR_KEYED", EntryMode::manual},
    Word<EntryMode>{"KEY_ENTERED", EntryMode::manual},
    Word<EntryMode>{"MANUAL", EntryMode::manual},
    Word<EntryMode>{"ECOMMERCE", EntryMode::ecommerce},
    Word<EntryMode>{"SECURE_CARDLESS", EntryMode::ecommerce},
    Word<EntryMode>{"CREDENTIAL_ON_FILE", EntryMode::credential_on_file},
    Word<EntryMode>{"AUTO_ENTRY", EntryMode::other},
    Word<EntryMode>{"BAR_CODE", EntryMode::other},
    Word<EntryMode>{"OCR", EntryMode::other},
};

// `pos.entry_mode.card`.
constexpr std::array card_presences{
    Word<CardPresence>{"PRESENT", CardPresence::present},
    Word<CardPresence>{"NOT_PRESENT", CardPresence::not_present},
};

// `pos.terminal.type`, where it says more than that there is one.
constexpr std::array terminal_channels{
    Word<Channel>{"ATM", Channel::atm},
    Word<Channel>{"ECOMMERCE", Channel::ecommerce},
};

// `pos.entry_mode.cardholder`.
constexpr std::array order_channels{
    Word<Channel>{"ELECTRONIC_ORDER", Channel::ecommerce},
    Word<Channel>{"MAIL_ORDER", Channel::mail_or_telephone},
    Word<Channel>{"TELEPHONE_ORDER", Channel::mail_or_telephone},
    Word<Channel>{"PRESENT", Channel::point_of_sale},
};
constexpr std::array recurrences{
    Word<Recurrence>{"REOCCURRING", Recurrence::recurring},
    Word<Recurrence>{"INSTALLMENT", Recurrence::installment},
    Word<Recurrence>{"ELECTRONIC_ORDER", Recurrence::single},
    Word<Recurrence>{"MAIL_ORDER", Recurrence::single},
    Word<Recurrence>{"TELEPHONE_ORDER", Recurrence::single},
    Word<Recurrence>{"PRESENT", Recurrence::single},
};

// `token_info.wallet_type`.
constexpr std::array wallets{
    Word<Wallet>{"APPLE_PAY", Wallet::apple},    Word<Wallet>{"GOOGLE_PAY", Wallet::google},
    Word<Wallet>{"ANDROID_PAY", Wallet::google}, Word<Wallet>{"SAMSUNG_PAY", Wallet::samsung},
    Word<Wallet>{"NONE", Wallet::none},
};

// `avs.address_on_file_match`.
constexpr std::array address_results{
    Word<Verification>{"MATCH", Verification::match},
    Word<Verification>{"MATCH_ADDRESS_ONLY", Verification::partial},
    Word<Verification>{"MATCH_ZIP_ONLY", Verification::partial},
    Word<Verification>{"MISMATCH", Verification::mismatch},
};

// `cardholder_authentication.authentication_result`. Unverified.
constexpr std::array cardholder_results{
    Word<Verification>{"SUCCESS", Verification::match},
    Word<Verification>{"ATTEMPTS", Verification::partial},
    Word<Verification>{"DECLINE", Verification::mismatch},
};

Channel channel_of(const FieldReader& reader) noexcept {
  const Channel terminal =
      value_of(reader.value(fields["pos.terminal.type"]), terminal_channels, Channel::unknown);
  if (terminal != Channel::unknown) return terminal;
  return value_of(reader.value(fields["pos.entry_mode.cardholder"]), order_channels,
                  Channel::unknown);
}

Wallet wallet_of(const FieldReader& reader) noexcept {
  if (reader.value(fields["token_info"]).type != JsonType::object) return Wallet::none;
  return value_of(reader.value(fields["token_info.wallet_type"]), wallets, Wallet::other);
}

core::Currency merchant_currency(const FieldReader& reader, core::Currency billing) noexcept {
  for (const std::size_t field :
       {fields["amounts.merchant.currency"], fields["merchant_currency"]}) {
    const JsonValue& value = reader.value(field);
    const auto currency = core::Currency::from_alpha(acquirer_text(value));
    if (currency) return *currency;
  }
  return billing;
}

}  // namespace

core::Details details_of(const FieldReader& reader, core::Currency billing) noexcept {
  core::Details details;
  details.merchant = merchant_of(
      {reader.value(fields["merchant.mcc"]), reader.value(fields["merchant.acceptor_id"]),
       reader.value(fields["merchant.descriptor"]), reader.value(fields["merchant.country"])});
  details.currency = merchant_currency(reader, billing);
  details.entry_mode =
      value_of(reader.value(fields["pos.entry_mode.pan"]), entry_modes, EntryMode::unknown);
  details.card_presence =
      value_of(reader.value(fields["pos.entry_mode.card"]), card_presences, CardPresence::unknown);
  details.channel = channel_of(reader);
  details.wallet = wallet_of(reader);
  details.recurrence =
      value_of(reader.value(fields["pos.entry_mode.cardholder"]), recurrences, Recurrence::unknown);
  details.address = value_of(reader.value(fields["avs.address_on_file_match"]), address_results,
                             Verification::absent);
  details.cardholder =
      value_of(reader.value(fields["cardholder_authentication.authentication_result"]),
               cardholder_results, Verification::absent);
  return details;
}

}  // namespace authd::processors::lithic
