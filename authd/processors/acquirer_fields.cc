#include "authd/processors/acquirer_fields.h"

#include <charconv>

#include "authd/processors/card_number.h"

namespace authd::processors {

namespace {

// "5814"; 0 for anything else.
std::uint16_t merchant_category(std::string_view digits) noexcept {
  std::uint16_t mcc = 0;
  if (digits.size() != 4 || !std::all_of(digits.begin(), digits.end(), is_digit)) return 0;
  std::from_chars(digits.data(), digits.data() + digits.size(), mcc);
  return mcc;
}

bool is_alpha_3(std::string_view text) noexcept {
  return text.size() == 3 &&
         std::all_of(text.begin(), text.end(), [](char c) { return c >= 'A' && c <= 'Z'; });
}

}  // namespace

std::optional<bool> flag(const JsonValue& value) noexcept {
  if (value.type != JsonType::boolean) return std::nullopt;
  return value.text == "true";
}

std::string_view acquirer_text(const JsonValue& value) noexcept {
  if (value.type != JsonType::string) return {};
  std::string_view text = value.text;
  const bool has_control = std::any_of(text.begin(), text.end(), [](char c) {
    return static_cast<unsigned char>(c) < 0x20 || c == 0x7F;
  });
  if (has_control) return {};
  text.remove_prefix(std::min(text.find_first_not_of(' '), text.size()));
  text.remove_suffix(text.size() - (text.find_last_not_of(' ') + 1));
  return text;
}

core::Merchant merchant_of(const MerchantFields& fields) noexcept {
  core::Merchant merchant;
  merchant.mcc = merchant_category(acquirer_text(fields.mcc));
  const std::string_view id = acquirer_text(fields.id);
  merchant.id = decltype(merchant.id)::from(id).value_or(decltype(merchant.id){});
  merchant.name = decltype(merchant.name)::truncated(acquirer_text(fields.name));
  const std::string_view country = acquirer_text(fields.country);
  if (is_alpha_3(country)) merchant.country = *decltype(merchant.country)::from(country);
  return merchant;
}

bool pays_cash(const core::Details& details) noexcept {
  constexpr std::uint16_t manual_cash = 6010;  // at a bank's counter
  constexpr std::uint16_t automated_cash = 6011;
  return details.channel == core::Channel::atm || details.merchant.mcc == manual_cash ||
         details.merchant.mcc == automated_cash;
}

}  // namespace authd::processors
