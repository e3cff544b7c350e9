#include "authd/api/recon_matching.h"

#include <fmt/format.h>

#include <algorithm>
#include <boost/json/array.hpp>
#include <limits>
#include <set>

#include "authd/api/body_reader.h"
#include "authd/api/precondition.h"
#include "authd/api/recon_case.h"
#include "authd/api/recon_exception_row.h"

namespace authd::api {

namespace {

namespace json = boost::json;
using core::Unexpected;
using store::Connection;
using store::PgParams;
using Kind = Problem::Kind;

struct Item {
  std::int32_t shard = 0;
  std::int64_t sequence = 0;
  friend auto operator<=>(const Item&, const Item&) = default;
};
struct WantedMatch {
  std::int64_t line_run = 0;
  std::int64_t line = 0;
  std::vector<Item> items;
};

core::Result<WantedMatch, Problem> read_match(const Call& call) {
  return read_body(call, [](BodyReader& body) {
    WantedMatch wanted;
    body.object("line", Need::required, [&](BodyReader& line) {
      wanted.line_run = line.integer("run", 1, integer_max, Need::required).value.value_or(0);
      wanted.line = line.integer("line", 1, integer_max, Need::required).value.value_or(0);
    });
    std::set<Item> known;
    body.objects("items", matched_items_max, [&](BodyReader& item) {
      constexpr std::int64_t shard_max = std::numeric_limits<std::int32_t>::max();
      const auto shard = item.integer("shard", 0, shard_max, Need::required).value.value_or(0);
      const auto sequence = item.integer("sequence", 1, integer_max, Need::required);
      wanted.items.push_back({static_cast<std::int32_t>(shard), sequence.value.value_or(0)});
      if (!known.insert(wanted.items.back()).second) item.refuse("sequence", "is there twice");
    });
    return wanted;
  });
}

bool is_about(const Case& of, const WantedMatch& wanted) {
  if (of.line != 0 && of.line_run == wanted.line_run && of.line == wanted.line) return true;
  constexpr std::int16_t entry = 1;
  if (!of.item_sequence || of.item_kind != entry) return false;
  const Item own{of.item_shard, *of.item_sequence};
  return std::find(wanted.items.begin(), wanted.items.end(), own) != wanted.items.end();
}

// What the two sides say, for the trail: people may match what differs.
struct Sides {
  std::int64_t stated_minor = 0;
  std::string currency;
  json::array booked_minor;  // item by item: their sum may not fit
};

core::Result<Sides, Problem> find_sides(Connection& connection, const Case& of,
                                        const WantedMatch& wanted) {
  Sides sides;
  PgParams line;
  line.number(wanted.line_run).number(wanted.line).number(of.supplier);
  AUTHD_TRY(stated, connection.exec_prepared("recon_match_line", line));
  if (stated.rows() == 0) return Unexpected{wrong_field("line", "is not known of this supplier")};
  sides.stated_minor = stated.number<std::int64_t>(0, 0);
  sides.currency = stated.text(0, 1);
  for (std::size_t i = 0; i < wanted.items.size(); ++i) {
    PgParams item;
    item.number(wanted.items[i].shard).number(wanted.items[i].sequence);
    item.text(of.program).number(of.books);
    AUTHD_TRY(booked, connection.exec_prepared("recon_match_entry", item));
    if (booked.rows() == 0) {
      return Unexpected{wrong_field(fmt::format("items.{}", i), "is not in these books")};
    }
    sides.booked_minor.push_back(booked.number<std::int64_t>(0, 0));
  }
  return sides;
}

// The match's id.
core::Result<std::int64_t, Problem> insert_match(Connection& connection, const Case& of,
                                                 const WantedMatch& wanted) {
  AUTHD_TRY(next, connection.exec_prepared("recon_match_next", PgParams()));
  const auto id = next.number<std::int64_t>(0, 0);
  for (std::size_t i = 0; i < wanted.items.size(); ++i) {
    PgParams params;
    params.number(id).number(of.run);
    params.number(i == 0 ? wanted.line_run : 0).number(i == 0 ? wanted.line : 0);
    params.number(wanted.items[i].sequence).number(wanted.items[i].shard).number(of.supplier);
    const auto put = connection.exec_prepared("recon_match_insert", params);
    if (!put && put.error().state() == "23505") {
      return Unexpected{
          Problem(Kind::wrong_state,
                  fmt::format("{} is matched already: take that back first.",
                              i == 0 ? "The line or the first item" : fmt::format("Item {}", i)))};
    }
    if (!put) return Unexpected{put.error()};
  }
  return id;
}

// This one, and what was missing of the line and the items.
core::Result<std::vector<Case>, Problem> settled_by(Connection& connection, const Case& of,
                                                    const WantedMatch& wanted) {
  std::vector<Case> cases{of};
  std::set<std::int64_t> known{of.id};
  const auto add = [&](const store::PgResult& found) -> core::Result<void, Problem> {
    for (int row = 0; row < found.rows(); ++row) {
      AUTHD_TRY(another, read_case(found, row));
      if (!known.insert(another.id).second) continue;
      AUTHD_TRY_VOID(expect_workable(another));
      cases.push_back(std::move(another));
    }
    return {};
  };
  PgParams line;
  line.number(wanted.line_run).number(wanted.line).number(of.supplier);
  AUTHD_TRY(of_line, connection.exec_prepared("recon_cases_of_line", line));
  AUTHD_TRY_VOID(add(of_line));
  for (const Item& item : wanted.items) {
    PgParams params;
    params.number(item.shard).number(item.sequence).number(of.supplier);
    AUTHD_TRY(of_item, connection.exec_prepared("recon_cases_of_item", params));
    AUTHD_TRY_VOID(add(of_item));
  }
  return cases;
}

json::object detail_of(std::int64_t match, const WantedMatch& wanted, const Sides& sides) {
  json::array items;
  for (const Item& item : wanted.items) {
    items.push_back(json::object{{"shard", item.shard}, {"sequence", item.sequence}});
  }
  return {{"match", match},
          {"line", json::object{{"run", wanted.line_run}, {"line", wanted.line}}},
          {"items", std::move(items)},
          {"currency", sides.currency},
          {"stated_minor", sides.stated_minor},
          {"booked_minor", sides.booked_minor}};
}

Outcome match(const Call& call, Connection& connection) {
  AUTHD_TRY(wanted, read_match(call));
  AUTHD_TRY(of, lock_case(call, connection));
  AUTHD_TRY_VOID(check_version(call, of.version));
  AUTHD_TRY_VOID(expect_workable(of));
  if (!is_about(of, wanted)) {
    return Unexpected{wrong_field("line", "is not that of the exception, nor is any of the items")};
  }
  AUTHD_TRY(sides, find_sides(connection, of, wanted));
  AUTHD_TRY(id, insert_match(connection, of, wanted));
  AUTHD_TRY(cases, settled_by(connection, of, wanted));
  const CaseStep step{CaseState::resolved, CaseResolution::matched_by_hand, id, "matched",
                      detail_of(id, wanted, sides)};
  for (const Case& settled : cases) AUTHD_TRY_VOID(take_step(call, connection, settled, step));
  return exception_answer(call, connection, of.id);
}

bool has_booked_money(const Case& of) noexcept {
  return of.resolution == CaseResolution::written_off || of.resolution == CaseResolution::adjusted;
}

core::Result<void, Problem> expect_reversible(const Case& of) {
  if (of.state == CaseState::awaiting_approval) return expect_workable(of);
  if (!has_booked_money(of)) return {};
  return Unexpected{
      Problem(Kind::wrong_state, fmt::format("Money was booked for it, for exception {}.", of.id))};
}

// Others that the match had settled, or that were settled because of it.
core::Result<void, Problem> reopen_others(const Call& call, Connection& connection, const Case& of,
                                          const json::object& detail) {
  PgParams params;
  params.number(of.match).number(of.id).number(of.supplier);
  AUTHD_TRY(found, connection.exec_prepared("recon_cases_of_match", params));
  for (int row = 0; row < found.rows(); ++row) {
    AUTHD_TRY(another, read_case(found, row));
    AUTHD_TRY_VOID(expect_reversible(another));
    const bool settled =
        another.state == CaseState::resolved && another.resolution != CaseResolution::dismissed;
    if (!settled) continue;
    const CaseStep step{CaseState::open, CaseResolution::none, 0, "reopened", detail};
    AUTHD_TRY_VOID(take_step(call, connection, another, step));
  }
  return {};
}

Outcome unmatch(const Call& call, Connection& connection) {
  AUTHD_TRY(reason, read_body(call, [](BodyReader& body) {
              return body.text("reason", reason_size, Need::required).value.value_or("");
            }));
  AUTHD_TRY(of, lock_case(call, connection));
  AUTHD_TRY_VOID(check_version(call, of.version));
  AUTHD_TRY_VOID(expect_reversible(of));
  if (of.match == 0) return Unexpected{Problem(Kind::wrong_state, "It is of no match.")};
  const json::object detail{{"match", of.match}, {"reason", reason}};
  AUTHD_TRY_VOID(reopen_others(call, connection, of, detail));
  AUTHD_TRY(ended, connection.exec_prepared("recon_match_end", PgParams().number(of.match)));
  if (ended.affected() == 0) {
    return Unexpected{Problem(Kind::wrong_state, "The match was taken back before.")};
  }
  const CaseStep step{CaseState::open, CaseResolution::none, 0, "unmatched", detail};
  AUTHD_TRY_VOID(take_step(call, connection, of, step));
  return exception_answer(call, connection, of.id);
}

std::vector<Statement> statements() {
  const std::string missing =
      " AND d.supplier_id = $3 AND d.kind IN (1, 2) AND d.state <> 5 ORDER BY d.id"
      " FOR NO KEY UPDATE OF d";
  return {
      {"recon_match_line",
       "SELECT l.amount_minor, l.currency::text FROM authd.recon_line AS l"
       " JOIN authd.recon_run AS r ON r.id = l.run_id"
       " WHERE l.run_id = $1 AND l.line_number = $2 AND r.supplier_id = $3"},
      // Of card books clearings, refunds and chargebacks; else what transfers book.
      {"recon_match_entry",
       "SELECT coalesce((SELECT sum(p.amount_minor) FROM authd.posting_history AS p"
       "   WHERE p.shard = e.shard AND p.seq = e.seq AND p.booked_at = e.booked_at"
       "   AND p.account_id = e.account_id AND p.book IN (1, 2)), 0)::bigint"
       " FROM authd.journal_entry_history AS e WHERE e.shard = $1 AND e.seq = $2"
       " AND e.program = $3 AND (CASE WHEN $4::smallint = 1 THEN e.kind BETWEEN 6 AND 9"
       "   ELSE e.kind BETWEEN 10 AND 16 OR e.kind = 19 END)"},
      {"recon_match_next", "SELECT nextval('authd.recon_match_seq')"},
      {"recon_match_insert",
       "INSERT INTO authd.recon_match (id, run_id, line_run_id, line_number, item_seq, item_shard,"
       " supplier_id, item_kind, method, confidence) VALUES ($1, $2, nullif($3::bigint, 0),"
       " nullif($4::bigint, 0), $5, $6, $7, 1, 10, 100)"},
      {"recon_match_end",
       "UPDATE authd.recon_match SET ended_at = now() WHERE id = $1 AND ended_at IS NULL"},
      {"recon_cases_of_line", case_select() +
                                  "WHERE d.line_run_id = $1 AND d.line_number = $2"
                                  " AND d.line_number IS NOT NULL" +
                                  missing},
      {"recon_cases_of_item", case_select() +
                                  "WHERE d.item_shard = $1 AND d.item_seq = $2"
                                  " AND d.item_seq IS NOT NULL"
                                  " AND d.item_kind IS DISTINCT FROM 2" +
                                  missing},
      {"recon_cases_of_match",
       case_select() +
           "WHERE d.id IN (SELECT x.id FROM authd.recon_match AS m"
           "     JOIN authd.recon_discrepancy AS x ON x.line_run_id = m.line_run_id"
           "      AND x.line_number = m.line_number AND x.line_number IS NOT NULL WHERE m.id = $1"
           "   UNION SELECT x.id FROM authd.recon_match AS m"
           "     JOIN authd.recon_discrepancy AS x ON x.item_shard = m.item_shard"
           "      AND x.item_seq = m.item_seq AND x.item_seq IS NOT NULL WHERE m.id = $1)"
           " AND d.match_id = $1 AND d.id <> $2 AND d.supplier_id = $3 ORDER BY d.id"
           " FOR NO KEY UPDATE OF d"}};
}

}  // namespace

Resource recon_matching_resource() {
  using net::Method;
  return {{{Method::post, "/v1/reconciliation/exceptions/{exception:id}/match",
            "matchReconciliationException", Scope::recon_write, Change{match}},
           {Method::post, "/v1/reconciliation/exceptions/{exception:id}/unmatch",
            "unmatchReconciliationException", Scope::recon_write, Change{unmatch}}},
          statements()};
}

}  // namespace authd::api
