// Sources: the ranges of ISO 18245 (sections and reserved ranges); Visa, Merchant Data Standards
// Manual, and Mastercard, Quick Reference Booklet, Merchant Edition, for the codes 3000 to 3999 and
// for codes that the standard does not have (4723, 5552, 5723, 5815 to 5818, 6050, 6529 to 6540,
// 7800 to 7802, 9405, 9406, 9754).

#include "core/mcc_groups.h"

#include <algorithm>
#include <array>

namespace authd::core {

namespace {

template <std::size_t Size>
using Ranges = std::array<MccRange, Size>;

constexpr MccRange only(std::uint16_t mcc) noexcept { return {mcc, mcc}; }

// Sections of ISO 18245. Where the standard reserves the codes beside a section, the networks count
// them to it (agricultural services: 0700 to 0999, the rest of the range is not given out).
constexpr Ranges<1> agricultural_services{{{1, 1'499}}};
constexpr Ranges<1> contracted_services{{{1'500, 2'999}}};
constexpr Ranges<2> airlines{{{3'000, 3'350}, only(4'511)}};
constexpr Ranges<3> car_rental{{{3'351, 3'500}, {7'512, 7'513}, only(7'519)}};
constexpr Ranges<2> lodging{{{3'501, 3'999}, only(7'011)}};
constexpr Ranges<1> transportation{{{4'000, 4'799}}};
constexpr Ranges<1> utilities{{{4'800, 4'999}}};
constexpr Ranges<1> retail{{{5'000, 5'599}}};
constexpr Ranges<1> clothing{{{5'600, 5'699}}};
constexpr Ranges<1> miscellaneous_stores{{{5'700, 5'999}}};
constexpr Ranges<1> service_providers{{{6'000, 7'299}}};
constexpr Ranges<1> business_services{{{7'300, 7'529}}};
constexpr Ranges<1> repair_services{{{7'530, 7'799}}};
constexpr Ranges<1> amusement{{{7'800, 7'999}}};
constexpr Ranges<1> professional_services{{{8'000, 8'999}}};
constexpr Ranges<2> government_services{{{9'200, 9'402}, only(9'405)}};

// Purposes. Money that is as good as cash:
constexpr Ranges<1> cash{{{6'010, 6'011}}};
constexpr Ranges<4> quasi_cash{{only(4'829), {6'050, 6'051}, {6'529, 6'530}, only(6'540)}};
constexpr Ranges<3> money_transfer{{only(4'829), only(6'534), {6'536, 6'538}}};
constexpr Ranges<2> stored_value{{{6'529, 6'530}, only(6'540)}};
constexpr Ranges<1> crypto{{only(6'051)}};
constexpr Ranges<1> securities{{only(6'211)}};
constexpr Ranges<4> gambling{{{7'800, 7'802}, only(7'995), only(9'406), only(9'754)}};
// What some issuers do not want to be bought:
constexpr Ranges<3> adult{{only(5'967), only(7'273), only(7'297)}};
constexpr Ranges<3> alcohol{{only(5'715), only(5'813), only(5'921)}};
constexpr Ranges<1> tobacco{{only(5'993)}};
constexpr Ranges<1> firearms{{only(5'723)}};
constexpr Ranges<1> pawn_shops{{only(5'933)}};
constexpr Ranges<1> direct_marketing{{{5'960, 5'969}}};
constexpr Ranges<3> donations{{only(8'398), only(8'651), only(8'661)}};
// Where the final amount is not known when authorization is asked for:
constexpr Ranges<1> automated_fuel{{only(5'542)}};
constexpr Ranges<1> fuel{{{5'541, 5'542}}};
constexpr Ranges<1> electric_charging{{only(5'552)}};
constexpr Ranges<1> restaurants{{{5'811, 5'814}}};
constexpr Ranges<4> tips{{only(4'121), {5'811, 5'814}, only(7'230), only(7'298)}};
// What benefits and expense cards are for:
constexpr Ranges<6> groceries{
    {only(5'411), only(5'422), only(5'441), only(5'451), only(5'462), only(5'499)}};
constexpr Ranges<1> pharmacies{{only(5'912)}};
constexpr Ranges<6> healthcare{
    {only(4'119), only(5'047), only(5'122), only(5'912), {5'975, 5'976}, {8'011, 8'099}}};
constexpr Ranges<1> education{{{8'211, 8'299}}};
constexpr Ranges<2> transit{{{4'111, 4'112}, only(4'131)}};
constexpr Ranges<2> parking_and_tolls{{only(4'784), {7'523, 7'524}}};
constexpr Ranges<1> digital_goods{{{5'815, 5'818}}};
constexpr Ranges<4> insurance{{only(5'960), only(6'300), only(6'381), only(6'399)}};
constexpr Ranges<12> travel{{{3'000, 3'999},
                             only(4'112),
                             only(4'131),
                             only(4'411),
                             only(4'511),
                             only(4'582),
                             {4'722, 4'723},
                             only(5'962),
                             {7'011, 7'012},
                             {7'032, 7'033},
                             {7'512, 7'513},
                             only(7'519)}};

constexpr std::array groups{
    MccGroup{"adult", "adult content, dating and escort services, massage parlours", adult},
    MccGroup{"agricultural_services", "agricultural services", agricultural_services},
    MccGroup{"airlines", "airlines", airlines},
    MccGroup{"alcohol", "bars, and shops and wholesalers of beer, wine and liquor", alcohol},
    MccGroup{"amusement", "amusement and entertainment", amusement},
    MccGroup{"automated_fuel", "fuel dispensers without an attendant", automated_fuel},
    MccGroup{"business_services", "business services, rentals and parking", business_services},
    MccGroup{"car_rental", "rental of cars, trucks, trailers and motor homes", car_rental},
    MccGroup{"cash", "cash at a counter or a machine", cash},
    MccGroup{"clothing", "clothing stores", clothing},
    MccGroup{"contracted_services", "contractors, printing and cleaning", contracted_services},
    MccGroup{"crypto", "cryptocurrency; the code is that of foreign currency and money orders too",
             crypto},
    MccGroup{"digital_goods", "media, games and applications to download", digital_goods},
    MccGroup{"direct_marketing", "mail order, telemarketing, door-to-door, subscriptions",
             direct_marketing},
    MccGroup{"donations", "charities, political and religious organizations", donations},
    MccGroup{"education", "schools, colleges, courses", education},
    MccGroup{"electric_charging", "charging of electric vehicles", electric_charging},
    MccGroup{"firearms", "guns and ammunition", firearms},
    MccGroup{"fuel", "service stations and fuel dispensers", fuel},
    MccGroup{"gambling", "betting, casinos, lotteries and races", gambling},
    MccGroup{"government_services", "courts, fines, taxes, postage", government_services},
    MccGroup{"groceries", "supermarkets, food stores, bakeries", groceries},
    MccGroup{"healthcare", "doctors, hospitals, pharmacies, medical goods", healthcare},
    MccGroup{"insurance", "insurance", insurance},
    MccGroup{"lodging", "hotels, motels, resorts", lodging},
    MccGroup{"miscellaneous_stores", "furniture, electronics, eating places, other stores",
             miscellaneous_stores},
    MccGroup{"money_transfer", "transfers of money to others", money_transfer},
    MccGroup{"parking_and_tolls", "parking, bridge and road tolls", parking_and_tolls},
    MccGroup{"pawn_shops", "pawn shops", pawn_shops},
    MccGroup{"pharmacies", "drug stores and pharmacies", pharmacies},
    MccGroup{"professional_services", "doctors, lawyers, schools, associations",
             professional_services},
    MccGroup{"quasi_cash", "transfers, foreign currency, money orders, crypto, stored value",
             quasi_cash},
    MccGroup{"repair_services", "repair shops, car washes, towing", repair_services},
    MccGroup{"restaurants", "caterers, restaurants, bars, fast food", restaurants},
    MccGroup{"retail", "wholesale and retail outlets, groceries, vehicles, fuel", retail},
    MccGroup{"securities", "brokers and dealers of securities", securities},
    MccGroup{"service_providers", "finance, insurance, lodging, personal services",
             service_providers},
    MccGroup{"stored_value", "purchase and load of stored value", stored_value},
    MccGroup{"tips", "where tips are added: restaurants, taxis, hairdressers, spas", tips},
    MccGroup{"tobacco", "tobacco shops", tobacco},
    MccGroup{"transit", "commuter transport, railways, buses", transit},
    MccGroup{"transportation", "transportation services", transportation},
    MccGroup{"travel", "airlines, trains, buses, cruises, hotels, car rental, agencies", travel},
    MccGroup{"utilities", "telecommunication, television, energy, water", utilities},
};

}  // namespace

std::span<const MccGroup> mcc_groups() noexcept { return groups; }

const MccGroup* mcc_group(std::string_view name) noexcept {
  const auto* const found = std::lower_bound(
      groups.begin(), groups.end(), name,
      [](const MccGroup& group, std::string_view wanted) { return group.name < wanted; });
  return found != groups.end() && found->name == name ? found : nullptr;
}

}  // namespace authd::core
