#include "authd/api/referral_templates.h"

#include "authd/api/page.h"
#include "authd/api/precondition.h"
#include "authd/api/referral_program_row.h"
#include "authd/api/referral_sql.h"
#include "authd/referral/invitations/placeholders.h"

namespace authd::api {

namespace {

namespace json = boost::json;
using core::Unexpected;
using store::Connection;
using store::PgParams;
using Kind = Problem::Kind;

constexpr std::array<std::string_view, 5> members{"name", "program", "body", "changed_at",
                                                  "version"};
constexpr BodyReader::TextSize body_size{1, 640};

bool is_name(std::string_view text) {
  constexpr std::size_t size_max = 32;
  return !text.empty() && text.size() <= size_max &&
         text.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789_-") == std::string_view::npos;
}

PgParams key_of_template(const Call& call) {
  return key_of_program(call).text(call.text("template"));
}

Outcome show_template(const Call& call, const store::PgResult& found) {
  return show_referral(call, found, members);
}

// The version of the template of the path, whose program is locked; 0 when there is none.
core::Result<std::int32_t, Problem> version_of(const Call& call, Connection& connection) {
  AUTHD_TRY_VOID(lock_known_program(call, connection));
  if (!is_name(call.text("template"))) return Unexpected{Problem(Kind::not_found)};
  AUTHD_TRY(found, connection.exec_prepared("referral_template_get", key_of_template(call)));
  return found.rows() == 0 ? 0 : found.number<std::int32_t>(0, 3);
}

Outcome put_template(const Call& call, Connection& connection) {
  AUTHD_TRY(version, version_of(call, connection));
  if (version != 0) {
    AUTHD_TRY_VOID(check_version(call, version));
  } else if (call.head.field("If-Match")) {
    return Unexpected{Problem(Kind::version_mismatch, "There is none yet.")};
  }
  AUTHD_TRY(text, read_body(call, [](BodyReader& body) {
              const auto field = body.text("body", body_size, Need::required);
              if (!field.value) return std::string();
              if (const auto wrong = referral::check_template(*field.value))
                body.refuse("body", "cannot be sent: " + *wrong);
              return *field.value;
            }));
  AUTHD_TRY_VOID(
      connection.exec_prepared("referral_template_put", key_of_template(call).text(text)));
  AUTHD_TRY(answer, answer_referral(connection, "referral_template_get", key_of_template(call),
                                    version == 0 ? 201 : 200));
  if (version == 0) answer.location = std::string(call.head.path());
  return std::move(answer);
}

Outcome remove_template(const Call& call, Connection& connection) {
  AUTHD_TRY(version, version_of(call, connection));
  if (version == 0) return Unexpected{Problem(Kind::not_found)};
  AUTHD_TRY_VOID(check_version(call, version));
  AUTHD_TRY_VOID(connection.exec_prepared("referral_template_remove", key_of_template(call)));
  Answer answer;
  answer.status = 204;
  return answer;
}

Outcome list_templates(const Call& call, Connection& connection) {
  QueryReader query(call.head.query());
  const TextPage page = read_text_page(query, call, 1);
  const auto fields = FieldSelection::read(query, members);
  AUTHD_TRY_VOID(query.finish());
  PgParams params = key_of_program(call);
  params.text(page.after[0]).number(page.limit + 1);
  AUTHD_TRY(found, connection.exec_prepared("referral_templates", params));
  if (found.rows() == 0 || !call.caller.may_see(found.text(0, 2))) {
    return Unexpected{Problem(Kind::not_found)};
  }
  json::array items;
  std::vector<std::string> last;
  for (int row = 0; row < found.rows() && row < page.limit && !found.is_null(row, 0); ++row) {
    AUTHD_TRY(object, object_at(found, row));
    fields.apply(object);
    items.push_back(std::move(object));
    if (found.rows() > page.limit) last = {std::string(found.text(row, 1))};
  }
  return text_page_answer(call, std::move(items), last);
}

std::vector<Statement> statements() {
  const std::string object =
      "json_build_object('name', t.name, 'program', t.program, 'body',"
      " t.body, 'changed_at', " +
      sql_time("t.changed_at") + ", 'version', t.version)::text";
  return {{"referral_template_get", "SELECT " + object +
                                        ", 0::bigint, t.program, t.version FROM"
                                        " authd.referral_template AS t"
                                        " WHERE t.program = $1 AND t.name = $2"},
          {"referral_template_put",
           "INSERT INTO authd.referral_template (program, name, body) VALUES ($1, $2, $3)"
           " ON CONFLICT (program, name) DO UPDATE SET body = excluded.body"},
          {"referral_template_remove",
           "DELETE FROM authd.referral_template WHERE program = $1 AND name = $2"},
          {"referral_templates",
           "SELECT item.object, item.name, p.program FROM authd.referral_program AS p"
           " LEFT JOIN LATERAL (SELECT t.name, " +
               object +
               " AS object FROM authd.referral_template AS t WHERE t.program = p.program"
               " AND t.name > $2 ORDER BY t.name LIMIT $3) AS item ON true"
               " WHERE p.program = $1 ORDER BY item.name"}};
}

}  // namespace

Resource referral_templates_resource() {
  using net::Method;
  constexpr Scope read = Scope::referrals_read;
  constexpr Scope admin = Scope::referrals_admin;
  constexpr std::string_view all = "/v1/referrals/programs/{program:token}/templates";
  constexpr std::string_view one =
      "/v1/referrals/programs/{program:token}/templates/{template:token}";
  return {{{Method::get, all, "listReferralTemplates", read, Read{list_templates}},
           {Method::get, one, "getReferralTemplate", read,
            Lookup{"referral_template_get", key_of_template, show_template}},
           {Method::put, one, "putReferralTemplate", admin, Change{put_template}},
           {Method::del, one, "removeReferralTemplate", admin, Change{remove_template}}},
          statements()};
}

}  // namespace authd::api
