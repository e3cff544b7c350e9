#include "authd/processors/stripe_reader.h"

#include <algorithm>
#include <array>

#include "authd/processors/acquirer_fields.h"
#include "authd/processors/composed_id.h"
#include "authd/processors/integer_amount.h"
#include "authd/processors/stripe_countries.h"
#include "core/mcc_groups.h"

namespace authd::processors::stripe {

namespace {

using core::EntryMode;
using core::Verification;

core::Merchant merchant_in(const FieldReader& reader) noexcept {
  const JsonValue& country = reader.value(fields["data.object.merchant_data.country"]);
  core::Merchant merchant =
      merchant_of({reader.value(fields["data.object.merchant_data.category_code"]),
                   reader.value(fields["data.object.merchant_data.network_id"]),
                   reader.value(fields["data.object.merchant_data.name"]), country});
  merchant.country = *decltype(merchant.country)::from(alpha_3_of(acquirer_text(country)));
  return merchant;
}

// Nothing for anything but three lower-case letters that are a currency: what is no lower-case
// letter becomes no upper-case one either.
std::optional<core::Currency> currency_of(std::string_view lower_case) noexcept {
  constexpr char distance = 'a' - 'A';
  std::array<char, 3> alpha{};
  if (lower_case.size() != alpha.size()) return std::nullopt;
  std::transform(lower_case.begin(), lower_case.end(), alpha.begin(),
                 [](char letter) { return static_cast<char>(letter - distance); });
  return core::Currency::from_alpha({alpha.data(), alpha.size()});
}

constexpr std::array entry_modes{
    Word<EntryMode>{"chip", EntryMode::chip},
    Word<EntryMode>{"contactless", EntryMode::contactless},
    Word<EntryMode>{"keyed_in", EntryMode::manual},
    Word<EntryMode>{"online", EntryMode::ecommerce},
    Word<EntryMode>{"swipe", EntryMode::magnetic_stripe},
};

constexpr std::array card_presences{
    Word<core::CardPresence>{"present", core::CardPresence::present},
    Word<core::CardPresence>{"not_present", core::CardPresence::not_present},
};

constexpr std::array wallets{
    Word<core::Wallet>{"apple_pay", core::Wallet::apple},
    Word<core::Wallet>{"google_pay", core::Wallet::google},
    Word<core::Wallet>{"samsung_pay", core::Wallet::samsung},
};

constexpr std::array checks{
    Word<Verification>{"match", Verification::match},
    Word<Verification>{"mismatch", Verification::mismatch},
};

// `required` is absent: that the cardholder should have been authenticated does not say that it
// failed.
constexpr std::array cardholder_results{
    Word<Verification>{"authenticated", Verification::match},
    Word<Verification>{"attempt_acknowledged", Verification::partial},
    Word<Verification>{"failed", Verification::mismatch},
};

core::Wallet wallet_of(const JsonValue& value) noexcept {
  const bool used = value.type == JsonType::string && !value.text.empty();
  return used ? value_of(value, wallets, core::Wallet::other) : core::Wallet::none;
}

Verification address_of(const FieldReader& reader) noexcept {
  const Verification line =
      value_of(reader.value(fields["data.object.verification_data.address_line1_check"]), checks,
               Verification::absent);
  const Verification code =
      value_of(reader.value(fields["data.object.verification_data.address_postal_code_check"]),
               checks, Verification::absent);
  if (line == code) return line;
  const bool one_matches = line == Verification::match || code == Verification::match;
  return one_matches ? Verification::partial : Verification::mismatch;
}

bool is_in(std::string_view group, std::uint16_t mcc) noexcept {
  const core::MccGroup* const found = core::mcc_group(group);
  return found != nullptr &&
         std::any_of(found->ranges.begin(), found->ranges.end(),
                     [mcc](core::MccRange range) { return range.from <= mcc && mcc <= range.to; });
}

core::Channel channel_of(const core::Details& details, bool has_atm_fee) noexcept {
  constexpr std::uint16_t automated_cash = 6011;
  if (has_atm_fee || details.merchant.mcc == automated_cash) return core::Channel::atm;
  if (details.entry_mode == EntryMode::ecommerce) return core::Channel::ecommerce;
  const bool present = details.card_presence == core::CardPresence::present;
  return present ? core::Channel::point_of_sale : core::Channel::unknown;
}

}  // namespace

bool StripeReader::is_absent(std::size_t field) const noexcept {
  const JsonType type = reader_.value(field).type;
  return type == JsonType::absent || type == JsonType::null;
}

Field<bool> StripeReader::has_data() const {
  for (const std::size_t field : {fields["data"], fields["data.object"]}) {
    AUTHD_TRY(found, reader_.has_object(field));
    if (!found) return reader_.refuse(ParseFault::missing, field);
  }
  return true;
}

Field<core::MessageId> StripeReader::id(std::size_t field) const {
  AUTHD_TRY(text, reader_.text(field));
  if (text.empty()) return reader_.refuse(ParseFault::not_an_identifier, field);
  if (const auto id = core::MessageId::from(text)) return *id;
  return composed_id({text});
}

Field<core::MessageId> StripeReader::optional_id_of(std::size_t field,
                                                    std::size_t id_in_object) const {
  if (is_absent(field)) return core::MessageId{};
  return id(reader_.value(field).type == JsonType::object ? id_in_object : field);
}

Field<core::CardToken> StripeReader::card() const {
  const std::size_t card = fields["data.object.card"];
  const bool is_object = reader_.value(card).type == JsonType::object;
  return reader_.identifier<core::CardToken>(is_object ? fields["data.object.card.id"] : card);
}

Field<core::Currency> StripeReader::currency(std::size_t field) const {
  AUTHD_TRY(text, reader_.text(field));
  const auto currency = currency_of(text);
  if (!currency) return reader_.refuse(ParseFault::unknown_currency, field);
  if (!units_.decimals(*currency)) return reader_.refuse(ParseFault::unknown_decimals, field);
  return *currency;
}

Field<std::int64_t> StripeReader::amount(std::size_t field, core::Currency currency) const {
  AUTHD_TRY(minor, signed_amount(field, currency));
  if (minor < 0) return reader_.refuse(ParseFault::amount_negative, field);
  return minor;
}

Field<std::int64_t> StripeReader::optional_amount(std::size_t field,
                                                  core::Currency currency) const {
  return is_absent(field) ? Field<std::int64_t>(0) : amount(field, currency);
}

Field<std::int64_t> StripeReader::signed_amount(std::size_t field, core::Currency currency) const {
  AUTHD_TRY(written, integer_amount(reader_, field));
  const auto minor = units_.to_minor(written.units, currency);
  if (!minor) return reader_.refuse(minor.error(), field);
  return written.is_negative ? -*minor : *minor;
}

Field<bool> StripeReader::boolean(std::size_t field) const {
  if (is_absent(field)) return reader_.refuse(ParseFault::missing, field);
  return optional_boolean(field);
}

Field<bool> StripeReader::optional_boolean(std::size_t field) const {
  if (is_absent(field)) return false;
  const auto said = flag(reader_.value(field));
  if (!said) return reader_.refuse(ParseFault::wrong_type, field);
  return *said;
}

core::Details StripeReader::details(std::size_t merchant_currency, std::size_t atm_fee,
                                    core::Currency billing) const noexcept {
  core::Details details;
  details.merchant = merchant_in(reader_);
  details.currency = currency_of(acquirer_text(reader_.value(merchant_currency))).value_or(billing);
  details.entry_mode = value_of(reader_.value(fields["data.object.authorization_method"]),
                                entry_modes, EntryMode::unknown);
  details.card_presence = value_of(reader_.value(fields["data.object.card_presence"]),
                                   card_presences, core::CardPresence::unknown);
  details.channel = channel_of(details, reader_.value(atm_fee).type == JsonType::number);
  details.wallet = wallet_of(reader_.value(fields["data.object.wallet"]));
  details.address = address_of(reader_);
  details.security_code = value_of(reader_.value(fields["data.object.verification_data.cvc_check"]),
                                   checks, Verification::absent);
  details.cardholder =
      value_of(reader_.value(fields["data.object.verification_data.three_d_secure.result"]),
               cardholder_results, Verification::absent);
  return details;
}

core::Kind kind_of(const core::Details& details, std::int64_t amount_minor) noexcept {
  if (amount_minor == 0) return core::Kind::account_verification;
  if (details.channel == core::Channel::atm || is_in("cash", details.merchant.mcc))
    return core::Kind::cash;
  return is_in("quasi_cash", details.merchant.mcc) ? core::Kind::quasi_cash : core::Kind::purchase;
}

}  // namespace authd::processors::stripe
