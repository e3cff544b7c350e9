#include "authd/api/holders.h"

#include <array>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

#include "authd/api/body_reader.h"
#include "authd/api/json_values.h"
#include "authd/api/page.h"
#include "authd/api/precondition.h"
#include "authd/api/program_member.h"
#include "authd/api/rfc3339.h"

namespace authd::api {

namespace {

namespace json = boost::json;
using core::Unexpected;
using store::Connection;
using store::PgError;
using store::PgParams;
using store::PgResult;

constexpr std::array<std::string_view, 10> members{
    "id",    "program", "reference", "name",       "email",
    "phone", "kyc",     "version",   "created_at", "changed_at"};
constexpr std::array<std::string_view, 4> kyc_names{"none", "pending", "verified", "rejected"};

constexpr std::size_t program_size_max = 32;
constexpr std::size_t reference_size_max = 64;
constexpr BodyReader::TextSize name_size{1, 200};
constexpr BodyReader::TextSize email_size{3, 254};
constexpr BodyReader::TextSize phone_size{3, 32};

// Statements write empty texts as null: PgParams has none, and no member may be empty.
const std::string columns =
    "id, program, reference, name, email, phone, kyc, version, created_at, changed_at";

std::vector<Statement> statements() {
  const std::string select = "SELECT " + columns + " FROM authd.holder WHERE ";
  const std::string page = " AND ($2::smallint = 0 OR kyc = $2) AND id > $3 ORDER BY id LIMIT $4";
  return {
      {"holder_insert",
       "INSERT INTO authd.holder (program, reference, name, email, phone, kyc) VALUES ($1,"
       " nullif($2, ''), nullif($3, ''), nullif($4, ''), nullif($5, ''), $6)"
       " ON CONFLICT DO NOTHING RETURNING " +
           columns},
      {"holder_get", select + "id = $1"},
      {"holder_lock", select + "id = $1 FOR NO KEY UPDATE"},
      {"holder_update",
       "UPDATE authd.holder SET reference = nullif($2, ''), name = nullif($3, ''),"
       " email = nullif($4, ''), phone = nullif($5, ''), kyc = $6 WHERE id = $1 RETURNING " +
           columns + ", EXISTS (SELECT FROM authd.account WHERE holder_id = $1)"},
      {"holder_list", select + "$1::text = ''" + page},
      {"holder_list_program", select + "program = $1" + page},
      {"holder_list_reference", select + "program = $1 AND reference = $5" + page},
  };
}

struct Holder {
  std::int64_t id = 0;
  std::int32_t version = 0;
  std::int16_t kyc = 1;  // position in kyc_names, from 1
  std::string program;
  std::string reference;  // empty: none; the next three too
  std::string name;
  std::string email;
  std::string phone;
  core::Timestamp created_at;
  core::Timestamp changed_at;
};

Holder read_holder(const PgResult& result, int row) {
  Holder holder;
  holder.id = result.number<std::int64_t>(row, 0);
  holder.program = result.text(row, 1);
  holder.reference = result.text(row, 2);
  holder.name = result.text(row, 3);
  holder.email = result.text(row, 4);
  holder.phone = result.text(row, 5);
  holder.kyc = result.number<std::int16_t>(row, 6);
  holder.version = result.number<std::int32_t>(row, 7);
  holder.created_at = result.time(row, 8);
  holder.changed_at = result.time(row, 9);
  return holder;
}

json::object to_object(const Holder& holder) {
  json::object object;
  object["id"] = holder.id;
  object["program"] = holder.program;
  object["reference"] = text_or_null(holder.reference);
  object["name"] = text_or_null(holder.name);
  object["email"] = text_or_null(holder.email);
  object["phone"] = text_or_null(holder.phone);
  object["kyc"] = kyc_names[static_cast<std::size_t>(holder.kyc) - 1];
  object["version"] = holder.version;
  object["created_at"] = to_rfc3339(holder.created_at);
  object["changed_at"] = to_rfc3339(holder.changed_at);
  return object;
}

Answer answer_with(const Holder& holder, int status) {
  Answer answer;
  answer.status = status;
  answer.body = json::serialize(to_object(holder));
  answer.etag = std::to_string(holder.version);
  return answer;
}

// The holder that the path names, if there is one and the caller may see it.
PgParams key_of_holder(const Call& call) { return PgParams().number(call.id("holder")); }

core::Result<Holder, Problem> read_found(const Call& call, const PgResult& found) {
  if (found.rows() == 0) return Unexpected{Problem(Problem::Kind::not_found)};
  Holder holder = read_holder(found, 0);
  if (!call.caller.may_see(holder.program)) {
    return Unexpected{Problem(Problem::Kind::not_found)};
  }
  return holder;
}

core::Result<Holder, Problem> find_holder(const Call& call, Connection& connection,
                                          const char* statement) {
  AUTHD_TRY(found, connection.exec_prepared(statement, key_of_holder(call)));
  return read_found(call, found);
}

// What a body says about a holder, put over what is known of him.
void read_members(BodyReader& body, Holder& holder) {
  const auto put = [](const Field<std::string>& field, std::string& member) {
    if (field.given) member = field.value.value_or("");
  };
  put(body.token("reference", reference_size_max, Need::removable), holder.reference);
  put(body.text("name", name_size, Need::removable), holder.name);
  put(body.text("email", email_size, Need::removable), holder.email);
  put(body.text("phone", phone_size, Need::removable), holder.phone);
  const auto kyc = body.enumerator<std::int16_t>("kyc", kyc_names, Need::optional);
  holder.kyc = kyc.value.value_or(holder.kyc);
}

PgParams& append_members(PgParams& params, const Holder& holder) {
  return params.text(holder.reference)
      .text(holder.name)
      .text(holder.email)
      .text(holder.phone)
      .number(holder.kyc);
}

Outcome create_holder(const Call& call, Connection& connection) {
  AUTHD_TRY(wanted, read_body(call, [&](BodyReader& body) {
              Holder holder;
              holder.program = read_program(body, call);
              read_members(body, holder);
              return holder;
            }));
  PgParams params;
  append_members(params.text(wanted.program), wanted);
  AUTHD_TRY(created, connection.exec_prepared("holder_insert", params));
  if (created.rows() == 0) return Unexpected{Problem(Problem::Kind::reference_taken)};
  const Holder holder = read_holder(created, 0);
  Answer answer = answer_with(holder, 201);
  answer.location = "/v1/holders/" + std::to_string(holder.id);
  return answer;
}

Outcome show_holder(const Call& call, const PgResult& found) {
  QueryReader query(call.head.query());
  const auto fields = FieldSelection::read(query, members);
  AUTHD_TRY_VOID(query.finish());
  AUTHD_TRY(holder, read_found(call, found));
  json::object object = to_object(holder);
  fields.apply(object);
  Answer answer = answer_with(holder, 200);
  answer.body = json::serialize(object);
  return answer;
}

Outcome change_holder(const Call& call, Connection& connection) {
  AUTHD_TRY(before, find_holder(call, connection, "holder_lock"));
  AUTHD_TRY_VOID(check_version(call, before.version));
  AUTHD_TRY(wanted, read_body(call, [&](BodyReader& body) {
              Holder holder = before;
              read_members(body, holder);
              return holder;
            }));
  PgParams params;
  append_members(params.number(wanted.id), wanted);
  const auto changed = connection.exec_prepared("holder_update", params);
  if (!changed && changed.error().state() == "23505") {
    return Unexpected{Problem(Problem::Kind::reference_taken)};
  }
  if (!changed) return Unexpected{changed.error()};
  Answer answer = answer_with(read_holder(*changed, 0), 200);
  // His accounts take the status over, and decisions heed it there.
  const bool has_accounts = changed->number<std::int8_t>(0, 10) != 0;
  answer.mirrored = has_accounts && wanted.kyc != before.kyc;
  return answer;
}

Outcome list_holders(const Call& call, Connection& connection) {
  QueryReader query(call.head.query());
  const Page page = read_page(query, call, 1);
  const auto fields = FieldSelection::read(query, members);
  const auto reference = query.text("reference", reference_size_max);
  const auto kyc = static_cast<std::int16_t>(query.position("kyc", kyc_names));
  auto program = query.text("program", program_size_max);
  if (!program && !call.caller.program.empty()) program = call.caller.program;
  if (reference && !program) query.refuse("reference", "is unique in a program: name it as well");
  AUTHD_TRY_VOID(query.finish());
  // Of another program there is nothing to be seen.
  if (program && !call.caller.may_see(*program)) return page_answer(call, json::array(), {});

  PgParams params;
  params.text(program.value_or("")).number(kyc);
  params.number(page.after.empty() ? std::int64_t{0} : page.after[0]).number(page.limit + 1);
  if (reference) params.text(*reference);
  AUTHD_TRY(found, connection.exec_prepared(reference ? "holder_list_reference"
                                            : program ? "holder_list_program"
                                                      : "holder_list",
                                            params));
  json::array items;
  std::vector<std::int64_t> last;
  for (int row = 0; row < found.rows() && row < page.limit; ++row) {
    const Holder holder = read_holder(found, row);
    json::object object = to_object(holder);
    fields.apply(object);
    items.push_back(std::move(object));
    if (found.rows() > page.limit) last = {holder.id};
  }
  return page_answer(call, std::move(items), last);
}

}  // namespace

Resource holders_resource() {
  using net::Method;
  return {
      {{Method::post, "/v1/holders", "createHolder", Scope::holders_write, Change{create_holder}},
       {Method::get, "/v1/holders", "listHolders", Scope::holders_read, Read{list_holders}},
       {Method::get, "/v1/holders/{holder:id}", "getHolder", Scope::holders_read,
        Lookup{"holder_get", key_of_holder, show_holder}},
       {Method::patch, "/v1/holders/{holder:id}", "changeHolder", Scope::holders_write,
        Change{change_holder}}},
      statements()};
}

}  // namespace authd::api
