// An exception that somebody works on: its row, locked, and the changes that every step makes.

#pragma once

#include <boost/json/object.hpp>
#include <optional>
#include <string>
#include <string_view>

#include "authd/api/body_reader.h"
#include "authd/api/call.h"
#include "authd/recon/words.h"

namespace authd::api {

enum class CaseState : std::int16_t {  // those of the table
  waiting = 1,
  open = 2,
  in_progress = 3,
  awaiting_approval = 4,
  resolved = 5,
};
enum class CaseResolution : std::int16_t {
  none = 0,
  by_rule = 1,
  matched_later = 2,
  matched_by_hand = 3,
  written_off = 4,
  adjusted = 5,
  dismissed = 6,
};
static_assert(recon::discrepancy_state_names.size() == std::size_t{5} &&
              recon::resolution_names.size() == std::size_t{6});

inline constexpr BodyReader::TextSize reason_size{1, 500};  // of what people decide

// One of the supplier's books, with the numbers of authd.book.
inline constexpr std::int16_t card_books = 1;

struct Case {
  std::int64_t id = 0;
  std::int64_t run = 0;
  std::int16_t supplier = 0;
  std::int16_t books = card_books;
  std::int64_t approval_above_minor = 0;
  std::string program;
  std::int32_t version = 0;
  std::int16_t kind = 0;
  CaseState state = CaseState::open;
  CaseResolution resolution = CaseResolution::none;
  std::string currency;
  std::int64_t difference_minor = 0;
  std::int64_t line_run = 0;  // 0: no line
  std::int64_t line = 0;
  std::optional<std::int64_t> item_sequence;
  std::int32_t item_shard = 0;
  std::int16_t item_kind = 1;
  std::int64_t match = 0;  // 0: none
};

// The exception that the path names, locked until the transaction ends.
core::Result<Case, Problem> lock_case(const Call& call, store::Connection& connection);
core::Result<Case, Problem> read_case(const store::PgResult& result, int row);
std::string case_select();  // of authd.recon_discrepancy `d` and its supplier `s`

// wrong_state unless work on it can go on: it is settled, or waits for a decision.
core::Result<void, Problem> expect_workable(const Case& of);

// The new state, and a row of the trail. `match` 0: as it was.
struct CaseStep {
  CaseState state = CaseState::open;
  CaseResolution resolution = CaseResolution::none;
  std::int64_t match = 0;
  std::string_view action;
  boost::json::object detail;
};
core::Result<void, Problem> take_step(const Call& call, store::Connection& connection,
                                      const Case& of, const CaseStep& step);

std::vector<Statement> case_statements();

}  // namespace authd::api
