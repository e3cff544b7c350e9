#include "authd/load/filter_definition.h"

#include <algorithm>
#include <boost/json/array.hpp>
#include <boost/json/value.hpp>

#include "authd/config/mcc_ranges.h"
#include "authd/load/enum_words.h"

namespace authd {

namespace {

namespace json = boost::json;

// What one word of a list stands for, or what is wrong with it.
template <class T>
using Parsed = core::Result<std::vector<T>, std::string>;

using MerchantId = decltype(core::Merchant::id);
using Country = decltype(core::Merchant::country);

Parsed<MerchantId> parse_merchant(std::string_view word) {
  const bool printable =
      std::all_of(word.begin(), word.end(), [](char c) { return c >= ' ' && c <= '~'; });
  const auto id = MerchantId::from(word);
  if (word.empty() || !printable || !id) {
    return core::Unexpected{"'" + std::string(word) + "' is not 1 to " +
                            std::to_string(MerchantId::size_max) + " ASCII characters"};
  }
  return std::vector{*id};
}

Parsed<Country> parse_country(std::string_view word) {
  const bool upper_case =
      std::all_of(word.begin(), word.end(), [](char c) { return c >= 'A' && c <= 'Z'; });
  if (word.size() != Country::size_max || !upper_case) {
    return core::Unexpected{"'" + std::string(word) + "' is not an ISO 3166-1 code such as USA"};
  }
  return std::vector{*Country::from(word)};
}

Parsed<core::Currency> parse_currency(std::string_view word) {
  const auto currency = core::Currency::from_alpha(word);
  if (!currency) {
    return core::Unexpected{"'" + std::string(word) + "' is not an ISO 4217 code such as USD"};
  }
  return std::vector{*currency};
}

// Reads ["…"] or {"except": ["…"]} under `key`.
template <class T>
core::List<T> read_list(ObjectReader& in, std::string_view key,
                        Parsed<T> (*parse)(std::string_view)) {
  core::List<T> list;
  const json::value* const value = in.find(key);
  if (value == nullptr) return list;
  const auto take = [&list, parse](ObjectReader& reader, std::string_view from) {
    for (const std::string& word : reader.texts(from)) {
      const auto parsed = parse(word);
      if (!parsed) return reader.refuse(from, parsed.error());
      list.values.insert(list.values.end(), parsed->begin(), parsed->end());
    }
    if (list.values.size() > core::List<T>::values_max) {
      reader.refuse(from, "must have at most " + std::to_string(core::List<T>::values_max) +
                              " entries, those of groups counted one by one");
    }
  };
  if (!value->is_object()) {
    take(in, key);
    return list;
  }
  list.except = true;
  auto turned_round = in.object(key);
  take(*turned_round, "except");
  turned_round->refuse_unknown_keys();
  return list;
}

std::string word_of(core::MccRange range) { return mcc_word(range); }
std::string word_of(core::Currency currency) { return std::string(currency.alpha()); }
template <std::size_t Max>
std::string word_of(const core::InlineText<Max>& text) {
  return std::string(text.view());
}

template <class T>
void add_list(json::object& object, std::string_view key, const core::List<T>& list) {
  if (list.values.empty()) return;
  json::array words;
  for (const T& value : list.values) words.emplace_back(word_of(value));
  if (list.except) {
    object[key] = json::object{{"except", std::move(words)}};
  } else {
    object[key] = std::move(words);
  }
}

}  // namespace

core::Filter read_filter(ObjectReader& in) {
  core::Filter filter;
  filter.mccs = read_list(in, "mccs", parse_mccs);
  filter.merchants = read_list(in, "merchants", parse_merchant);
  filter.countries = read_list(in, "countries", parse_country);
  filter.currencies = read_list(in, "currencies", parse_currency);
  filter.entry_modes = read_enum_set(in, "entry_modes", core::entry_mode_last);
  filter.card_presences = read_enum_set(in, "card_presences", core::card_presence_last);
  filter.channels = read_enum_set(in, "channels", core::channel_last);
  filter.wallets = read_enum_set(in, "wallets", core::wallet_last);
  filter.recurrences = read_enum_set(in, "recurrences", core::recurrence_last);
  filter.kinds = read_enum_set(in, "kinds", core::kind_last);
  in.refuse_unknown_keys();
  return filter;
}

json::object filter_json(const core::Filter& filter) {
  json::object object;
  add_list(object, "mccs", filter.mccs);
  add_list(object, "merchants", filter.merchants);
  add_list(object, "countries", filter.countries);
  add_list(object, "currencies", filter.currencies);
  add_enum_set(object, "entry_modes", filter.entry_modes, core::entry_mode_last);
  add_enum_set(object, "card_presences", filter.card_presences, core::card_presence_last);
  add_enum_set(object, "channels", filter.channels, core::channel_last);
  add_enum_set(object, "wallets", filter.wallets, core::wallet_last);
  add_enum_set(object, "recurrences", filter.recurrences, core::recurrence_last);
  add_enum_set(object, "kinds", filter.kinds, core::kind_last);
  return object;
}

}  // namespace authd
