#include "bench/loadgen_message.h"

#include <algorithm>
#include <array>
#include <cstring>

#include "core/assert.h"

namespace authd::bench {

namespace {

// The shape of a Marqeta gateway authorization. @T, @O and @J are random tokens, @C is a card
// number, @P the card prefix, @A an amount.
constexpr std::string_view body_template = R"({
  "type": "authorization",
  "state": "PENDING",
  "token": "@T",
  "user_token": "user-@C",
  "acting_user_token": "user-@C",
  "card_token": "@P@C",
  "card_product_token": "7d1f6a52-3c08-4e2b-9a64-0b8e5d2c9f17",
  "gpa": {
    "currency_code": "USD",
    "ledger_balance": 0.0,
    "available_balance": 0.0,
    "credit_balance": 0.0,
    "pending_credits": 0.0,
    "balances": {
      "USD": {
        "currency_code": "USD",
        "ledger_balance": 0.0,
        "available_balance": 0.0,
        "credit_balance": 0.0,
        "pending_credits": 0.0
      }
    }
  },
  "gpa_order": {
    "token": "@O",
    "amount": @A,
    "transaction_token": "4b0c9e7a-65d3-4f18-8a2e-91c7d6b5e430",
    "state": "PENDING",
    "funding": {
      "amount": @A,
      "source": {
        "type": "programgateway",
        "token": "**********4e71",
        "active": true,
        "name": "load_generator_gateway",
        "is_default_account": false,
        "created_time": "2026-01-05T09:30:00Z",
        "last_modified_time": "2026-01-05T09:30:00Z"
      }
    },
    "funding_source_token": "**********4e71",
    "jit_funding": {
      "token": "@J",
      "method": "pgfs.authorization",
      "user_token": "user-@C",
      "acting_user_token": "user-@C",
      "amount": @A
    },
    "user_token": "user-@C",
    "currency_code": "USD"
  },
  "created_time": "2026-03-11T18:22:07Z",
  "user_transaction_time": "2026-03-11T18:22:07Z",
  "settlement_date": "2026-03-11T00:00:00Z",
  "local_transaction_date": "2026-03-11T13:22:07Z",
  "request_amount": @A,
  "amount": @A,
  "currency_conversion": {
    "network": {
      "original_amount": @A,
      "conversion_rate": 1.0,
      "original_currency_code": "840"
    }
  },
  "currency_code": "USD",
  "network": "VISA",
  "subnetwork": "VISANET",
  "acquirer_fee_amount": 0,
  "acquirer": {
    "institution_id_code": "731902",
    "retrieval_reference_number": "007112840935",
    "system_trace_audit_number": "518204"
  },
  "user": {
    "metadata": {}
  },
  "card": {
    "last_four": "0000",
    "metadata": {}
  },
  "issuer_received_time": "2026-03-11T18:22:07.214Z",
  "issuer_payment_node": "0f7a3c5e9d1b48620f7a3c5e9d1b4862",
  "network_reference_id": "BQMWTK7RY0311",
  "card_acceptor": {
    "mid": "000000000205118",
    "mcc": "5411",
    "name": "LARCH STREET GROCERY",
    "street_address": "402 Larch Street",
    "city": "Duluth",
    "state": "MN",
    "postal_code": "55802",
    "country_code": "USA"
  },
  "pos": {
    "pan_entry_mode": "CHIP_CONTACTLESS",
    "pin_entry_mode": "TRUE",
    "pin_present": false,
    "terminal_id": "60417723",
    "terminal_attendance": "ATTENDED",
    "terminal_location": "ON_PREMISE",
    "card_holder_presence": true,
    "card_presence": true,
    "card_data_input_capability": "CHIP_CONTACTLESS",
    "country_code": "840",
    "zip": "55802     ",
    "partial_approval_capable": false,
    "purchase_amount_only": false,
    "is_recurring": false,
    "is_installment": false
  },
  "transaction_metadata": {
    "payment_channel": "OTHER",
    "moto_indicator": null
  },
  "fraud": {
    "network": {
      "transaction_risk_score": 9,
      "account_risk_score": 3
    },
    "issuer_processor": {
      "score": "4",
      "risk_level": "LOW",
      "rule_violations": [],
      "recommended_action": "APPROVE"
    }
  }
}
)";

constexpr std::size_t token_size = 36;
constexpr std::size_t card_number_size = 8;
constexpr std::size_t amount_size = 4;

using Token = std::array<char, token_size>;

// A version 4 UUID.
Token random_token(std::mt19937_64& random) noexcept {
  constexpr std::string_view digits = "0123456789abcdef";
  Token token{};
  std::uint64_t bits = 0;
  int nibbles = 0;
  for (std::size_t i = 0; i < token.size(); ++i) {
    if (i == 8 || i == 13 || i == 18 || i == 23) {
      token[i] = '-';
      continue;
    }
    if (nibbles == 0) {
      bits = random();
      nibbles = 16;
    }
    token[i] = digits[bits & 0xFU];
    bits >>= 4U;
    --nibbles;
  }
  token[14] = '4';
  token[19] = 'a';
  return token;
}

std::string base64(std::string_view text) {
  constexpr std::string_view alphabet =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string encoded;
  for (std::size_t i = 0; i < text.size(); i += 3) {
    const std::size_t bytes = std::min<std::size_t>(3, text.size() - i);
    std::uint32_t group = 0;
    for (std::size_t j = 0; j < 3; ++j) {
      group = (group << 8U) | (j < bytes ? static_cast<unsigned char>(text[i + j]) : 0U);
    }
    for (std::size_t j = 0; j < 4; ++j) {
      encoded +=
          j <= bytes ? alphabet[(group >> (18U - 6U * static_cast<unsigned>(j))) & 0x3FU] : '=';
    }
  }
  return encoded;
}

template <std::size_t Size>
std::array<char, Size> decimal(std::uint32_t number) noexcept {
  std::array<char, Size> digits{};
  for (std::size_t i = Size; i-- > 0; number /= 10)
    digits[i] = static_cast<char>('0' + number % 10);
  return digits;
}

template <std::size_t Size>
std::string_view view(const std::array<char, Size>& text) noexcept {
  return {text.data(), text.size()};
}

}  // namespace

AuthorizationMessages::AuthorizationMessages(const MessageOptions& options)
    : random_(options.seed), card_(options.first_card, options.first_card + options.cards - 1) {
  AUTHD_ASSERT(options.cards > 0);
  const std::string body = rendered_body(options);
  request_ = "POST " + options.path + " HTTP/1.1\r\nHost: " + options.host +
             "\r\nUser-Agent: authd_loadgen\r\nContent-Type: application/json\r\n";
  if (!options.user.empty()) {
    request_ += "Authorization: Basic " + base64(options.user + ":" + options.password) + "\r\n";
  }
  request_ += "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n";
  for (Place& place : places_) place.offset += request_.size();
  request_ += body;
}

std::string AuthorizationMessages::rendered_body(const MessageOptions& options) {
  std::string body;
  const auto leave_room = [&](Part part, std::size_t size) {
    places_.push_back({part, body.size()});
    body.append(size, '0');
  };
  for (std::size_t i = 0; i < body_template.size(); ++i) {
    if (body_template[i] != '@') {
      body += body_template[i];
      continue;
    }
    switch (body_template[++i]) {
      case 'T': leave_room(Part::token, token_size); break;
      case 'O': leave_room(Part::order_token, token_size); break;
      case 'J': leave_room(Part::jit_token, token_size); break;
      case 'C': leave_room(Part::card_number, card_number_size); break;
      case 'A': leave_room(Part::amount, amount_size); break;
      default: body += options.card_prefix; break;
    }
  }
  return body;
}

std::string_view AuthorizationMessages::next() {
  overwrite(Part::token, view(random_token(random_)));
  overwrite(Part::order_token, view(random_token(random_)));
  overwrite(Part::jit_token, view(random_token(random_)));
  overwrite(Part::card_number, view(decimal<card_number_size>(card_(random_))));
  const std::uint32_t cents = cents_(random_);
  std::array<char, amount_size> amount{};
  amount[0] = static_cast<char>('0' + cents / 100);
  amount[1] = '.';
  amount[2] = static_cast<char>('0' + cents / 10 % 10);
  amount[3] = static_cast<char>('0' + cents % 10);
  overwrite(Part::amount, view(amount));
  return request_;
}

void AuthorizationMessages::overwrite(Part part, std::string_view text) noexcept {
  for (const Place& place : places_) {
    if (place.part == part) std::memcpy(request_.data() + place.offset, text.data(), text.size());
  }
}

}  // namespace authd::bench
