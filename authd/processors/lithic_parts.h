// What Lithic's questions and webhooks have in common: the table of their fields, and how they
// describe merchant and terminal.

#pragma once

#include "authd/processors/field_reader.h"
#include "authd/processors/json_fields.h"
#include "core/details.h"
#include "core/money.h"

namespace authd::processors::lithic {

// Of both messages, then the identifiers in which digits mean no PAN.
inline constexpr auto fields = json_fields({
    {"token"},
    {"event_type"},
    {"status"},
    {"amount"},
    {"amounts"},
    {"amounts.cardholder"},
    {"amounts.cardholder.amount"},
    {"amounts.cardholder.currency"},
    {"amounts.hold"},
    {"amounts.hold.amount"},
    {"amounts.hold.currency"},
    {"amounts.merchant"},
    {"amounts.merchant.currency"},
    {"merchant_currency"},
    {"merchant"},
    {"merchant.mcc"},
    {"merchant.acceptor_id", Digits::identifier},
    {"merchant.descriptor"},
    {"merchant.country"},
    {"pos"},
    {"pos.entry_mode"},
    {"pos.entry_mode.card"},
    {"pos.entry_mode.cardholder"},
    {"pos.entry_mode.pan"},
    {"pos.terminal"},
    {"pos.terminal.type"},
    {"pos.terminal.partial_approval_capable"},
    {"avs"},
    {"avs.address_on_file_match"},
    {"cardholder_authentication"},
    {"cardholder_authentication.authentication_result"},
    {"token_info"},
    {"token_info.wallet_type"},

    // of a question
    {"event_token"},
    {"card"},
    {"card.token"},
    {"cardholder_currency"},
    {"cash_amount"},

    // of a transaction
    {"card_token"},
    {"events"},
    {"events.[]"},
    {"events.[].token"},
    {"events.[].type"},
    {"events.[].created"},
    {"events.[].result"},
    {"events.[].effective_polarity"},
    {"events.[].amount"},
    {"events.[].amounts"},
    {"events.[].amounts.cardholder"},
    {"events.[].amounts.cardholder.amount"},
    {"events.[].amounts.cardholder.currency"},
    {"events.[].detailed_results"},
    {"events.[].detailed_results.[]"},

    {"merchant.acquiring_institution_id", Digits::identifier},
    {"merchant.phone_number", Digits::identifier},
    {"pos.terminal.acceptor_terminal_id", Digits::identifier},
    {"acquirer_reference_number", Digits::identifier},
    {"events.[].network_info"},
    {"events.[].network_info.acquirer"},
    {"events.[].network_info.acquirer.acquirer_reference_number", Digits::identifier},
    {"events.[].network_info.acquirer.retrieval_reference_number", Digits::identifier},
    {"events.[].network_info.amex"},
    {"events.[].network_info.amex.transaction_id", Digits::identifier},
    {"events.[].network_info.amex.original_transaction_id", Digits::identifier},
    {"events.[].network_info.mastercard"},
    {"events.[].network_info.mastercard.banknet_reference_number", Digits::identifier},
    {"events.[].network_info.mastercard.original_banknet_reference_number", Digits::identifier},
    {"events.[].network_info.mastercard.switch_serial_number", Digits::identifier},
    {"events.[].network_info.mastercard.original_switch_serial_number", Digits::identifier},
    {"events.[].network_info.visa"},
    {"events.[].network_info.visa.transaction_id", Digits::identifier},
    {"events.[].network_info.visa.original_transaction_id", Digits::identifier},
});

// Merchant, terminal and verifications. `billing`: for a merchant's currency that is not said.
core::Details details_of(const FieldReader& reader, core::Currency billing) noexcept;

}  // namespace authd::processors::lithic
