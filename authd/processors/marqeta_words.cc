// What the types of Marqeta's transactions and the methods of jit_funding mean.
//
// gpa.credit and its like are the orders by which Marqeta funds a transaction that is told as well:
// they may carry the same jit_funding once more. Other types of the Core API that are missing here
// are those of which no shape is known: their jit_funding decides, see marqeta.h.

#include <algorithm>
#include <array>

#include "authd/processors/marqeta_transaction.h"

namespace authd::processors::marqeta {

namespace {

using core::Kind;

struct Entry {
  std::string_view word;
  Meaning meaning;
};

constexpr Meaning purchase{Step::question, Kind::purchase};
constexpr Meaning cash{Step::question, Kind::cash};
constexpr Meaning quasi_cash{Step::question, Kind::quasi_cash};
constexpr Meaning credit{Step::question, Kind::credit};
constexpr Meaning verification{Step::question, Kind::account_verification};
constexpr Meaning balance_inquiry{Step::question, Kind::balance_inquiry};
constexpr Meaning told_purchase{Step::told, Kind::purchase};
constexpr Meaning told_credit{Step::told, Kind::credit};
constexpr Meaning reversal{Step::reversal, Kind::purchase};
constexpr Meaning credit_reversal{Step::reversal, Kind::credit};
constexpr Meaning expiry{Step::expiry, Kind::purchase};
constexpr Meaning clearing{Step::clearing, Kind::purchase};
constexpr Meaning cash_clearing{Step::clearing, Kind::cash};
constexpr Meaning quasi_cash_clearing{Step::clearing, Kind::quasi_cash};
constexpr Meaning credit_clearing{Step::clearing, Kind::credit};
constexpr Meaning undoing{Step::undoing, Kind::purchase};
constexpr Meaning credit_undoing{Step::undoing, Kind::credit};
constexpr Meaning chargeback{Step::chargeback, Kind::purchase};
constexpr Meaning chargeback_reversal{Step::chargeback_reversal, Kind::purchase};
constexpr Meaning nothing{Step::nothing, Kind::unsupported};

constexpr std::array types{
    Entry{"authorization", purchase},
    Entry{"authorization.incremental", purchase},
    Entry{"authorization.cashback", purchase},
    Entry{"authorization.atm.withdrawal", cash},
    Entry{"authorization.quasi.cash", quasi_cash},
    Entry{"authorization.standin", told_purchase},
    Entry{"authorization.advice", {Step::advice, Kind::purchase}},
    Entry{"authorization.reversal", reversal},
    Entry{"authorization.reversal.issuerexpiration", expiry},
    Entry{"authorization.clearing", clearing},
    Entry{"authorization.clearing.cashback", clearing},
    Entry{"authorization.clearing.atm.withdrawal", cash_clearing},
    Entry{"authorization.clearing.quasi.cash", quasi_cash_clearing},
    Entry{"authorization.clearing.chargeback", chargeback},
    Entry{"authorization.clearing.chargeback.reversal", chargeback_reversal},
    Entry{"account.funding.authorization", purchase},
    Entry{"account.funding.authorization.reversal", reversal},
    Entry{"account.funding.authorization.clearing", clearing},
    Entry{"account.funding.auth_plus_capture", purchase},
    Entry{"account.funding.auth_plus_capture.reversal", undoing},
    Entry{"pindebit", purchase},
    Entry{"pindebit.cashback", purchase},
    Entry{"pindebit.atm.withdrawal", cash},
    Entry{"pindebit.quasi.cash", quasi_cash},
    Entry{"pindebit.reversal", undoing},
    Entry{"pindebit.refund", credit_clearing},
    Entry{"pindebit.refund.reversal", credit_undoing},
    Entry{"pindebit.authorization", purchase},
    Entry{"pindebit.authorization.reversal", reversal},
    Entry{"pindebit.authorization.reversal.issuerexpiration", expiry},
    Entry{"pindebit.authorization.clearing", clearing},
    Entry{"pindebit.chargeback", chargeback},
    Entry{"pindebit.chargeback.reversal", chargeback_reversal},
    Entry{"refund", credit_clearing},
    Entry{"refund.authorization", credit},
    Entry{"refund.authorization.advice", {Step::advice, Kind::credit}},
    Entry{"refund.authorization.reversal", credit_reversal},
    Entry{"refund.authorization.clearing", credit_clearing},
    Entry{"original.credit.authorization", credit},
    Entry{"original.credit.authorization.reversal", credit_reversal},
    Entry{"original.credit.authorization.clearing", credit_clearing},
    Entry{"original.credit.auth_plus_capture", credit},
    Entry{"original.credit.auth_plus_capture.reversal", credit_undoing},
    Entry{"dispute.credit", chargeback},
    Entry{"dispute.debit", chargeback_reversal},
    Entry{"directdeposit.credit.pending.reversal", credit_reversal},
    Entry{"directdeposit.debit.pending.reversal", reversal},
    Entry{"gpa.credit", nothing},
    Entry{"gpa.credit.reversal", nothing},
    Entry{"gpa.credit.pending", nothing},
    Entry{"gpa.credit.pending.reversal", nothing},
    Entry{"gpa.credit.authorization", nothing},
    Entry{"gpa.credit.authorization.reversal", nothing},
    Entry{"gpa.debit", nothing},
    Entry{"gpa.debit.reversal", nothing},
    Entry{"gpa.debit.pending", nothing},
    Entry{"gpa.debit.pending.reversal", nothing},
    Entry{"gpa.debit.authorization", nothing},
    Entry{"balanceinquiry", balance_inquiry},
    Entry{"pindebit.balanceinquiry", balance_inquiry},
};

constexpr std::array methods{
    Entry{"pgfs.authorization", purchase},
    Entry{"pgfs.authorization.incremental", purchase},
    Entry{"pgfs.authorization.cashback", purchase},
    Entry{"pgfs.authorization.quasi.cash", quasi_cash},
    Entry{"pgfs.authorization.account_verification", verification},
    Entry{"pgfs.authorization.standin", told_purchase},
    Entry{"pgfs.authorization.advice", {Step::advice, Kind::purchase}},
    Entry{"pgfs.authorization.reversal", reversal},
    Entry{"pgfs.authorization.clearing", clearing},
    Entry{"pgfs.authorization.clearing.quasi.cash", quasi_cash_clearing},
    Entry{"pgfs.authorization.capture", clearing},
    Entry{"pgfs.authorization.capture.chargeback", chargeback},
    Entry{"pgfs.authorization.capture.chargeback.reversal", chargeback_reversal},
    Entry{"pgfs.auth_plus_capture", purchase},
    Entry{"pgfs.auth_plus_capture.standin", told_purchase},
    Entry{"pgfs.force_capture", clearing},
    Entry{"pgfs.atm.withdrawal", cash},
    Entry{"pgfs.atm.clearing.withdrawal", cash_clearing},
    Entry{"pgfs.billpayment", purchase},
    Entry{"pgfs.billpayment.capture", clearing},
    Entry{"pgfs.billpayment.reversal", reversal},
    Entry{"pgfs.pindebit", purchase},
    Entry{"pgfs.pindebit.cashback", purchase},
    Entry{"pgfs.pindebit.atm.withdrawal", cash},
    Entry{"pgfs.pindebit.quasi.cash", quasi_cash},
    Entry{"pgfs.pindebit.refund", credit_clearing},
    Entry{"pgfs.pindebit.authorization", purchase},
    Entry{"pgfs.pindebit.authorization.reversal", reversal},
    Entry{"pgfs.pindebit.authorization.clearing", clearing},
    Entry{"pgfs.pindebit.chargeback", chargeback},
    Entry{"pgfs.pindebit.chargeback.reversal", chargeback_reversal},
    Entry{"pgfs.refund", credit_clearing},
    Entry{"pgfs.refund.authorization", credit},
    Entry{"pgfs.refund.authorization.reversal", credit_reversal},
    Entry{"pgfs.refund.authorization.clearing", credit_clearing},
    Entry{"pgfs.original.credit.authorization", credit},
    Entry{"pgfs.original.credit.authorization.reversal", credit_reversal},
    Entry{"pgfs.original.credit.authorization.clearing", credit_clearing},
    Entry{"pgfs.original.credit.auth_plus_capture", credit},
    Entry{"pgfs.dispute.credit", chargeback},
    Entry{"pgfs.dispute.debit", chargeback_reversal},
    Entry{"pgfs.directdeposit.credit", told_credit},
    Entry{"pgfs.directdeposit.credit.reversal", credit_undoing},
    Entry{"pgfs.directdeposit.debit", told_purchase},
    Entry{"pgfs.directdeposit.debit.reversal", undoing},
    Entry{"pgfs.adjustment.credit", credit_clearing},
    Entry{"pgfs.adjustment.debit", clearing},
    Entry{"pgfs.network.load", told_credit},
    Entry{"pgfs.balanceinquiry", balance_inquiry},
    Entry{"pgfs.pindebit.balanceinquiry", balance_inquiry},
    Entry{"pgfs.product.inquiry", nothing},
};
static_assert(methods.size() == 51);  // all that the Core API has (3.0.35)

template <std::size_t N>
std::optional<Meaning> find(const std::array<Entry, N>& entries, std::string_view word) noexcept {
  const auto* const found = std::find_if(entries.begin(), entries.end(),
                                         [word](const Entry& entry) { return entry.word == word; });
  if (found == entries.end()) return std::nullopt;
  return found->meaning;
}

}  // namespace

std::optional<Meaning> meaning_of(std::string_view type_or_method) noexcept {
  const auto of_method = find(methods, type_or_method);
  return of_method ? of_method : find(types, type_or_method);
}

}  // namespace authd::processors::marqeta
