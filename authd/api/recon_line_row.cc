#include "authd/api/recon_line_row.h"

#include <fmt/format.h>

#include "authd/api/recon_sql.h"
#include "authd/recon/source.h"
#include "authd/recon/supplier.h"
#include "authd/recon/words.h"

namespace authd::api {

std::string recon_line_members_sql(std::string_view line) {
  return fmt::format(
      "'run', {0}.run_id, 'line', {0}.line_number, 'reference', {0}.reference,"
      " 'our_reference', {0}.our_reference,"
      " 'authorization_reference', {0}.authorization_reference, 'kind', {0}.kind,"
      " 'status', {1}, 'amount', {2}, 'fee_minor', {0}.fee_minor, 'occurred_at', {3},"
      " 'settled_on', {0}.settled_on, 'card', {0}.card, 'account', {0}.account,"
      " 'merchant', {0}.merchant, 'merchant_name', {0}.merchant_name,"
      " 'counterparty', {0}.counterparty, 'authorization_code', {0}.authorization_code,"
      " 'batch', {0}.batch, 'extra', {0}.extra",
      line, sql_word(fmt::format("{}.status", line), recon::line_status_names),
      sql_amount(fmt::format("{}.amount_minor", line), fmt::format("{}.currency", line)),
      sql_time(fmt::format("{}.occurred_at", line)));
}

std::string recon_match_sql(std::string_view id) {
  constexpr const char* text =
      "(SELECT json_build_object('id', of.id, 'method', {1}, 'confidence', of.confidence,"
      " 'run', of.run_id, 'ended_at', {2},"
      " 'lines', (SELECT coalesce(json_agg(json_build_object('run', i.line_run_id, 'line',"
      "     i.line_number)), '[]') FROM (SELECT m.line_run_id, m.line_number"
      "     FROM authd.recon_match AS m WHERE m.id = of.id AND m.line_number IS NOT NULL"
      "     ORDER BY m.line_run_id, m.line_number LIMIT {4}) AS i),"
      " 'items', (SELECT coalesce(json_agg(json_build_object('kind', {3}, 'shard', i.item_shard,"
      "     'sequence', i.item_seq)), '[]') FROM (SELECT m.item_kind, m.item_shard, m.item_seq"
      "     FROM authd.recon_match AS m WHERE m.id = of.id AND m.item_seq IS NOT NULL"
      "     ORDER BY m.item_kind, m.item_shard, m.item_seq LIMIT {4}) AS i))"
      " FROM authd.recon_match AS of WHERE of.id = {0} LIMIT 1)";
  return fmt::format(text, id, sql_word("of.method", recon::method_names), sql_time("of.ended_at"),
                     sql_word("i.item_kind", recon::item_kind_names), recon_match_listed_max);
}

}  // namespace authd::api
