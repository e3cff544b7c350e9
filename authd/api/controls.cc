#include "authd/api/controls.h"

#include <array>
#include <boost/json/serialize.hpp>

#include "authd/api/body_reader.h"
#include "authd/api/control_owners.h"
#include "authd/api/control_usage.h"
#include "authd/api/page.h"
#include "authd/api/precondition.h"
#include "authd/api/rfc3339.h"
#include "authd/daemon/wall_clock.h"
#include "authd/load/control_definition.h"
#include "store/format/keys.h"
#include "store/postgres/load.h"
#include "store/postgres/read_rows.h"

namespace authd::api {

namespace {

namespace json = boost::json;
using core::Level;
using core::Owner;
using core::Unexpected;
using store::Connection;
using store::PgParams;
using Kind = Problem::Kind;

constexpr std::array<std::string_view, 6> members{"id",         "owner",      "version",
                                                  "changed_at", "definition", "usage"};

std::vector<Statement> statements() {
  const std::string select = "SELECT " + store::control_columns +
                             ", c.changed_at FROM authd.spend_control AS c"
                             " WHERE c.removed_at IS NULL AND ";
  std::vector<Statement> all = {
      // Two changes of one owner's controls come one after the other.
      {"control_lock_owner",
       "SELECT pg_advisory_xact_lock(hashtextextended(encode($1::bytea, 'hex'), 2))"},
      // Numbers of controls that nobody else chose, above those that issuers usually choose.
      {"control_next_id",
       "SELECT nextval('authd.counter_seq') - 4611686018427387904 + 1000000000000"},
      {"control_get", select + "c.owner = $1 AND c.id = $2"},
      {"control_lock", select + "c.owner = $1 AND c.id = $2 FOR NO KEY UPDATE"},
      {"control_touch", "UPDATE authd.spend_control SET mode = mode WHERE owner = $1 AND id = $2"},
      {"control_list",
       select + "c.owner = ANY ($1::bytea[]) AND (c.level, c.id) > ($2::bigint, $3::bigint)"
                " ORDER BY c.level, c.id LIMIT $4"},
  };
  for (const auto& some : {control_owner_statements(), control_usage_statements()}) {
    all.insert(all.end(), some.begin(), some.end());
  }
  return all;
}

// ------------------------------------------------------------------------------------------------
// Controls as they are

struct ControlRow {
  Owner owner;
  core::Control control;
  core::Timestamp changed_at;
};

core::Result<ControlRow, Problem> read_row(const store::PgResult& result, int row) {
  store::PgRow in(result, row);
  ControlRow r{store::read_owner(in), store::read_control(in), in.time(6)};
  if (!in.ok()) return Unexpected{store::unexpected("a control cannot be read")};
  return r;
}

core::Result<ControlRow, Problem> find_control(Connection& connection, const Owner& owner,
                                               std::int64_t id, const char* statement) {
  const store::RowKey key = store::controls_key(owner);
  PgParams params;
  params.bytes(store::bytes_of(key.view())).number(id);
  AUTHD_TRY(found, connection.exec_prepared(statement, params));
  if (found.rows() == 0) return Unexpected{Problem(Kind::not_found)};
  return read_row(found, 0);
}

json::object to_object(const ControlRow& row, const ControlUsage& usage) {
  json::object object;
  object["id"] = row.control.id.value;
  object["owner"] = owner_json(row.owner);
  object["version"] = row.control.version;
  object["changed_at"] = to_rfc3339(row.changed_at);
  object["definition"] = control_json(row.owner, row.control);
  object["usage"] = usage.of(row.control);
  return object;
}

Outcome answer_with(Connection& connection, const Owners& owners, const ControlRow& row,
                    const FieldSelection& fields) {
  AUTHD_TRY(usage,
            ControlUsage::read(connection, owners, std::span(&row.control, 1), wall_clock_now()));
  json::object object = to_object(row, usage);
  fields.apply(object);
  Answer answer;
  answer.body = json::serialize(object);
  answer.etag = std::to_string(row.control.version);
  return answer;
}

template <Level level>
Outcome get_control(const Call& call, Connection& connection) {
  QueryReader query(call.head.query());
  const auto fields = FieldSelection::read(query, members);
  AUTHD_TRY_VOID(query.finish());
  AUTHD_TRY(owners, owners_of(call, connection, level));
  AUTHD_TRY(row, find_control(connection, owners.back(), call.id("control"), "control_get"));
  return answer_with(connection, owners, row, fields);
}

// In the order in which they are evaluated.
template <Level level>
Outcome list_controls(const Call& call, Connection& connection) {
  constexpr std::array<std::string_view, 1> included{"inherited"};
  QueryReader query(call.head.query());
  const Page page = read_page(query, call, 2);
  const auto fields = FieldSelection::read(query, members);
  const bool inherited = query.position("include", included) != 0;
  AUTHD_TRY_VOID(query.finish());
  AUTHD_TRY(owners, owners_of(call, connection, level));

  store::PgColumns keys{store::PgType::bytes};
  for (const Owner& owner : std::span(owners).last(inherited ? owners.size() : 1)) {
    const store::RowKey key = store::controls_key(owner);
    keys.bytes(store::bytes_of(key.view()));
  }
  PgParams params;
  params.columns(keys);
  params.number(page.after.empty() ? std::int64_t{0} : page.after[0]);
  params.number(page.after.empty() ? std::int64_t{0} : page.after[1]).number(page.limit + 1);
  AUTHD_TRY(found, connection.exec_prepared("control_list", params));
  std::vector<ControlRow> rows;
  std::vector<core::Control> controls;
  for (int i = 0; i < found.rows() && i < page.limit; ++i) {
    AUTHD_TRY(row, read_row(found, i));
    controls.push_back(row.control);
    rows.push_back(std::move(row));
  }
  AUTHD_TRY(usage, ControlUsage::read(connection, owners, controls, wall_clock_now()));
  json::array items;
  std::vector<std::int64_t> last;
  for (const ControlRow& row : rows) {
    json::object object = to_object(row, usage);
    fields.apply(object);
    items.push_back(std::move(object));
    if (found.rows() > page.limit) {
      last = {static_cast<std::int64_t>(row.owner.level()), row.control.id.value};
    }
  }
  return page_answer(call, std::move(items), last);
}

// ------------------------------------------------------------------------------------------------
// Changes

// Names the field with which the message begins, as those of control_definition.h do.
Problem wrong_definition(const std::string& error) {
  const std::size_t blank = error.find(' ');
  if (error.starts_with("must ") || blank == std::string::npos) {
    return Problem(Kind::validation, "The control " + error + ".");
  }
  return wrong_field(error.substr(0, blank), error.substr(blank + 1));
}

// Puts what the path says into a definition that leaves it out.
core::Result<void, Problem> put_member(json::object& definition, std::string_view name,
                                       const json::value& value) {
  const json::value* const given = definition.if_contains(name);
  if (given == nullptr) {
    definition[name] = value;
  } else if (*given != value) {
    return Unexpected{wrong_field(std::string(name), "is not what the path says")};
  }
  return {};
}

core::Result<core::SetControl, Problem> read_definition(json::object definition,
                                                        const Owner& owner) {
  for (const auto& member : owner_json(owner)) {
    AUTHD_TRY_VOID(put_member(definition, member.key(), member.value()));
  }
  const auto set = parse_control(definition);
  if (!set) return Unexpected{wrong_definition(set.error())};
  if (set->owner != owner) {
    return Unexpected{wrong_field("card", "is not what the path says")};
  }
  if (set->control.id.value > integer_max) {
    return Unexpected{
        wrong_field("id", "must be an integer from 1 to " + std::to_string(integer_max))};
  }
  return *set;
}

Problem refusal(const store::LoadError& error) {
  if (error.code == store::LoadError::Code::postgres) return error.postgres;
  switch (error.setup) {
    case core::Setup::too_many:
      return Problem(
          Kind::too_many,
          "An owner has at most " + std::to_string(core::ControlSet::controls_max) + " controls.");
    case core::Setup::account_unknown:
    case core::Setup::card_unknown:
    case core::Setup::control_unknown: return Kind::not_found;
    case core::Setup::invalid: return Problem(Kind::validation, "The control is out of bounds.");
    case core::Setup::done:
    case core::Setup::unchanged:
    case core::Setup::exists:
    case core::Setup::zone_unknown: break;
  }
  return Problem(Kind::internal);
}

// Also one that changes nothing is written: who asks for it waits until the state heeds it.
core::Result<void, Problem> apply(Connection& connection, const core::Command& command,
                                  const Owner& owner, core::ControlId control) {
  const auto done =
      store::apply_to_ledger(connection, std::span(&command, 1), wall_clock_now(), control_text);
  if (!done) return Unexpected{refusal(done.error())};
  if (done->front() != core::Setup::unchanged) return {};
  const store::RowKey key = store::controls_key(owner);
  PgParams params;
  params.bytes(store::bytes_of(key.view())).number(control.value);
  AUTHD_TRY_VOID(connection.exec_prepared("control_touch", params));
  return {};
}

core::Result<void, Problem> lock(Connection& connection, const Owner& owner) {
  const store::RowKey key = store::controls_key(owner);
  AUTHD_TRY_VOID(connection.exec_prepared("control_lock_owner",
                                          PgParams().bytes(store::bytes_of(key.view()))));
  return {};
}

Outcome changed_answer(Connection& connection, const Owners& owners, core::ControlId id) {
  AUTHD_TRY(row, find_control(connection, owners.back(), id.value, "control_get"));
  AUTHD_TRY(answer, answer_with(connection, owners, row, {}));
  answer.mirrored = true;
  return std::move(answer);
}

template <Level level>
Outcome create_control(const Call& call, Connection& connection) {
  AUTHD_TRY(owners, owners_of(call, connection, level));
  const Owner& owner = owners.back();
  AUTHD_TRY(definition, body_object(call));
  if (!definition.contains("id")) {
    AUTHD_TRY(next, connection.exec_prepared("control_next_id", PgParams()));
    definition["id"] = next.number<std::int64_t>(0, 0);
  }
  AUTHD_TRY(set, read_definition(std::move(definition), owner));
  AUTHD_TRY_VOID(lock(connection, owner));
  const auto known = find_control(connection, owner, set.control.id.value, "control_get");
  if (known) return Unexpected{Problem(Kind::already_exists, "A control has this id.")};
  if (known.error().kind != Kind::not_found) return Unexpected{known.error()};
  AUTHD_TRY_VOID(apply(connection, set, owner, set.control.id));
  AUTHD_TRY(answer, changed_answer(connection, owners, set.control.id));
  answer.status = 201;
  answer.location = std::string(call.head.path()) + "/" + std::to_string(set.control.id.value);
  return std::move(answer);
}

// The control of the path, in the version that the caller knows; nobody else changes it meanwhile.
core::Result<ControlRow, Problem> claim_control(const Call& call, Connection& connection,
                                                const Owner& owner) {
  AUTHD_TRY_VOID(lock(connection, owner));
  AUTHD_TRY(row, find_control(connection, owner, call.id("control"), "control_lock"));
  AUTHD_TRY_VOID(check_version(call, row.control.version));
  return std::move(row);
}

template <Level level>
Outcome change_control(const Call& call, Connection& connection) {
  AUTHD_TRY(owners, owners_of(call, connection, level));
  AUTHD_TRY(row, claim_control(call, connection, owners.back()));
  AUTHD_TRY(definition, body_object(call));
  AUTHD_TRY_VOID(put_member(definition, "id", row.control.id.value));
  AUTHD_TRY(set, read_definition(std::move(definition), row.owner));
  AUTHD_TRY_VOID(apply(connection, set, row.owner, row.control.id));
  return changed_answer(connection, owners, row.control.id);
}

template <Level level>
Outcome remove_control(const Call& call, Connection& connection) {
  AUTHD_TRY(owners, owners_of(call, connection, level));
  AUTHD_TRY(row, claim_control(call, connection, owners.back()));
  AUTHD_TRY_VOID(
      apply(connection, core::RemoveControl{row.owner, row.control.id}, row.owner, row.control.id));
  Answer answer;
  answer.status = 204;
  answer.mirrored = true;
  return answer;
}

struct Paths {
  std::string_view all;
  std::string_view one;
  std::array<std::string_view, 5> operations;  // create, list, get, change, remove
};

template <Level level>
void add_routes(std::vector<Route>& routes, const Paths& paths) {
  using net::Method;
  const Scope read = Scope::controls_read;
  const Scope write = Scope::controls_write;
  const auto& [create, list, get, change, remove] = paths.operations;
  routes.push_back({Method::post, paths.all, create, write, Change{create_control<level>}});
  routes.push_back({Method::get, paths.all, list, read, Read{list_controls<level>}});
  routes.push_back({Method::get, paths.one, get, read, Read{get_control<level>}});
  routes.push_back({Method::put, paths.one, change, write, Change{change_control<level>}});
  routes.push_back({Method::del, paths.one, remove, write, Change{remove_control<level>}});
}

}  // namespace

Resource controls_resource() {
  Resource resource{{}, statements()};
  add_routes<Level::program>(resource.routes,
                             {"/v1/programs/{program:token}/controls",
                              "/v1/programs/{program:token}/controls/{control:id}",
                              {"createProgramControl", "listProgramControls", "getProgramControl",
                               "changeProgramControl", "removeProgramControl"}});
  add_routes<Level::account>(resource.routes,
                             {"/v1/accounts/{account:id}/controls",
                              "/v1/accounts/{account:id}/controls/{control:id}",
                              {"createAccountControl", "listAccountControls", "getAccountControl",
                               "changeAccountControl", "removeAccountControl"}});
  add_routes<Level::card>(resource.routes,
                          {"/v1/cards/{program:token}/{token:token}/controls",
                           "/v1/cards/{program:token}/{token:token}/controls/{control:id}",
                           {"createCardControl", "listCardControls", "getCardControl",
                            "changeCardControl", "removeCardControl"}});
  return resource;
}

}  // namespace authd::api
