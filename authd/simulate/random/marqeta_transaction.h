// MarqetaWriter: a transaction as the JSON object of Marqeta's Core API, in a question or a
// webhook: where its money stands, and all that surrounds it.

#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "authd/simulate/random/json_object.h"
#include "authd/simulate/random/scribe.h"

namespace authd::simulate::random {

struct MarqetaTransaction {
  std::string_view type;
  std::string_view state;
  std::string_view method;
  std::string_view order_state;  // of gpa_order
  bool is_unload = false;        // money for the cardholder
  bool is_question = false;
  bool partial_allowed = false;
  std::string token;
  std::string funding_token;
  std::string preceding;         // empty: none
  std::string original;          // the first transaction; empty: none
  std::string original_funding;  // its jit_funding; empty: none
  std::int64_t at_unix_s = 0;
  std::int64_t amount_minor = 0;
  std::int64_t funding_minor = 0;
  std::int64_t requested_minor = 0;
  std::int64_t fee_minor = 0;
  std::string_view code = "0000";  // of a webhook's `response`
  std::string_view memo = "Approved or completed successfully";

  std::optional<Decider> decider;  // of a decision
  std::string decline_reason;      // which the gateway has given
  bool is_clearing = false;
  std::optional<bool> is_final;     // of a clearing: said
  std::int64_t released_minor = 0;  // by a final one
};

class MarqetaWriter {
 public:
  MarqetaWriter(const Scene& scene, Draw draw);

  const std::string& user_token() const noexcept { return user_; }

  JsonObject write(const MarqetaTransaction& made);

 private:
  JsonObject order(const MarqetaTransaction& made);
  JsonObject funding(const MarqetaTransaction& made);
  JsonObject gateway_log(const MarqetaTransaction& made);
  JsonObject conversion(const MarqetaTransaction& made) const;
  JsonObject acquirer();
  JsonObject card_acceptor() const;
  JsonObject pos(bool partial_allowed) const;
  void add_outcome(const MarqetaTransaction& made, JsonObject& object);
  void add_surroundings(const MarqetaTransaction& made, JsonObject& object);
  std::string amount(std::int64_t minor);

  Setting setting_;
  Circumstances at_;
  Draw draw_;
  std::string numeric_;  // of the currency
  std::string user_;
  std::string business_;  // empty: none
  std::string card_product_;
  std::string funding_source_;
  std::string order_;
  std::string last_four_;
  std::string network_reference_;
};

}  // namespace authd::simulate::random
