#include "authd/simulate/random/circumstances.h"

#include <array>
#include <vector>

#include "authd/simulate/random/amounts.h"

namespace authd::simulate::random {

namespace {

// The names of the MCCs in Stripe's words are those of its API.
// clang-format off
constexpr std::array merchants{
    Merchant{"ORRIN STREET MARKET", "000000000318842", "5411", "grocery_stores_supermarkets", "212 Orrin St", "Duluth", "MN", "55802", "USA", "US", Place::shop, false},
    Merchant{"THISTLEDOWN FOODS 07", "000000000902217", "5499", "miscellaneous_food_stores", "8 Quarry Ln", "Eugene", "OR", "97401", "USA", "US", Place::shop, false},
    Merchant{"COPPERFIELD HARDWARE", "000000000440985", "5251", "hardware_stores", "77 Mill Rd", "Dayton", "OH", "45402", "USA", "US", Place::shop, false},
    Merchant{"WINDLASS PHARMACY", "000000000127730", "5912", "drug_stores_and_pharmacies", "3 Harbour Sq", "Bristol", "BST", "BS1 4RB", "GBR", "GB", Place::shop, false},
    Merchant{"Möwenhof Bäckerei", "000000000655104", "5462", "bakeries", "Am Deich 4", "Kiel", "SH", "24103", "DEU", "DE", Place::shop, false},
    Merchant{"BRAMBLE & FINCH CAFE", "000000000283316", "5814", "fast_food_restaurants", "19 Canal Walk", "Leeds", "LDS", "LS1 5PS", "GBR", "GB", Place::shop, true},
    Merchant{"TAVERNA ALCYONE", "000000000771902", "5812", "eating_places_restaurants", "41 Cedar Ave", "Tampa", "FL", "33602", "USA", "US", Place::shop, true},
    Merchant{"PELICAN FUEL 118", "000000000564471", "5542", "automated_fuel_dispensers", "Route 9 Km 4", "Laredo", "TX", "78040", "USA", "US", Place::shop, true},
    Merchant{"GREYSTONE TAXI", "000000000190553", "4121", "taxicabs_limousines", "1 Station Rd", "Boise", "ID", "83702", "USA", "US", Place::shop, true},
    Merchant{"HOTEL LINDENTOR", "000000000838126", "7011", "hotels_motels_and_resorts", "Lindenallee 1", "Graz", "ST", "8010", "AUT", "AT", Place::shop, true},
    Merchant{"SALTMARSH BOOKS", "000000000461090", "5942", "book_stores", "", "Ithaca", "NY", "14850", "USA", "US", Place::online, false},
    Merchant{"PAPERKITE STUDIO", "000000000712648", "5734", "computer_software_stores", "", "Dublin", "D", "D02 X285", "IRL", "IE", Place::online, false},
    Merchant{"NORTHLOOP RAIL", "000000000235517", "4112", "passenger_railways", "", "Malmo", "M", "21120", "SWE", "SE", Place::online, false},
    Merchant{"EMBERLIGHT STREAMING", "000000000984403", "4899", "cable_satellite_and_other_pay_television_and_radio", "", "Austin", "TX", "78701", "USA", "US", Place::online, false},
    Merchant{"LANTERN HILL BANK ATM", "000000000506678", "6011", "automated_cash_disburse", "5 Lantern Hill", "Akron", "OH", "44308", "USA", "US", Place::machine, false},
    Merchant{"CAISSE DU PHARE DAB", "000000000329950", "6011", "automated_cash_disburse", "2 Quai Nord", "Brest", "BRE", "29200", "FRA", "FR", Place::machine, false},
    Merchant{"SWIFTWREN TRANSFER", "000000000148865", "4829", "wires_money_orders", "", "Reno", "NV", "89501", "USA", "US", Place::transfer, false},
};
// clang-format on

// Rates are invented.
constexpr std::array foreigns{
    Foreign{"GBP", "826", 2, 1'314'205}, Foreign{"EUR", "978", 2, 1'087'430},
    Foreign{"CAD", "124", 2, 731'862},   Foreign{"JPY", "392", 0, 6'713},
    Foreign{"KWD", "414", 3, 3'258'190},
};

bool fits(const Merchant& merchant, const Plan& plan) noexcept {
  if (merchant.final_amount_is_later && plan.may_stay_held()) return false;
  switch (plan.kind) {
    case Kind::cash:
    case Kind::inquiry: return merchant.place == Place::machine;
    case Kind::credit: return merchant.place == Place::transfer;
    case Kind::single: return merchant.place == Place::shop && !merchant.final_amount_is_later;
    case Kind::purchase:
    case Kind::verification:
    case Kind::refund:
    case Kind::forced: break;
  }
  return merchant.place == Place::shop || merchant.place == Place::online;
}

Merchant draw_merchant(const Plan& plan, Draw& draw) {
  std::vector<Merchant> fitting;
  for (const Merchant& merchant : merchants) {
    if (fits(merchant, plan)) fitting.push_back(merchant);
  }
  return draw.one_of(fitting);
}

Entry draw_entry(const Merchant& merchant, const Plan& plan, Draw& draw) {
  constexpr std::array at_terminals{Entry::contactless, Entry::contactless, Entry::contactless,
                                    Entry::chip,        Entry::chip,        Entry::magnetic_stripe};
  constexpr std::array without_card{Entry::online, Entry::online, Entry::on_file};
  if (merchant.place == Place::machine) return Entry::chip;
  if (merchant.place != Place::shop) return draw.one_of(without_card);
  return plan.kind == Kind::single ? Entry::chip : draw.one_of(at_terminals);
}

Wallet draw_wallet(Entry entry, Draw& draw) {
  if (entry != Entry::contactless && entry != Entry::online) return Wallet::none;
  if (!draw.chance(30)) return Wallet::none;
  return draw.chance(60) ? Wallet::apple : Wallet::google;
}

}  // namespace

// Does not overflow below 9 * 10^12 minor units.
std::int64_t Circumstances::merchant_minor(std::int64_t minor, int exponent) const noexcept {
  if (foreign == nullptr || exponent != 2) return minor;
  const std::int64_t cents = minor * 1'000'000 / foreign->rate_ppm;
  if (foreign->exponent == 3) return cents * 10;
  return foreign->exponent == 0 ? cents / 100 : cents;
}

std::string Circumstances::rate() const {
  return foreign == nullptr ? "1.0" : major_units(foreign->rate_ppm, 6);
}

std::string Circumstances::name() const {
  constexpr std::size_t width = 25;  // DE43 of ISO 8583
  std::string text(merchant.name);
  if (is_dirty && text.size() < width) text.resize(width, ' ');
  return text;
}

std::string Circumstances::city() const {
  return is_dirty && merchant.place == Place::online ? "888-555-0147" : std::string(merchant.city);
}

std::string Circumstances::state() const {
  return std::string(is_dirty ? merchant.country_3 : merchant.state);
}

Circumstances draw_circumstances(const Plan& plan, std::string_view currency, int exponent,
                                 Draw& draw) {
  Circumstances drawn;
  drawn.merchant = draw_merchant(plan, draw);
  drawn.entry = draw_entry(drawn.merchant, plan, draw);
  drawn.network = draw.chance(55) ? Network::mastercard : Network::visa;
  drawn.wallet = draw_wallet(drawn.entry, draw);
  drawn.is_recurring = drawn.entry == Entry::on_file && draw.chance(50);
  drawn.is_dirty = draw.chance(20);
  drawn.risk = static_cast<int>(draw.below(100));
  const Foreign& foreign = draw.one_of(foreigns);
  const bool is_abroad = exponent == 2 && foreign.currency != currency && draw.chance(10);
  if (is_abroad) drawn.foreign = &foreign;
  return drawn;
}

}  // namespace authd::simulate::random
