#include "authd/api/recon_exception_row.h"

#include <fmt/format.h>

#include <boost/json/serialize.hpp>

#include "authd/api/entry_row.h"
#include "authd/api/recon_line_row.h"
#include "authd/api/recon_sql.h"
#include "authd/recon/words.h"

namespace authd::api {

namespace {

namespace json = boost::json;
using core::Unexpected;
using store::PgParams;

constexpr std::array<std::string_view, 5> closures{"open", "completed", "reversed", "expired",
                                                   "declined"};

std::string members_without_line() {
  return "'id', d.id, 'supplier', s.name, 'program', s.program, 'run', d.run_id, 'kind', " +
         sql_word("d.kind", recon::discrepancy_names) + ", 'state', " +
         sql_word("d.state", recon::discrepancy_state_names) + ", 'resolution', " +
         sql_word("d.resolution", recon::resolution_names) + ", 'rule', d.rule, 'stated', " +
         sql_amount("d.stated_minor", "d.currency") + ", 'booked', " +
         sql_amount("d.booked_minor", "d.currency") + ", 'difference', " +
         sql_amount("d.difference_minor", "d.currency");
}

std::string members_behind_line() {
  return ", 'item', CASE WHEN d.item_seq IS NOT NULL THEN json_build_object('kind', " +
         sql_word("coalesce(d.item_kind, 1)", recon::item_kind_names) +
         ", 'shard', d.item_shard, 'sequence', d.item_seq) END, 'match', d.match_id,"
         " 'assignee', d.assignee, 'detail', d.detail, 'waits_until', " +
         sql_time("d.waits_until") + ", 'opened_at', " + sql_time("d.opened_at") +
         ", 'resolved_at', " + sql_time("d.resolved_at") + ", 'changed_at', " +
         sql_time("d.changed_at") + ", 'version', d.version";
}

std::string entry_sql() {
  constexpr const char* text =
      "(SELECT json_build_object('kind', {}, 'booked_at', {}, 'account', nullif(e.account_id, 0),"
      " 'notice', v.notice_id, 'card', v.card_token, 'merchant', v.merchant_name, 'transfer',"
      " (SELECT t.id FROM authd.transfer AS t WHERE t.shard = e.shard AND t.begun_seq = e.seq"
      "   AND t.requested_at = e.booked_at"
      "   AND (t.from_account_id = e.account_id OR t.to_account_id = e.account_id) LIMIT 1),"
      " 'postings', (SELECT json_agg(json_build_object('book', b.name, 'account',"
      "     nullif(p.account_id, 0), 'amount', {}) ORDER BY p.leg)"
      "   FROM authd.posting_history AS p JOIN authd.book AS b USING (book)"
      "   WHERE p.shard = e.shard AND p.seq = e.seq AND p.booked_at = e.booked_at))"
      " FROM authd.journal_entry_history AS e LEFT JOIN authd.event_history AS v"
      "   ON v.shard = e.shard AND v.seq = e.seq AND v.booked_at = e.booked_at"
      " WHERE d.item_kind = 1 AND e.shard = d.item_shard AND e.seq = d.item_seq)";
  return fmt::format(text, sql_word("e.kind", entry_kinds), sql_time("e.booked_at"),
                     sql_amount("p.amount_minor", "p.currency"));
}

// The shard is that of the item; without one, whichever knows it.
std::string authorization_sql() {
  constexpr const char* text =
      "(SELECT json_build_object('message', a.key, 'status', {}, 'card', a.card_token,"
      " 'account', a.account_id, 'opened_at', {}, 'expires_at', {}, 'authorized', {},"
      " 'held', {}, 'cleared', {}) FROM authd.authorization AS a"
      " WHERE a.id = coalesce(d.authorization_id, CASE WHEN d.item_kind = 2 THEN d.item_seq END)"
      " AND a.shard = ANY (ARRAY(SELECT h.shard FROM authd.shard AS h"
      "   WHERE d.item_shard IS NULL OR h.shard = d.item_shard)) AND a.program = s.program LIMIT "
      "1)";
  return fmt::format(
      text, sql_word("a.closure", closures), sql_time("a.opened_at"), sql_time("a.expires_at"),
      sql_amount("greatest(a.approved_minor, a.confirmed_minor)", "a.currency"),
      sql_amount("a.held_minor", "a.currency"), sql_amount("a.cleared_minor", "a.currency"));
}

// The newest ones, in their order.
std::string listed_sql(std::string_view object, std::string_view table, std::string_view order) {
  return fmt::format(
      "(SELECT coalesce(json_agg(json_build_object({0}) ORDER BY x.{2}), '[]') FROM (SELECT *"
      " FROM authd.{1} WHERE discrepancy_id = d.id ORDER BY {2} DESC LIMIT {3}) AS x)",
      object, table, order, recon_listed_max);
}

std::string proposals_sql() {
  return listed_sql("'id', x.id, 'kind', " + sql_word("x.kind", recon::proposal_kind_names) +
                        ", 'amount', " + sql_amount("x.amount_minor", "x.currency") +
                        ", 'account', x.account_id, 'reason', x.reason, 'needs_second',"
                        " x.needs_second, 'proposed_by', x.proposed_by, 'proposed_at', " +
                        sql_time("x.proposed_at") + ", 'verdict', " +
                        sql_word("x.verdict", recon::verdict_names) +
                        ", 'decided_by', x.decided_by, 'decided_at', " + sql_time("x.decided_at") +
                        ", 'entry', x.entry_seq",
                    "recon_proposal", "id");
}

std::string everything_about_it() {
  return ", 'entry', " + entry_sql() + ", 'authorization', " + authorization_sql() +
         ", 'matched', " + recon_match_sql("d.match_id") + ", 'comments', " +
         listed_sql(
             "'id', x.id, 'at', " + sql_time("x.at") + ", 'author', x.author, 'text', x.text",
             "recon_comment", "id") +
         ", 'proposals', " + proposals_sql() + ", 'trail', " +
         listed_sql("'number', x.number, 'at', " + sql_time("x.at") +
                        ", 'actor', x.actor, 'action', x.action, 'detail', x.detail",
                    "recon_trail", "number");
}

constexpr const char* from =
    " FROM authd.recon_discrepancy AS d JOIN authd.recon_supplier AS s ON s.id = d.supplier_id"
    " LEFT JOIN authd.recon_line AS l ON l.run_id = d.line_run_id"
    " AND l.line_number = d.line_number ";

}  // namespace

std::string recon_exception_select() {
  return "SELECT json_build_object(" + members_without_line() +
         ", 'line', CASE WHEN d.line_number IS NOT NULL THEN json_build_object('run',"
         " d.line_run_id, 'line', d.line_number, 'reference', l.reference, 'occurred_at', " +
         sql_time("l.occurred_at") + ") END" + members_behind_line() +
         ")::text, d.id, s.program, d.version";
}

std::string recon_exception_joins() {
  return " JOIN authd.recon_supplier AS s ON s.id = d.supplier_id"
         " LEFT JOIN authd.recon_line AS l ON l.run_id = d.line_run_id"
         " AND l.line_number = d.line_number ";
}

Outcome show_exception(const Call& call, const store::PgResult& found) {
  if (found.rows() == 0 || !call.caller.may_see(found.text(0, 2))) {
    return Unexpected{Problem(Problem::Kind::not_found)};
  }
  Answer answer;
  answer.body = found.text(0, 0);
  answer.etag = std::to_string(found.number<std::int32_t>(0, 3));
  return answer;
}

core::Result<Answer, Problem> exception_answer(const Call& call, store::Connection& connection,
                                               std::int64_t id) {
  AUTHD_TRY(found, connection.exec_prepared(recon_exception_statement, PgParams().number(id)));
  return show_exception(call, found);
}

std::vector<Statement> recon_exception_statements() {
  return {{recon_exception_statement,
           "SELECT json_build_object(" + members_without_line() +
               ", 'line', CASE WHEN d.line_number IS NOT NULL THEN json_build_object(" +
               recon_line_members_sql("l") + ") END" + members_behind_line() +
               everything_about_it() + ")::text, d.id, s.program, d.version" + from +
               "WHERE d.id = $1"}};
}

}  // namespace authd::api
