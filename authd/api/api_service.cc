#include "authd/api/api_service.h"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <boost/json/serialize.hpp>

#include "authd/api/accounts.h"
#include "authd/api/cards.h"
#include "authd/api/change.h"
#include "authd/api/compression.h"
#include "authd/api/controls.h"
#include "authd/api/decisions.h"
#include "authd/api/history.h"
#include "authd/api/holders.h"
#include "authd/api/idempotency.h"
#include "authd/api/money.h"
#include "authd/api/openapi.h"
#include "authd/api/referral.h"
#include "authd/api/statement.h"
#include "authd/api/transfers.h"
#include "authd/api/wires.h"
#include "authd/api/with_connection.h"

namespace authd::api {

namespace {

using Kind = Problem::Kind;
using core::Unexpected;

constexpr std::size_t request_id_size_max = 64;

bool is_request_id(std::string_view text) noexcept {
  return !text.empty() && text.size() <= request_id_size_max &&
         std::all_of(text.begin(), text.end(), [](char c) {
           return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                  c == '-' || c == '_' || c == '.' || c == ':';
         });
}

// The caller's, if it can be logged as it is; otherwise one of ours.
std::string request_id_of(const net::Head& head) {
  const auto given = head.field("X-Request-Id");
  return given && is_request_id(*given) ? std::string(*given) : random_request_id();
}

void append_field(std::string& fields, std::string_view name, std::string_view value) {
  fields.append(name).append(": ").append(value).append("\r\n");
}

void render_answer(const Answer& answer, net::HttpResponse& response) {
  response.status = answer.status;
  response.content_type = answer.content_type;
  response.body = answer.body;
  if (!answer.etag.empty()) append_field(response.fields, "ETag", "\"" + answer.etag + "\"");
  if (!answer.location.empty()) append_field(response.fields, "Location", answer.location);
  if (!answer.link.empty()) append_field(response.fields, "Link", answer.link);
}

void render_problem(const Problem& problem, const Call& call, std::string_view allowed,
                    net::HttpResponse& response) {
  response.status = status(problem.kind);
  response.content_type = problem_content_type;
  response.body = to_json(problem, call.head.path(), call.request_id);
  if (problem.kind == Kind::unauthenticated) {
    append_field(response.fields, "WWW-Authenticate", "Bearer realm=\"authd\"");
  }
  if (problem.kind == Kind::method_not_allowed) append_field(response.fields, "Allow", allowed);
  if (response.status == 503) append_field(response.fields, "Retry-After", "1");
  if (const auto* const after = problem.members.if_contains("retry_after_s")) {
    append_field(response.fields, "Retry-After", boost::json::serialize(*after));
  }
}

void compress_if_wanted(const net::Head& head, net::HttpResponse& response) {
  append_field(response.fields, "Vary", "Accept-Encoding");
  const auto accepted = head.field("Accept-Encoding");
  if (!accepted || response.body.size() <= compress_from_bytes || !accepts_gzip(*accepted)) return;
  response.body = gzip(response.body);
  append_field(response.fields, "Content-Encoding", "gzip");
}

// Keys are named by their prefix; no key, no body and no query comes into the log.
void log(const Call& call, const Outcome& outcome, int status, net::Clock::duration duration) {
  const auto us = std::chrono::duration_cast<std::chrono::microseconds>(duration).count();
  const std::string_view problem = outcome ? "" : name(outcome.error().kind);
  const std::string_view cause = outcome ? "" : std::string_view(outcome.error().cause);
  spdlog::log(status >= 500 ? spdlog::level::warn : spdlog::level::debug,
              "api request={} operation={} key={} status={} problem={} duration_us={} cause={}",
              call.request_id, call.operation, call.caller.prefix, status, problem, us, cause);
}

}  // namespace

ApiService::ApiService(store::Pool& pool, std::vector<Resource> resources, ApiOptions options)
    : pool_(pool),
      options_(std::move(options)),
      routes_(std::move(resources)),
      authenticator_(pool) {}

// All methods: those that a path does not take are answered as problems.
net::RouteRules ApiService::rules(const net::Head& head) const noexcept {
  using net::Method;
  net::RouteRules rules{net::MethodSet(Method::get, Method::head, Method::post, Method::put,
                                       Method::patch, Method::del),
                        options_.body_bytes_max};
  if (head.content_length() <= rules.body_bytes_max) return rules;
  const Route* const route = routes_.find(head.method(), head.path()).route;
  if (route != nullptr && route->body_bytes_max != 0) rules.body_bytes_max = route->body_bytes_max;
  return rules;
}

net::Awaitable<void> ApiService::serve(const net::HttpRequest& request,
                                       net::HttpResponse& response) {
  RouteTable::Match match = routes_.find(request.head.method(), request.head.path());
  Call call{match.route == nullptr ? std::string_view() : match.route->operation,
            request.head,
            request.body,
            {},
            std::move(match.path),
            request_id_of(request.head),
            {},
            request.first_byte + options_.answer_within};
  const Outcome outcome = co_await outcome_of(request, match, call);
  if (outcome) {
    render_answer(*outcome, response);
  } else {
    render_problem(outcome.error(), call, match.allowed, response);
  }
  append_field(response.fields, "X-Request-Id", call.request_id);
  append_field(response.fields, "Cache-Control", "no-store");
  compress_if_wanted(request.head, response);
  const auto duration = net::Clock::now() - request.first_byte;
  log(call, outcome, response.status, duration);
  if (options_.answered) options_.answered(call.operation, response.status, duration);
}

net::Awaitable<Outcome> ApiService::outcome_of(const net::HttpRequest& request,
                                               RouteTable::Match& match, Call& call) {
  if (match.allowed.empty()) co_return Unexpected{Problem(Kind::not_found)};
  if (match.route == nullptr) co_return Unexpected{Problem(Kind::method_not_allowed)};
  const Route& route = *match.route;
  if (route.scope != Scope::none) {
    auto caller = co_await authenticator_.caller_of(request);
    if (!caller) co_return Unexpected{caller.error()};
    call.caller = std::move(*caller);
    if (!call.caller.scopes.contains(route.scope)) {
      co_return Unexpected{Problem(Kind::missing_scope,
                                   "This needs the scope " + std::string(name(route.scope)) + ".")};
    }
  }
  if (route.method == net::Method::post && !route.needs_no_key) {
    const auto key = request.head.field("Idempotency-Key");
    if (!key || !is_idempotency_key(*key)) {
      co_return Unexpected{
          Problem(Kind::invalid_request,
                  "Idempotency-Key must be given, with 1 to 64 visible characters.")};
    }
    call.idempotency_key = *key;
  }
  Outcome outcome = co_await run(route, call, request.mailbox);
  if (outcome && outcome->mirrored && options_.applied) {
    const bool again = outcome->position != 0 && options_.reached;
    bool applied = false;
    if (again) {
      applied = co_await options_.reached(outcome->position, call.deadline, request.mailbox);
    } else {
      applied = co_await options_.applied(outcome->transaction, call.deadline, request.mailbox);
    }
    if (!applied) co_return Unexpected{Problem(Kind::not_applied_yet)};
  }
  co_return outcome;
}

net::Awaitable<Outcome> ApiService::run(const Route& route, const Call& call,
                                        net::Mailbox& mailbox) {
  if (const auto* const wait = std::get_if<Wait>(&route.handler)) {
    const Facilities facilities{pool_, mailbox, options_.applied, options_.mover};
    co_return co_await wait->run(call, facilities);
  }
  if (const auto* const lookup = std::get_if<Lookup>(&route.handler)) {
    auto show = [&](const store::PgResult& found) { return lookup->show(call, found); };
    store::PgCall asked{lookup->statement, lookup->key(call)};
    co_return co_await with_lookup(pool_, mailbox, std::move(asked), std::move(show));
  }
  auto on_worker = [&](store::Connection& connection) -> Outcome {
    if (const auto* const change = std::get_if<Change>(&route.handler)) {
      return run_change(call, connection, *change);
    }
    return std::get_if<Read>(&route.handler)->run(call, connection);
  };
  co_return co_await with_connection(pool_, mailbox, on_worker);
}

void ApiService::refused(net::Refusal refusal) noexcept {
  if (options_.refused) options_.refused(refusal);
}

std::vector<Resource> all_resources(std::optional<ReconciliationDesk> desk) {
  std::vector<Resource> all{openapi_resource(),   holders_resource(),  accounts_resource(),
                            cards_resource(),     controls_resource(), decisions_resource(),
                            history_resource(),   money_resource(),    statement_resource(),
                            transfers_resource(), wires_resource()};
  for (Resource& resource : referral_resources()) all.push_back(std::move(resource));
  if (!desk) return all;
  for (Resource& resource : reconciliation_resources(std::move(*desk))) {
    all.push_back(std::move(resource));
  }
  return all;
}

}  // namespace authd::api
