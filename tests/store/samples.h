// Rows and records as the format tests write them: ordinary ones, which the golden files pin, and
// the largest ones there can be.

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

template <class T>
using Named = std::vector<std::pair<std::string, T>>;

Named<core::Row> ordinary_rows();
Named<core::Row> largest_rows();
Named<Record> ordinary_records();

// Every control with the longest lists there can be: more than fits a record.
core::ControlSet largest_controls();
// The request that counts most: 64 limits on each level, all counters new with each take.
Record largest_request();

// Written and read back, both as it should be done.
std::vector<std::byte> value_of(const core::Row& row);
std::vector<std::byte> payload_of(const Record& record);
core::Result<Record, FormatError> decoded(const Record& like, Bytes payload);
bool same(const Record& a, const Record& b);

}  // namespace authd::store::test
