#include "authd/recon/engine/intake.h"

#include <fmt/format.h>

#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <filesystem>
#include <span>

#include "authd/recon/byte_stream.h"
#include "authd/recon/engine/line_rows.h"

namespace authd::recon {

namespace {

namespace json = boost::json;
using core::Unexpected;
using store::Connection;
using store::PgError;
using store::PgParams;

constexpr std::size_t batch_bytes = std::size_t{4} << 20;
constexpr std::int64_t lines_max = (std::int64_t{1} << 28) - 1;  // see recon_match.id in matching.h

StreamLimits limits(const RunSession& session) {
  StreamLimits limits;
  limits.file_bytes_max = session.options().file_bytes_max;
  limits.inflated_bytes_max = 4 * limits.file_bytes_max;
  return limits;
}

RunStop unreadable(const RunRecord& record, const ReadError& error) {
  return RunStop(RunState::failed, record.file_name + ": " + describe(error));
}

struct File {
  Sha256 sha256{};
  std::uint64_t bytes = 0;
};

core::Result<File, RunStop> recognisable(RunSession& session, const RunRecord& record) {
  std::error_code error;
  if (!std::filesystem::is_regular_file(record.file_path, error)) {
    return Unexpected{
        RunStop(RunState::failed, record.file_name + " is not there, or is no regular file")};
  }
  StreamLimits as_stored = limits(session);
  as_stored.is_inflated = false;
  auto stream = ByteStream::open(record.file_path, as_stored);
  if (!stream) return Unexpected{unreadable(record, {ReadError::Kind::stream, stream.error()})};
  for (;;) {
    const auto chunk = stream->next();
    if (!chunk) return Unexpected{unreadable(record, {ReadError::Kind::stream, chunk.error()})};
    if (chunk->empty()) return File{stream->sha256(), stream->bytes_read()};
    AUTHD_TRY_VOID(session.report("recognising", stream->bytes_read(), stream->bytes_total(), 0));
  }
}

store::Bytes bytes_of(const Sha256& sha256) {
  return std::as_bytes(std::span(sha256.data(), sha256.size()));
}

// Remembers the file; refused when another run of this supplier has read it.
core::Result<void, RunStop> remember(RunSession& session, const File& file) {
  Connection& work = session.work();
  const auto updated =
      work.exec("UPDATE authd.recon_run SET file_sha256 = $2, file_bytes = $3 WHERE id = $1",
                PgParams()
                    .number(session.run())
                    .bytes(bytes_of(file.sha256))
                    .number(static_cast<std::int64_t>(file.bytes)));
  constexpr std::string_view unique_violation = "23505";
  if (updated) return {};
  if (updated.error().state() != unique_violation) return Unexpected{updated.error()};
  AUTHD_TRY(first,
            work.exec("SELECT id FROM authd.recon_run WHERE supplier_id = $1 AND"
                      " file_sha256 = $2 AND state NOT IN (6, 7, 8)",
                      PgParams().number(session.supplier_id()).bytes(bytes_of(file.sha256))));
  const std::int64_t run = first.rows() == 0 ? 0 : first.number<std::int64_t>(0, 0);
  return Unexpected{
      RunStop(RunState::refused, fmt::format("run {} has read this very file", run), run)};
}

// The last line that an earlier attempt has stored; 0: none.
core::Result<std::int64_t, PgError> stored_until(RunSession& session) {
  AUTHD_TRY(last,
            session.work().exec(
                "SELECT greatest((SELECT max(line_number) FROM authd.recon_line WHERE run_id = $1),"
                " (SELECT max(line_number) FROM authd.recon_bad_line WHERE run_id = $1), 0)",
                PgParams().number(session.run())));
  return last.number<std::int64_t>(0, 0);
}

core::Result<void, PgError> store_batch(RunSession& session, LineRows& rows) {
  AUTHD_TRY(transaction, store::Transaction::begin(session.work()));
  AUTHD_TRY_VOID(rows.write(session.work()));
  return transaction.commit();
}

core::Result<End, RunStop> store_lines(RunSession& session, const RunRecord& record) {
  auto reader = Reader::open(record.file_path, session.supplier().source, limits(session));
  if (!reader) return Unexpected{unreadable(record, reader.error())};
  AUTHD_TRY(stored, stored_until(session));
  LineRows rows(session.run(), session.supplier());
  std::uint64_t lines = 0;
  for (;;) {
    const auto item = reader->next();
    if (!item) return Unexpected{unreadable(record, item.error())};
    const auto* const end = std::get_if<End>(&*item);
    if (end != nullptr || rows.size() >= batch_bytes) {
      AUTHD_TRY_VOID(store_batch(session, rows));
      const Progress progress = reader->progress();
      AUTHD_TRY_VOID(session.report("reading", progress.bytes_read, progress.bytes_total, lines));
    }
    if (end != nullptr) return *end;
    const std::int64_t number = rows.add(*item, stored);
    ++lines;
    if (number > lines_max) {
      return Unexpected{RunStop(
          RunState::failed, fmt::format("{} has more than {} lines", record.file_name, lines_max))};
    }
  }
}

// What the file says of itself, and whether it is worth going on: a file that is cut off would make
// everything behind the cut missing.
core::Result<void, RunStop> judge(const RunRecord& record, const End& end) {
  if (end.trailer != TrailerVerdict::not_expected && end.trailer != TrailerVerdict::matches) {
    return Unexpected{RunStop(RunState::failed, fmt::format("{} is not what its trailer says: {}",
                                                            record.file_name, name(end.trailer)))};
  }
  if (end.bad_lines > end.lines) {
    return Unexpected{
        RunStop(RunState::failed, fmt::format("{} of {} lines of {} cannot be read", end.bad_lines,
                                              end.lines + end.bad_lines, record.file_name))};
  }
  return {};
}

core::Result<void, PgError> record_end(RunSession& session, const End& end, std::int64_t parse_us) {
  PgParams params;
  params.number(session.run())
      .number(static_cast<std::int64_t>(end.lines))
      .number(static_cast<std::int64_t>(end.bad_lines))
      .number(static_cast<std::int16_t>(end.trailer))
      .number(static_cast<std::int64_t>(end.stated_lines.value_or(0)))
      .number(std::int32_t{end.stated_lines.has_value()})
      .number(end.stated_total_minor.value_or(0))
      .number(std::int32_t{end.stated_total_minor.has_value()})
      .number(parse_us);
  AUTHD_TRY_VOID(session.work().exec(R"(
UPDATE authd.recon_run SET is_read = true, lines = $2, bad_lines = $3, trailer = $4,
       stated_lines = CASE WHEN $6::integer = 1 THEN $5::bigint END, stated_total_minor = CASE WHEN $8::integer = 1 THEN $7::bigint END,
       parse_us = coalesce(parse_us, 0) + $9::bigint
 WHERE id = $1)",
                                     params));
  return {};
}

}  // namespace

core::Result<void, RunStop> take_in(RunSession& session, const RunRecord& record) {
  const auto began = std::chrono::steady_clock::now();
  AUTHD_TRY(file, recognisable(session, record));
  AUTHD_TRY_VOID(remember(session, file));
  AUTHD_TRY(end, store_lines(session, record));
  if (end.sha256 != file.sha256) {
    return Unexpected{
        RunStop(RunState::failed, record.file_name + " was changed while it was read")};
  }
  AUTHD_TRY(transaction, store::Transaction::begin(session.work()));
  AUTHD_TRY_VOID(record_end(session, end, us_since(began)));
  AUTHD_TRY_VOID(
      session.note("read", json::serialize(json::object{{"file", record.file_name},
                                                        {"sha256", to_hex(file.sha256)},
                                                        {"lines", end.lines},
                                                        {"bad_lines", end.bad_lines},
                                                        {"trailer", name(end.trailer)}})));
  AUTHD_TRY_VOID(transaction.commit());
  return judge(record, end);
}

}  // namespace authd::recon
