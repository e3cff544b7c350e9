// What an answer costs outside of the decision: authenticating, reading and answering one gateway
// request of Marqeta.

#include <benchmark/benchmark.h>

#include <array>
#include <string>
#include <string_view>

#include "authd/processors/basic_credentials.h"
#include "authd/processors/json_walk.h"
#include "authd/processors/marqeta.h"
#include "core/assert.h"

namespace authd::processors {
namespace {

// An invented purchase, as long as they come.
constexpr std::string_view purchase = R"({
  "type": "authorization",
  "state": "PENDING",
  "token": "c869d995-f1dc-4f9a-a147-c2ebc4f9933a",
  "user_token": "8c8bea85-c00c-49af-aff1-f35f5483d904",
  "acting_user_token": "8c8bea85-c00c-49af-aff1-f35f5483d904",
  "card_token": "5c65a9ad-2024-426c-a92f-4b77ecb260d4",
  "card_product_token": "3f0ad886-d058-4b39-957f-d3c6302cb6d2",
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
    "token": "a211f50f-c945-494c-96e3-b2b2f75e8ceb",
    "amount": 42.75,
    "transaction_token": "287d8f87-d6fa-48d9-b58f-a55b45ae8231",
    "state": "PENDING",
    "funding": {
      "amount": 42.75,
      "source": {
        "type": "programgateway",
        "token": "**********b25d",
        "active": true,
        "name": "heron_test_gateway",
        "is_default_account": false,
        "created_time": "2026-11-01T08:00:00Z",
        "last_modified_time": "2026-11-01T08:00:00Z"
      }
    },
    "funding_source_token": "**********b25d",
    "jit_funding": {
      "token": "600f8749-fb3b-4dff-8b76-64f5291db5ac",
      "method": "pgfs.authorization",
      "user_token": "8c8bea85-c00c-49af-aff1-f35f5483d904",
      "acting_user_token": "8c8bea85-c00c-49af-aff1-f35f5483d904",
      "amount": 42.75
    },
    "user_token": "8c8bea85-c00c-49af-aff1-f35f5483d904",
    "currency_code": "USD"
  },
  "created_time": "2026-11-02T15:04:11Z",
  "user_transaction_time": "2026-11-02T15:04:11Z",
  "settlement_date": "2026-11-02T00:00:00Z",
  "local_transaction_date": "2026-11-02T10:04:11Z",
  "request_amount": 42.75,
  "amount": 42.75,
  "currency_conversion": {
    "network": {
      "original_amount": 42.75,
      "conversion_rate": 1.0,
      "original_currency_code": "840"
    }
  },
  "currency_code": "USD",
  "network": "MASTERCARD",
  "subnetwork": "MASTERCARDDEBIT",
  "acquirer_fee_amount": 0,
  "acquirer": {
    "institution_id_code": "846734",
    "retrieval_reference_number": "005033434610",
    "system_trace_audit_number": "029715"
  },
  "user": {
    "metadata": {}
  },
  "card": {
    "last_four": "4454",
    "metadata": {}
  },
  "issuer_received_time": "2026-11-02T15:04:11.503Z",
  "issuer_payment_node": "e3d90e1cc438d0443eaf28bdf9f2429e",
  "network_reference_id": "AJGNMXPTT1102",
  "card_acceptor": {
    "mid": "000000000471183",
    "mcc": "5814",
    "name": "KESTREL COFFEE 04",
    "street_address": "18 Alder Row",
    "city": "Portland",
    "state": "OR",
    "postal_code": "97205",
    "country_code": "USA"
  },
  "pos": {
    "pan_entry_mode": "CHIP",
    "pin_entry_mode": "TRUE",
    "pin_present": false,
    "terminal_id": "11553811",
    "terminal_attendance": "ATTENDED",
    "terminal_location": "ON_PREMISE",
    "card_holder_presence": true,
    "card_presence": true,
    "card_data_input_capability": "CHIP_CONTACTLESS",
    "country_code": "840",
    "zip": "97205     ",
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
      "transaction_risk_score": 12,
      "account_risk_score": 4
    },
    "issuer_processor": {
      "score": "6",
      "risk_level": "LOW",
      "rule_violations": [],
      "recommended_action": "APPROVE"
    }
  }
}
)";

constexpr std::size_t body_bytes_max = 65'536;

std::string padded(std::string_view body) {
  std::string bytes(body);
  bytes.resize(body.size() + PaddedBody::padding_bytes, ' ');
  return bytes;
}

marqeta::GatewayMessage message_of(std::string_view body) {
  JsonWalk walk(body_bytes_max);
  const std::string bytes = padded(body);
  const auto message = marqeta::parse_gateway_request(
      walk, *core::ProgramId::from("heron"), {std::string_view(bytes).substr(0, body.size())});
  AUTHD_ASSERT(message);
  return *message;
}

void parse_gateway_request(benchmark::State& state) {
  JsonWalk walk(body_bytes_max);
  const std::string bytes = padded(purchase);
  const PaddedBody body{std::string_view(bytes).substr(0, purchase.size())};
  const auto program = *core::ProgramId::from("heron");
  for (auto _ : state) {
    auto message = marqeta::parse_gateway_request(walk, program, body);
    benchmark::DoNotOptimize(message);
  }
  state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(purchase.size()));
}
BENCHMARK(parse_gateway_request);

// The part of parsing that any table of fields costs.
void walk_for_one_field(benchmark::State& state) {
  JsonWalk walk(body_bytes_max);
  const std::string bytes = padded(purchase);
  const PaddedBody body{std::string_view(bytes).substr(0, purchase.size())};
  constexpr auto fields = json_fields({{"token"}});
  std::array<JsonValue, fields.count> values;
  for (auto _ : state) {
    auto walked = walk.run(body, fields.table(), values);
    benchmark::DoNotOptimize(walked);
  }
  state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(purchase.size()));
}
BENCHMARK(walk_for_one_field);

void render_approval(benchmark::State& state) {
  const auto message = message_of(purchase);
  core::Answer answer;
  answer.decision.approved = message.request.amount;
  std::string body;
  for (auto _ : state) {
    benchmark::DoNotOptimize(marqeta::render_gateway_answer(message, answer, body));
    benchmark::DoNotOptimize(body.data());
  }
}
BENCHMARK(render_approval);

void check_basic_credentials(benchmark::State& state) {
  const std::array<std::string, 2> passwords{"Correct-Horse-7-Battery", "Staple-8-Older-Password"};
  const auto credentials = BasicCredentials::create("heron_gateway", passwords);
  AUTHD_ASSERT(credentials);
  const std::string_view header = "Basic aGVyb25fZ2F0ZXdheTpDb3JyZWN0LUhvcnNlLTctQmF0dGVyeQ==";
  AUTHD_ASSERT(credentials->accepts(header));
  for (auto _ : state) benchmark::DoNotOptimize(credentials->accepts(header));
}
BENCHMARK(check_basic_credentials);

}  // namespace
}  // namespace authd::processors

BENCHMARK_MAIN();
