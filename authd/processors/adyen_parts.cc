#include "authd/processors/adyen_parts.h"

#include "authd/processors/acquirer_fields.h"

namespace authd::processors::adyen {

namespace {

using core::CardPresence;
using core::Channel;
using core::EntryMode;
using core::Recurrence;

// By how many decimals Adyen counts more finely than ISO 4217.
int finer(core::Currency currency, Decimals decimals) noexcept {
  if (decimals == Decimals::iso_4217) return 0;
  const std::string_view alpha = currency.alpha();
  if (alpha == "CLP" || alpha == "ISK") return 2;
  if (alpha == "CVE" || alpha == "IDR") return -2;
  return 0;
}

// `entryMode` of a question, `panEntryMode` of a transfer.
constexpr std::array entry_modes{
    Word<EntryMode>{"chip", EntryMode::chip},
    Word<EntryMode>{"contactless", EntryMode::contactless},
    Word<EntryMode>{"magstripe", EntryMode::magnetic_stripe},
    Word<EntryMode>{"manual", EntryMode::manual},
    Word<EntryMode>{"ecommerce", EntryMode::ecommerce},
    Word<EntryMode>{"cof", EntryMode::credential_on_file},
    Word<EntryMode>{"token", EntryMode::other},
};
constexpr std::array card_presences{
    Word<CardPresence>{"chip", CardPresence::present},
    Word<CardPresence>{"contactless", CardPresence::present},
    Word<CardPresence>{"magstripe", CardPresence::present},
    Word<CardPresence>{"ecommerce", CardPresence::not_present},
    Word<CardPresence>{"cof", CardPresence::not_present},
};

// `processingType`.
constexpr std::array channels{
    Word<Channel>{"atmWithdraw", Channel::atm},
    Word<Channel>{"ecommerce", Channel::ecommerce},
    Word<Channel>{"moto", Channel::mail_or_telephone},
    Word<Channel>{"pos", Channel::point_of_sale},
    Word<Channel>{"purchaseWithCashback", Channel::point_of_sale},
};
constexpr std::array recurrences{
    Word<Recurrence>{"recurring", Recurrence::recurring},
};

}  // namespace

Field<std::int64_t> minor_units(const FieldReader& reader, std::size_t field,
                                const IntegerAmount& amount, core::Currency currency,
                                Decimals decimals) {
  constexpr std::int64_t hundred = 100;
  const int more = finer(currency, decimals);
  if (more == 0) return amount.units;
  if (more > 0) {
    if (amount.units % hundred != 0)
      return reader.refuse(ParseFault::amount_too_many_decimals, field);
    return amount.units / hundred;
  }
  if (amount.units > core::minor_units_max / hundred)
    return reader.refuse(ParseFault::amount_overflow, field);
  return amount.units * hundred;
}

core::Details details_of(const DetailFields& fields) noexcept {
  core::Details details;
  details.merchant = merchant_of({fields.mcc, fields.merchant_id, fields.name, fields.country});
  details.entry_mode = value_of(fields.entry_mode, entry_modes, EntryMode::unknown);
  details.card_presence = value_of(fields.entry_mode, card_presences, CardPresence::unknown);
  details.channel = value_of(fields.processing_type, channels, Channel::unknown);
  details.recurrence = value_of(fields.processing_type, recurrences, Recurrence::unknown);
  return details;
}

}  // namespace authd::processors::adyen
