// An ordinary world for tests: rows, commands, and a record of every kind, which the golden files
// pin.

#pragma once

#include <string>
#include <utility>
#include <vector>

#include "store/format/records.h"

namespace authd::store::test {

inline const core::Currency usd = *core::Currency::from_alpha("USD");
inline const core::Currency eur = *core::Currency::from_alpha("EUR");
inline constexpr core::Timestamp noon{1'793'620'800'000'000};  // 2026-11-02T12:00:00Z, a Monday
inline constexpr core::Moment moment{noon, {300}, 0, 0, false};

inline core::ProgramId program_id(std::string_view text = "demo") {
  return *core::ProgramId::from(text);
}
inline core::CardToken card_token(std::string_view text = "card-1") {
  return *core::CardToken::from(text);
}
inline core::MessageId message_id(std::string_view text) { return *core::MessageId::from(text); }

// An ordinary world: a program, an account with 100.00 USD, a good card.
core::Program a_program();
core::Account an_account(std::int64_t id = 1);
core::Card a_card();
core::Owner program_owner();
core::Owner account_owner(std::int64_t id = 1);
core::Owner card_owner();
core::Control a_limit(std::int64_t id, core::Period period = core::Period::day,
                      core::Level counts = core::Level::card);
core::Request a_request(std::string_view message, std::int64_t minor_units);
core::Event an_event(core::EventKind kind, std::string_view notice, std::int64_t minor_units);

// Rows of the other kinds, nearly every field with a value.
core::Program a_configured_program();
core::TimeZone a_zone();
core::Control a_control(std::int64_t id, core::Check check);
core::Authorization an_authorization();
core::Message a_message();
core::Message an_undecided_message();
core::Notice a_notice();
core::Transfer a_transfer();           // a wire, reserved
core::Transfer a_declined_transfer();  // a credit of PostgreSQL that could not be taken
core::MirrorMark a_mark();

template <class T>
using Named = std::vector<std::pair<std::string, T>>;

Named<Record> ordinary_records();
// At the moment above, without an explanation.
Record a_record(core::Command command, core::Outcome outcome, std::vector<core::Row> rows);

// Written and read back, both as it should be done.
std::vector<std::byte> value_of(const core::Row& row);
std::vector<std::byte> payload_of(const Record& record);
core::Result<Record, FormatError> decoded(const Record& like, Bytes payload);
bool same(const Record& a, const Record& b);

}  // namespace authd::store::test
