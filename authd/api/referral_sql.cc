#include "authd/api/referral_sql.h"

#include <fmt/format.h>

#include <boost/json/array.hpp>
#include <boost/json/serialize.hpp>

#include "authd/api/rfc3339.h"

namespace authd::api {

namespace json = boost::json;
using core::Unexpected;
using store::PgResult;
using Kind = Problem::Kind;

namespace {

std::string tag_of(const PgResult& found) {
  constexpr int version = 3;
  return found.is_null(0, version) ? "" : std::to_string(found.number<std::int32_t>(0, version));
}

}  // namespace

Outcome show_referral(const Call& call, const PgResult& found,
                      std::span<const std::string_view> members) {
  QueryReader query(call.head.query());
  const auto fields = FieldSelection::read(query, members);
  AUTHD_TRY_VOID(query.finish());
  if (found.rows() == 0 || !call.caller.may_see(found.text(0, 2))) {
    return Unexpected{Problem(Kind::not_found)};
  }
  AUTHD_TRY(object, object_at(found, 0));
  fields.apply(object);
  Answer answer;
  answer.body = json::serialize(object);
  answer.etag = tag_of(found);
  return answer;
}

Outcome answer_referral(store::Connection& connection, const char* statement,
                        const store::PgParams& key, int status) {
  AUTHD_TRY(found, connection.exec_prepared(statement, key));
  if (found.rows() == 0) return Unexpected{Problem(store::unexpected("what was changed is gone"))};
  AUTHD_TRY(object, object_at(found, 0));
  Answer answer;
  answer.status = status;
  answer.body = json::serialize(object);
  answer.etag = tag_of(found);
  return answer;
}

Outcome answer_referral_list(const Call& call, const PgResult& found, const Page& page,
                             const FieldSelection& fields, int keys, RowReader read) {
  if (found.rows() == 0 || !call.caller.may_see(found.text(0, keys + 1))) {
    return Unexpected{Problem(Kind::not_found)};
  }
  if (found.is_null(0, 0)) return page_answer(call, json::array(), {});
  return answer_page(call, found, page, fields, keys, read);
}

std::string referral_list_sql(std::string_view rows, std::string_view keys, std::string_view order,
                              std::string_view further) {
  return fmt::format(
      "SELECT item.object, {1}, m.program{3} FROM authd.referral_member AS m"
      " JOIN authd.referral_program AS p ON p.program = m.program"
      " LEFT JOIN LATERAL ({0}) AS item ON true WHERE m.holder_id = $1 ORDER BY {2}",
      rows, keys, order, further);
}

Problem refused(std::string_view refusal, std::string detail) {
  Problem problem(Kind::wrong_state, std::move(detail));
  problem.members["refusal"] = refusal;
  return problem;
}

bool is_date(std::string_view text) {
  constexpr std::size_t size = 10;
  return text.size() == size && from_rfc3339(std::string(text) + "T00:00:00Z").has_value();
}

std::optional<std::string> read_date(QueryReader& query, std::string_view name) {
  constexpr std::size_t size_max = 20;
  auto text = query.text(name, size_max);
  if (!text || is_date(*text)) return text;
  query.refuse(name, "must be a day such as 2026-11-21");
  return std::nullopt;
}

Field<std::string> read_date(BodyReader& body, std::string_view name, Need need) {
  Field<std::string> field = body.text(name, {1, 20}, need);
  if (!field.value || is_date(*field.value)) return field;
  body.refuse(name, "must be a day such as 2026-11-21");
  field.value.reset();
  return field;
}

std::string read_reason(BodyReader& body) {
  return body.text("reason", referral_reason_size, Need::required).value.value_or("");
}

}  // namespace authd::api
