// authd referral status: how far everything is.

#include <fmt/format.h>

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <cstdio>

#include "authd/commands/commands.h"
#include "authd/commands/recon_desk.h"
#include "authd/commands/referral_desk.h"
#include "authd/errors/describe.h"
#include "authd/referral/words.h"

namespace authd::commands {

namespace json = boost::json;

namespace {

// $1: words of the states of invitations. A run that is not finished is under way, or was
// interrupted.
constexpr const char* statement = R"(
SELECT json_build_object(
  'shards', (SELECT coalesce(json_agg(json_build_object(
      'shard', s.shard, 'drained', s.drained_seq, 'earned', coalesce(m.seq, 0),
      'lag_records', greatest(s.drained_seq - coalesce(m.seq, 0), 0), 'moved_at', m.moved_at)
      ORDER BY s.shard), '[]')
    FROM authd.shard AS s LEFT JOIN authd.referral_mark AS m USING (shard)),
  'programs', (SELECT coalesce(json_agg(json_build_object(
      'program', p.program, 'currency', p.currency, 'zone', p.zone, 'payout_at', p.payout_at,
      'is_paused', EXISTS (SELECT FROM authd.referral_pause AS r
                            WHERE r.program = p.program AND r.resumed_at IS NULL),
      'days_due', (SELECT count(*) FROM authd.referral_payout_days() AS d WHERE d.program = p.program),
      'open_cases', (SELECT count(*) FROM authd.referral_case AS c
                      WHERE c.program = p.program AND c.state = 1),
      'runs', (SELECT coalesce(json_agg(json_build_object(
          'date', r.day, 'started_at', r.started_at, 'finished_at', r.finished_at,
          'requested_by', r.requested_by, 'paid', r.paid, 'paid_minor', r.paid_minor,
          'failed', r.failed, 'carried', r.carried, 'carried_minor', r.carried_minor)
          ORDER BY r.day DESC), '[]')
        FROM (SELECT * FROM authd.referral_payout_run AS run WHERE run.program = p.program
               ORDER BY run.day DESC LIMIT 5) AS r)) ORDER BY p.program), '[]')
    FROM authd.referral_program AS p),
  'invitations', (SELECT json_object_agg(word, (
      SELECT count(*) FROM authd.referral_invitation AS i WHERE i.state = number))
    FROM unnest(string_to_array($1::text, ',')) WITH ORDINALITY AS w(word, number)))::text)";

std::string state_words() {
  std::string words;
  for (const std::string_view name : referral::invitation_state_names)
    words += (words.empty() ? "" : ",") + std::string(name);
  return words;
}

std::string field(const json::value& object, std::string_view key) {
  const json::value& value = object.as_object().at(key);
  return value.is_null() ? "-" : printable(value);
}

void print_run(const json::value& run) {
  std::printf("%s", fmt::format("  {} {}: {} paid {}, {} could not be, {} carried {}, by {}\n",
                                field(run, "date"),
                                run.as_object().at("finished_at").is_null()
                                    ? "is not finished"
                                    : "finished " + field(run, "finished_at"),
                                field(run, "paid"), field(run, "paid_minor"), field(run, "failed"),
                                field(run, "carried"), field(run, "carried_minor"),
                                field(run, "requested_by"))
                        .c_str());
}

void print(const json::object& status) {
  std::string text;
  for (const json::value& shard : status.at("shards").as_array()) {
    text += fmt::format("shard {}: earned from up to {}, {} records behind, since {}\n",
                        field(shard, "shard"), field(shard, "earned"), field(shard, "lag_records"),
                        field(shard, "moved_at"));
  }
  text += "invitations:";
  for (const auto& [state, count] : status.at("invitations").as_object())
    text += fmt::format(" {} {}", printable(count), std::string_view(state));
  std::printf("%s\n", text.c_str());
  for (const json::value& program : status.at("programs").as_array()) {
    std::printf(
        "%s",
        fmt::format("program {} ({}, {}){}: {} open cases, payouts at {}, {} days due\n",
                    field(program, "program"), field(program, "currency"), field(program, "zone"),
                    program.as_object().at("is_paused").as_bool() ? " is paused" : "",
                    field(program, "open_cases"), field(program, "payout_at"),
                    field(program, "days_due"))
            .c_str());
    for (const json::value& run : program.as_object().at("runs").as_array()) print_run(run);
  }
}

}  // namespace

int referral_status(const std::filesystem::path& config_file, bool as_json) {
  auto desk = referral_desk(config_file);
  if (!desk) return exit_cannot_start;
  const auto row = desk->connection.exec(statement, store::PgParams().text(state_words()));
  if (!row) return failed(row.error());
  boost::system::error_code malformed;
  const json::value status = json::parse(row->text(0, 0), malformed);
  if (as_json) {
    std::printf("%s\n", json::serialize(status).c_str());
  } else {
    print(status.as_object());
  }
  return exit_ok;
}

}  // namespace authd::commands
