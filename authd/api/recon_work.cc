#include "authd/api/recon_work.h"

#include "authd/api/body_reader.h"
#include "authd/api/json_values.h"
#include "authd/api/precondition.h"
#include "authd/api/recon_case.h"
#include "authd/api/recon_exception_row.h"
#include "authd/api/recon_sql.h"
#include "authd/recon/words.h"

namespace authd::api {

namespace {

namespace json = boost::json;
using core::Unexpected;
using store::Connection;
using store::PgParams;
using Kind = Problem::Kind;

constexpr BodyReader::TextSize assignee_size{1, 100};
constexpr BodyReader::TextSize comment_size{1, 2'000};
constexpr std::array<std::string_view, 2> workable_states{"open", "in_progress"};

Outcome assign(const Call& call, Connection& connection) {
  AUTHD_TRY(assignee, read_body(call, [](BodyReader& body) {
              const auto field = body.text("assignee", assignee_size, Need::removable);
              if (!field.given) body.refuse("assignee", "is required");
              return field.value.value_or("");
            }));
  AUTHD_TRY(of, lock_case(call, connection));
  AUTHD_TRY_VOID(check_version(call, of.version));
  if (of.state == CaseState::resolved) {
    return Unexpected{Problem(Kind::wrong_state, "It is resolved.")};
  }
  AUTHD_TRY_VOID(
      connection.exec_prepared("recon_case_assign", PgParams().number(of.id).text(assignee)));
  AUTHD_TRY_VOID(note(call, connection,
                      {of.supplier, of.run, of.id, "assigned",
                       json::object{{"assignee", text_or_null(assignee)}}}));
  return exception_answer(call, connection, of.id);
}

// In any state, of any version: it changes nothing that others have read.
Outcome comment(const Call& call, Connection& connection) {
  AUTHD_TRY(text, read_body(call, [](BodyReader& body) {
              return body.text("text", comment_size, Need::required).value.value_or("");
            }));
  AUTHD_TRY(of, lock_case(call, connection));
  PgParams params;
  params.number(of.id).text(actor_of(call)).text(text);
  AUTHD_TRY(made, connection.exec_prepared("recon_comment_insert", params));
  const json::object detail{{"comment", made.number<std::int64_t>(0, 0)}, {"text", text}};
  AUTHD_TRY_VOID(note(call, connection, {of.supplier, of.run, of.id, "commented", detail}));
  AUTHD_TRY(answer, exception_answer(call, connection, of.id));
  answer.status = 201;
  return std::move(answer);
}

Outcome set_state(const Call& call, Connection& connection) {
  AUTHD_TRY(wanted, read_body(call, [](BodyReader& body) {
              return body.enumerator<int>("state", workable_states, Need::required).value;
            }));
  AUTHD_TRY(of, lock_case(call, connection));
  AUTHD_TRY_VOID(check_version(call, of.version));
  AUTHD_TRY_VOID(expect_workable(of));
  const CaseState state = wanted.value_or(1) == 1 ? CaseState::open : CaseState::in_progress;
  const auto was = recon::discrepancy_state_names[static_cast<std::size_t>(of.state) - 1];
  CaseStep step{state, CaseResolution::none, 0, "state_set", {{"from", was}}};
  step.detail["to"] = recon::discrepancy_state_names[static_cast<std::size_t>(state) - 1];
  AUTHD_TRY_VOID(take_step(call, connection, of, step));
  return exception_answer(call, connection, of.id);
}

Outcome dismiss(const Call& call, Connection& connection) {
  AUTHD_TRY(reason, read_body(call, [](BodyReader& body) {
              return body.text("reason", reason_size, Need::required).value.value_or("");
            }));
  AUTHD_TRY(of, lock_case(call, connection));
  AUTHD_TRY_VOID(check_version(call, of.version));
  AUTHD_TRY_VOID(expect_workable(of));
  const CaseStep step{
      CaseState::resolved, CaseResolution::dismissed, 0, "dismissed", {{"reason", reason}}};
  AUTHD_TRY_VOID(take_step(call, connection, of, step));
  return exception_answer(call, connection, of.id);
}

std::vector<Statement> statements() {
  std::vector<Statement> all = case_statements();
  all.push_back({"recon_case_assign",
                 "UPDATE authd.recon_discrepancy SET assignee = nullif($2, ''), changed_at = now(),"
                 " version = version + 1 WHERE id = $1"});
  all.push_back({"recon_comment_insert",
                 "INSERT INTO authd.recon_comment (discrepancy_id, author, text)"
                 " VALUES ($1, $2, $3) RETURNING id"});
  return all;
}

}  // namespace

Resource recon_work_resource() {
  using net::Method;
  return {{{Method::post, "/v1/reconciliation/exceptions/{exception:id}/assign",
            "assignReconciliationException", Scope::recon_write, Change{assign}},
           {Method::post, "/v1/reconciliation/exceptions/{exception:id}/comments",
            "commentReconciliationException", Scope::recon_write, Change{comment}},
           {Method::post, "/v1/reconciliation/exceptions/{exception:id}/state",
            "setReconciliationExceptionState", Scope::recon_write, Change{set_state}},
           {Method::post, "/v1/reconciliation/exceptions/{exception:id}/dismiss",
            "dismissReconciliationException", Scope::recon_write, Change{dismiss}}},
          statements()};
}

}  // namespace authd::api
