// Transfer: what a webhook of Adyen's says of a transfer, read but not yet understood as core's
// events.

#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "authd/processors/adyen_parts.h"
#include "authd/processors/json_walk.h"
#include "core/identifiers.h"

namespace authd::processors::adyen {

// What a status says where mutations do not.
enum class Meaning : std::uint8_t {
  unknown,        // understood by what it mutates
  pending,        // not yet: what it mutates comes again, with the status that follows
  announcement,   // of a credit
  authorisation,  // or an adjustment of it
  refusal,
  cancellation,
  expiry,
  debit,
  credit,
  chargeback,
  taken_again,  // a credit that did not last
};

// The changes of one event, in minor units: negative is money that goes out, or is set aside for
// that.
struct Mutations {
  bool any = false;
  core::Currency currency;
  std::int64_t balance = 0;
  std::int64_t received = 0;
  std::int64_t reserved = 0;
};

// One of data.events[].
struct Step {
  core::MessageId id;
  Meaning meaning = Meaning::unknown;
  std::string_view reason;
  core::Money amount;  // none where only the transfer has one
  Mutations mutations;
};

struct Transfer {
  core::MessageId id;
  core::CardToken card;
  bool is_incoming = false;  // a refund
  std::string_view reason;
  core::Money amount;  // none when it is not said. Changes from webhook to webhook
  core::Details details;
  std::vector<Step> steps;  // those that are understood, in their order
};

struct ReadTransfer {
  std::optional<Transfer> transfer;  // nothing: another webhook, or a transfer of another category
  std::optional<ParseError> error;   // of the first step that is not understood, or of all
};

// Texts are valid until the walk runs again.
ReadTransfer read_transfer(JsonWalk& walk, PaddedBody body, Decimals decimals);

}  // namespace authd::processors::adyen
