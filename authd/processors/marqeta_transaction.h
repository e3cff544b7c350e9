// What questions and webhooks of Marqeta have in common: how a transaction is read.

#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "authd/processors/field_reader.h"
#include "authd/processors/marqeta_fields.h"
#include "core/details.h"
#include "core/request.h"

namespace authd::processors::marqeta {

// What a transaction does.
enum class Step : std::uint8_t {
  question = 1,  // is asked on the gateway; in a webhook: how that ended
  told = 2,      // likewise, but never asked
  advice = 3,
  reversal = 4,
  expiry = 5,
  clearing = 6,
  undoing = 7,  // gives back, or takes back, what a single message has posted
  chargeback = 8,
  chargeback_reversal = 9,
  nothing = 10,  // no money moves
};

struct Meaning {
  Step step;
  core::Kind kind;  // credit: money for the cardholder
};

// Of a transaction's `type` or a jit_funding's `method`; nothing when it is not known.
std::optional<Meaning> meaning_of(std::string_view type_or_method) noexcept;

// The kind of what is asked with `method`. The direction follows the container, so that nothing
// that moves money away from the cardholder is taken for a kind that holds none.
core::Kind kind_in(const Container& container, core::Kind kind, std::int64_t amount_minor) noexcept;

// Whether it adds to an authorization. `type` or `method` may be empty.
bool is_increment(std::string_view type, std::string_view method) noexcept;

// Null when there is neither. Both at once are refused.
Field<const Container*> find_container(const FieldReader& reader);

// `container` may be null.
Field<core::Currency> currency_of(const FieldReader& reader, const Container* container);

// The id of the life cycle; empty when none is named.
Field<core::MessageId> linked_authorization(const FieldReader& reader);

// true and false, or the same as a string, as some samples have them. Nothing: not said.
std::optional<bool> flag_of(const JsonValue& value) noexcept;

bool is_absent(const JsonValue& value) noexcept;

// `container` may be null. `billing`: for a merchant's currency that is not said.
core::Details details_of(const FieldReader& reader, const Container* container,
                         core::Currency billing) noexcept;

}  // namespace authd::processors::marqeta
