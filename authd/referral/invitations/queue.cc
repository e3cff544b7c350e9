#include "authd/referral/invitations/queue.h"

#include <openssl/sha.h>

#include "authd/referral/invitations/message.h"

namespace authd::referral {

using core::Result;
using store::Connection;
using store::PgError;
using store::PgParams;

namespace {

// In characters, as PostgreSQL counts them: bytes are never fewer.
std::string_view shortened(std::string_view text, std::size_t bytes_max) {
  if (text.size() <= bytes_max) return text;
  std::size_t end = bytes_max;
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0U) == 0x80U) --end;
  return text.substr(0, end);
}

constexpr std::size_t error_bytes_max = 500;

}  // namespace

std::array<std::byte, 32> phone_hash(std::string_view program, std::string_view phone) {
  const std::string text = std::string(program) + "\n" + std::string(phone);
  std::array<std::byte, 32> hash{};
  SHA256(reinterpret_cast<const unsigned char*>(text.data()), text.size(),
         reinterpret_cast<unsigned char*>(hash.data()));
  return hash;
}

// ---------------------------------------------------------------------------------------------
// Sending

Result<Claim, PgError> claim(Connection& connection, std::int32_t limit,
                             std::chrono::milliseconds lease, std::int32_t attempts_max) {
  AUTHD_TRY(rows,
            connection.exec(
                "WITH due AS MATERIALIZED ("
                "  SELECT i.id, CASE"
                "      WHEN EXISTS (SELECT FROM authd.referral_opt_out AS o"
                "                    WHERE o.program = i.program AND o.phone_hash = i.phone_hash)"
                "        THEN 7"
                "      WHEN i.state = 2 AND i.attempts >= $3 OR i.phone IS NULL OR i.body IS NULL"
                "        THEN 5"
                "      ELSE 2 END::smallint AS becomes"
                "    FROM authd.referral_invitation AS i"
                "   WHERE i.state IN (1, 2) AND i.next_at <= now()"
                "     AND NOT EXISTS (SELECT FROM authd.referral_pause AS p"
                "                      WHERE p.program = i.program AND p.resumed_at IS NULL)"
                "   ORDER BY i.next_at, i.id LIMIT $1 FOR UPDATE OF i SKIP LOCKED)"
                " UPDATE authd.referral_invitation AS i"
                "    SET state = due.becomes,"
                "        attempts = i.attempts + CASE due.becomes WHEN 2 THEN 1 ELSE 0 END,"
                "        next_at = now() + $2::bigint * interval '1 millisecond',"
                "        ended_at = CASE due.becomes WHEN 2 THEN NULL ELSE now() END,"
                "        error = CASE due.becomes WHEN 2 THEN i.error WHEN 5"
                "                THEN 'nothing is known of the last attempt' END"
                "   FROM due WHERE i.id = due.id"
                " RETURNING i.id, i.attempts, i.phone, i.body, i.state",
                PgParams().number(std::int64_t{limit}).number(lease.count()).number(attempts_max)));
  Claim claimed;
  for (int row = 0; row < rows.rows(); ++row) {
    if (rows.number<std::int16_t>(row, 4) != 2) {
      ++claimed.ended;
      continue;
    }
    claimed.messages.push_back({rows.number<std::int64_t>(row, 0),
                                rows.number<std::int32_t>(row, 1), std::string(rows.text(row, 2)),
                                std::string(rows.text(row, 3))});
  }
  return claimed;
}

namespace {

Result<void, PgError> record_sent(Connection& connection, const ClaimedMessage& message,
                                  const AttemptResult& result) {
  AUTHD_TRY_VOID(connection.exec(
      "UPDATE authd.referral_invitation"
      "   SET state = CASE WHEN state IN (1, 2) THEN 3 ELSE state END,"
      "       sent_at = coalesce(sent_at, now()), ended_at = coalesce(ended_at, now()),"
      "       error = CASE WHEN state IN (1, 2) THEN NULL ELSE error END,"
      "       gateway_id = coalesce(nullif($2, ''), gateway_id)"
      " WHERE id = $1",
      PgParams().number(message.id).text(result.gateway_id)));
  return {};
}

}  // namespace

Result<void, PgError> record(Connection& connection, const ClaimedMessage& message,
                             const AttemptResult& result) {
  using Kind = AttemptResult::Kind;
  if (result.kind == Kind::sent) return record_sent(connection, message, result);
  const bool has_ended = result.kind == Kind::refused;
  const std::int32_t uncounted = result.kind == Kind::not_tried ? 1 : 0;
  AUTHD_TRY_VOID(
      connection.exec("UPDATE authd.referral_invitation"
                      "   SET state = CASE WHEN $3 THEN 5 ELSE 1 END, attempts = attempts - $4,"
                      "       next_at = now() + $5::bigint * interval '1 millisecond', error = $6,"
                      "       ended_at = CASE WHEN $3 THEN now() END"
                      " WHERE id = $1 AND attempts = $2 AND state = 2",
                      PgParams()
                          .number(message.id)
                          .number(message.attempt)
                          .number(static_cast<std::int8_t>(has_ended))
                          .number(uncounted)
                          .number(result.pause.count())
                          .text(shortened(result.error, error_bytes_max))));
  return {};
}

Result<std::int64_t, PgError> count_queued(Connection& connection, std::int64_t most) {
  AUTHD_TRY(counted, connection.exec("SELECT count(*) FROM (SELECT FROM authd.referral_invitation"
                                     " WHERE state IN (1, 2) LIMIT $1) AS queued",
                                     PgParams().number(most)));
  return counted.number<std::int64_t>(0, 0);
}

Result<std::int64_t, PgError> erase(Connection& connection, std::int32_t days, std::int32_t limit) {
  AUTHD_TRY(erased,
            connection.exec(
                "UPDATE authd.referral_invitation SET phone = NULL, body = NULL"
                " WHERE state NOT IN (1, 2) AND id IN ("
                "   SELECT id FROM authd.referral_invitation"
                "    WHERE phone IS NOT NULL AND ended_at <= now() - $1::integer * interval '1 day'"
                "    ORDER BY ended_at LIMIT $2 FOR UPDATE SKIP LOCKED)",
                PgParams().number(days).number(std::int64_t{limit})));
  return erased.affected();
}

// ---------------------------------------------------------------------------------------------
// What others say

namespace {

struct Found {
  std::int64_t id = 0;
  std::int16_t state = 0;
};

// Locked until the transaction ends. Of a gateway that gives the same id twice, the newest.
Result<std::optional<Found>, PgError> find(Connection& connection, std::string_view reference) {
  const auto id = id_of(reference);
  PgParams params;
  if (id) params.number(*id);
  if (!id) params.text(reference);
  AUTHD_TRY(rows,
            connection.exec(id ? "SELECT id, state FROM authd.referral_invitation WHERE id = $1"
                                 " FOR NO KEY UPDATE"
                               : "SELECT id, state FROM authd.referral_invitation"
                                 " WHERE gateway_id = $1 ORDER BY id DESC LIMIT 1"
                                 " FOR NO KEY UPDATE",
                            params));
  if (rows.rows() == 0) return std::optional<Found>();
  return std::optional(Found{rows.number<std::int64_t>(0, 0), rows.number<std::int16_t>(0, 1)});
}

Result<void, PgError> opt_out_number_of(Connection& connection, std::int64_t id) {
  AUTHD_TRY_VOID(
      connection.exec("INSERT INTO authd.referral_opt_out (program, origin, phone_hash)"
                      " SELECT program, 'gateway', phone_hash FROM authd.referral_invitation"
                      "  WHERE id = $1 ON CONFLICT DO NOTHING",
                      PgParams().number(id)));
  AUTHD_TRY_VOID(
      connection.exec("UPDATE authd.referral_invitation AS i SET state = 7, ended_at = now()"
                      "  FROM authd.referral_invitation AS one WHERE one.id = $1"
                      "   AND i.program = one.program AND i.phone_hash = one.phone_hash"
                      "   AND i.state = 1",
                      PgParams().number(id)));
  return {};
}

}  // namespace

Result<bool, PgError> receipt(Connection& connection, std::string_view reference, Receipt what,
                              std::string_view error) {
  AUTHD_TRY(found, find(connection, reference));
  if (!found) return false;
  if (what == Receipt::opted_out) AUTHD_TRY_VOID(opt_out_number_of(connection, found->id));
  // Delivered is the last word, even of what we have given up; the others end what has not ended.
  const std::int16_t becomes = what == Receipt::delivered ? 4 : what == Receipt::failed ? 5 : 7;
  AUTHD_TRY_VOID(
      connection.exec("UPDATE authd.referral_invitation"
                      "   SET state = $2::smallint, ended_at = now(), error = nullif($3, '')"
                      " WHERE id = $1 AND (state IN (1, 2, 3) OR $2::smallint = 4 AND state = 5)",
                      PgParams().number(found->id).number(becomes).text(
                          what == Receipt::failed ? shortened(error, error_bytes_max) : "")));
  return true;
}

Result<std::int64_t, PgError> opt_out(Connection& connection, std::string_view program,
                                      std::string_view phone, std::string_view origin) {
  const auto hash = phone_hash(program, phone);
  AUTHD_TRY_VOID(
      connection.exec("INSERT INTO authd.referral_opt_out (program, origin, phone_hash)"
                      " VALUES ($1, $2, $3) ON CONFLICT DO NOTHING",
                      PgParams().text(program).text(origin).bytes(hash)));
  AUTHD_TRY(ended,
            connection.exec("UPDATE authd.referral_invitation SET state = 7, ended_at = now()"
                            " WHERE program = $1 AND phone_hash = $2 AND state = 1",
                            PgParams().text(program).bytes(hash)));
  return ended.affected();
}

Result<Requeued, PgError> requeue(Connection& connection, std::int64_t id) {
  AUTHD_TRY(found,
            connection.exec("SELECT i.state, i.phone IS NULL OR i.body IS NULL,"
                            "       EXISTS (SELECT FROM authd.referral_opt_out AS o WHERE"
                            "               o.program = i.program AND o.phone_hash = i.phone_hash)"
                            "  FROM authd.referral_invitation AS i WHERE i.id = $1"
                            "   FOR NO KEY UPDATE OF i",
                            PgParams().number(id)));
  if (found.rows() == 0) return Requeued::unknown;
  if (found.number<std::int16_t>(0, 0) != 5) return Requeued::not_failed;
  if (found.number<std::int8_t>(0, 1) != 0) return Requeued::erased;
  if (found.number<std::int8_t>(0, 2) != 0) return Requeued::opted_out;
  AUTHD_TRY_VOID(
      connection.exec("UPDATE authd.referral_invitation"
                      "   SET state = 1, ended_at = NULL, error = NULL WHERE id = $1",
                      PgParams().number(id)));
  return Requeued::requeued;
}

}  // namespace authd::referral
