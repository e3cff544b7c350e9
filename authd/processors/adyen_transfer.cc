#include "authd/processors/adyen_transfer.h"

#include <algorithm>
#include <array>

namespace authd::processors::adyen {

namespace {

// First what we use, then the identifiers in which digits mean no PAN.
constexpr auto fields = json_fields({
    {"type"},
    {"data"},
    {"data.id"},
    {"data.category"},
    {"data.direction"},
    {"data.reason"},
    {"data.amount"},
    {"data.amount.value"},
    {"data.amount.currency"},
    {"data.paymentInstrument"},
    {"data.paymentInstrument.id"},
    {"data.categoryData"},
    {"data.categoryData.panEntryMode"},
    {"data.categoryData.processingType"},
    {"data.counterparty"},
    {"data.counterparty.merchant"},
    {"data.counterparty.merchant.mcc"},
    {"data.counterparty.merchant.merchantId", Digits::identifier},
    {"data.counterparty.merchant.name"},
    {"data.counterparty.merchant.country"},
    {"data.events"},
    {"data.events.[]"},
    {"data.events.[].id"},
    {"data.events.[].type"},
    {"data.events.[].status"},
    {"data.events.[].reason"},
    {"data.events.[].amount"},
    {"data.events.[].amount.value"},
    {"data.events.[].amount.currency"},
    {"data.events.[].mutations"},
    {"data.events.[].mutations.[]"},
    {"data.events.[].mutations.[].currency"},
    {"data.events.[].mutations.[].balance"},
    {"data.events.[].mutations.[].received"},
    {"data.events.[].mutations.[].reserved"},

    {"data.reference", Digits::identifier},
    {"data.categoryData.schemeTraceId", Digits::identifier},
    {"data.categoryData.schemeUniqueTransactionId", Digits::identifier},
    {"data.counterparty.merchant.acquirerId", Digits::identifier},
    {"data.events.[].arn", Digits::identifier},
    {"data.events.[].transactionId", Digits::identifier},
});

struct Status {
  std::string_view word;
  Meaning meaning;
};
constexpr std::array statuses{
    Status{"received", Meaning::pending},
    Status{"refundPending", Meaning::announcement},
    Status{"authorised", Meaning::authorisation},
    Status{"authAdjustmentAuthorised", Meaning::authorisation},
    Status{"authAdjustmentRefused", Meaning::pending},
    Status{"authAdjustmentError", Meaning::pending},
    Status{"refused", Meaning::refusal},
    Status{"rejected", Meaning::refusal},
    Status{"error", Meaning::refusal},
    Status{"failed", Meaning::refusal},
    Status{"cancelled", Meaning::cancellation},
    Status{"expired", Meaning::expiry},
    Status{"captured", Meaning::debit},
    Status{"atmWithdrawal", Meaning::debit},
    Status{"fee", Meaning::debit},
    Status{"refunded", Meaning::credit},
    Status{"captureReversed", Meaning::credit},
    Status{"atmWithdrawalReversed", Meaning::credit},
    Status{"chargeback", Meaning::chargeback},
    Status{"chargebackReversed", Meaning::taken_again},
    Status{"secondChargeback", Meaning::taken_again},
    Status{"refundReversed", Meaning::taken_again},
};

Meaning meaning_of(std::string_view word) noexcept {
  const auto* const found =
      std::find_if(statuses.begin(), statuses.end(),
                   [word](const Status& status) { return status.word == word; });
  if (found != statuses.end()) return found->meaning;
  return word.ends_with("Pending") ? Meaning::pending : Meaning::unknown;
}

Field<std::int64_t> signed_minor(const FieldReader& reader, std::size_t field,
                                 core::Currency currency, Decimals decimals) {
  const JsonType type = reader.value(field).type;
  if (type == JsonType::absent || type == JsonType::null) return 0;
  AUTHD_TRY(amount, integer_amount(reader, field));
  AUTHD_TRY(minor, minor_units(reader, field, amount, currency, decimals));
  return amount.is_negative ? -minor : minor;
}

// Adds one of mutations[].
Field<void> add(const FieldReader& reader, Decimals decimals, Mutations& sums) {
  const std::size_t currency_field = fields["data.events.[].mutations.[].currency"];
  AUTHD_TRY(is_object, reader.has_object(fields["data.events.[].mutations.[]"]));
  if (!is_object)
    return reader.refuse(ParseFault::wrong_type, fields["data.events.[].mutations.[]"]);
  AUTHD_TRY(currency, reader.optional_currency(currency_field));
  if (!currency) return reader.refuse(ParseFault::missing, currency_field);
  if (sums.any && sums.currency != *currency)
    return reader.refuse(ParseFault::conflicting, currency_field);
  sums.any = true;
  sums.currency = *currency;

  const auto grow = [&](std::size_t field, std::int64_t& sum) -> Field<void> {
    AUTHD_TRY(change, signed_minor(reader, field, *currency, decimals));
    const auto grown = core::checked_add(sum, change);
    if (!grown || *grown > core::minor_units_max || *grown < -core::minor_units_max)
      return reader.refuse(ParseFault::amount_overflow, field);
    sum = *grown;
    return {};
  };
  AUTHD_TRY_VOID(grow(fields["data.events.[].mutations.[].balance"], sums.balance));
  AUTHD_TRY_VOID(grow(fields["data.events.[].mutations.[].received"], sums.received));
  return grow(fields["data.events.[].mutations.[].reserved"], sums.reserved);
}

Field<core::Money> amount_of(const FieldReader& reader, std::size_t object, std::size_t value,
                             std::size_t currency_field, Decimals decimals) {
  AUTHD_TRY(is_there, reader.has_object(object));
  if (!is_there) return core::Money();
  AUTHD_TRY(currency, reader.optional_currency(currency_field));
  if (!currency) return reader.refuse(ParseFault::missing, currency_field);
  AUTHD_TRY(amount, integer_amount(reader, value));
  AUTHD_TRY(minor, minor_units(reader, value, amount, *currency, decimals));
  return core::Money{minor, *currency};
}

// Nothing for an event of tracking.
Field<std::optional<Step>> step_of(const FieldReader& reader, const Mutations& mutations,
                                   Decimals decimals) {
  AUTHD_TRY(is_object, reader.has_object(fields["data.events.[]"]));
  if (!is_object) return reader.refuse(ParseFault::wrong_type, fields["data.events.[]"]);
  AUTHD_TRY(type, reader.optional_text(fields["data.events.[].type"]));
  if (type == "tracking") return std::optional<Step>();
  AUTHD_TRY(id, reader.identifier<core::MessageId>(fields["data.events.[].id"]));
  AUTHD_TRY(status, reader.text(fields["data.events.[].status"]));
  AUTHD_TRY(reason, reader.optional_text(fields["data.events.[].reason"]));
  AUTHD_TRY(amount, amount_of(reader, fields["data.events.[].amount"],
                              fields["data.events.[].amount.value"],
                              fields["data.events.[].amount.currency"], decimals));
  Step step;
  step.id = id;
  step.meaning = meaning_of(status);
  step.reason = reason.value_or(std::string_view());
  step.amount = amount;
  step.mutations = mutations;
  return std::optional{step};
}

// Collects data.events[] while the walk passes them.
class Steps {
 public:
  Steps(const FieldReader& reader, Decimals decimals) noexcept
      : reader_(reader), decimals_(decimals) {}

  void take(std::size_t field) {
    if (field == fields["data.events.[].mutations.[]"]) {
      const auto added = add(reader_, decimals_, mutations_);
      if (!added && !mutation_error_) mutation_error_ = added.error();
    } else if (field == fields["data.events.[]"]) {
      take_step();
      mutations_ = {};
      mutation_error_.reset();
    }
  }

  std::vector<Step>& found() noexcept { return found_; }

  // Of the first that was not understood.
  const std::optional<ParseError>& error() const noexcept { return error_; }

 private:
  void take_step() {
    const auto step = step_of(reader_, mutations_, decimals_);
    if (!step || mutation_error_) {
      if (!error_) error_ = step ? *mutation_error_ : step.error();
    } else if (*step) {
      found_.push_back(**step);
    }
  }

  const FieldReader& reader_;
  Decimals decimals_;
  Mutations mutations_;
  std::optional<ParseError> mutation_error_;
  std::vector<Step> found_;
  std::optional<ParseError> error_;
};

// Only cards are ours: other transfers of the balance account are none of core's authorizations.
Field<bool> is_of_a_card(const FieldReader& reader) {
  AUTHD_TRY(type, reader.text(fields["type"]));
  if (type != "balancePlatform.transfer.created" && type != "balancePlatform.transfer.updated")
    return false;
  AUTHD_TRY(category, reader.text(fields["data.category"]));
  return category == "issuedCard";
}

core::Details details_of(const FieldReader& reader, core::Currency currency) noexcept {
  core::Details details =
      adyen::details_of({reader.value(fields["data.counterparty.merchant.mcc"]),
                         reader.value(fields["data.counterparty.merchant.merchantId"]),
                         reader.value(fields["data.counterparty.merchant.name"]),
                         reader.value(fields["data.counterparty.merchant.country"]),
                         reader.value(fields["data.categoryData.panEntryMode"]),
                         reader.value(fields["data.categoryData.processingType"])});
  details.currency = currency;
  return details;
}

Field<Transfer> transfer_of(const FieldReader& reader, Decimals decimals) {
  AUTHD_TRY(id, reader.identifier<core::MessageId>(fields["data.id"]));
  AUTHD_TRY(card, reader.identifier<core::CardToken>(fields["data.paymentInstrument.id"]));
  AUTHD_TRY(direction, reader.optional_text(fields["data.direction"]));
  AUTHD_TRY(reason, reader.optional_text(fields["data.reason"]));
  AUTHD_TRY(amount, amount_of(reader, fields["data.amount"], fields["data.amount.value"],
                              fields["data.amount.currency"], decimals));
  const JsonType events = reader.value(fields["data.events"]).type;
  if (events == JsonType::absent || events == JsonType::null)
    return reader.refuse(ParseFault::missing, fields["data.events"]);
  if (events != JsonType::array)
    return reader.refuse(ParseFault::wrong_type, fields["data.events"]);

  Transfer transfer;
  transfer.id = id;
  transfer.card = card;
  transfer.is_incoming = direction == "incoming";
  transfer.reason = reason.value_or(std::string_view());
  transfer.amount = amount;
  transfer.details = details_of(reader, amount.currency);
  return transfer;
}

}  // namespace

ReadTransfer read_transfer(JsonWalk& walk, PaddedBody body, Decimals decimals) {
  std::array<JsonValue, fields.count> values;
  const FieldReader reader(fields.table(), values);
  Steps steps(reader, decimals);
  const auto walked =
      walk.run(body, fields.table(), values, [&steps](std::size_t field) { steps.take(field); });
  if (!walked) return {std::nullopt, walked.error()};

  const auto is_ours = is_of_a_card(reader);
  if (!is_ours) return {std::nullopt, is_ours.error()};
  if (!*is_ours) return {std::nullopt, std::nullopt};
  auto transfer = transfer_of(reader, decimals);
  if (!transfer) return {std::nullopt, transfer.error()};
  transfer->steps = std::move(steps.found());
  return {std::move(*transfer), steps.error()};
}

}  // namespace authd::processors::adyen
