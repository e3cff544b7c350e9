#include "authd/endpoints/processor_endpoint.h"

#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <chrono>
#include <iterator>

#include "authd/daemon/wall_clock.h"
#include "authd/explain/words.h"
#include "authd/processors/json_text.h"

namespace authd {

namespace {

constexpr std::string_view path_prefix = "/programs/";

// How long an event waits for the ledger, where it has to: webhooks are given some seconds.
constexpr std::chrono::seconds ledger_wait_max{3};

struct Route {
  std::string_view program;
  ProcessorRoute route;
};

// Of /programs/{program}/authorizations and /programs/{program}/events.
std::optional<Route> route_of(std::string_view path) noexcept {
  if (!path.starts_with(path_prefix)) return std::nullopt;
  path.remove_prefix(path_prefix.size());
  const std::size_t slash = path.find('/');
  if (slash == 0 || slash == std::string_view::npos) return std::nullopt;
  for (const ProcessorRoute route : {ProcessorRoute::authorizations, ProcessorRoute::events}) {
    if (path.substr(slash + 1) == name(route)) return Route{path.substr(0, slash), route};
  }
  return std::nullopt;
}

// One a network thread: its buffers are used again for every body.
processors::JsonWalk& walk_of_this_thread(std::size_t body_bytes_max) {
  thread_local processors::JsonWalk walk(body_bytes_max);
  return walk;
}

// What the daemon answers without asking the decision.
core::Answer declined_unasked(core::Reason reason, const core::Request& request) {
  return {core::Answer::Origin::refused, {reason, {0, request.amount.currency}, {}}, {}, {}};
}

// The response's buffers are used again.
void render(const processors::Adapter& adapter, const processors::Question& question,
            const core::Answer& answer, net::HttpResponse& response) {
  processors::Reply reply{response.status, std::move(response.fields), std::move(response.body)};
  adapter.render_answer(question, answer, reply);
  response.status = reply.status;
  response.fields = std::move(reply.fields);
  response.body = std::move(reply.body);
}

// Tokens are the processor's names for cards and messages; no PAN and no credential comes this far.
void log_decision(const core::Request& request, const core::Answer& answer) {
  spdlog::debug(
      "decision program={} message={} card={} kind={} amount_minor={} currency={} reason={} "
      "origin={} authorization={}",
      request.program.view(), request.message.view(), request.card.view(), name(request.kind),
      request.amount.minor_units, request.amount.currency.alpha(), name(answer.decision.reason),
      static_cast<int>(answer.origin), answer.authorization.value);
}

void log_event(const core::Event& event, const core::Booking& booking) {
  const bool refused = booking.origin == core::Booking::Origin::refused;
  spdlog::log(refused ? spdlog::level::err : spdlog::level::debug,
              "event program={} notice={} card={} kind={} amount_minor={} currency={} outcome={} "
              "fault={} authorization={}",
              event.program.view(), event.notice.view(), event.card.view(), name(event.kind),
              event.amount.minor_units, event.amount.currency.alpha(),
              explain::name(booking.origin), explain::name(booking.fault),
              booking.authorization.value);
}

void set_refused_event(const core::Event& event, const core::Booking& booking,
                       net::HttpResponse& response) {
  response.status = 409;
  response.body = R"({"error":"event_refused")";
  processors::append_member(response.body, "event", event.notice.view());
  processors::append_member(response.body, "detail", explain::name(booking.fault));
  response.body += '}';
}

}  // namespace

core::Result<ProcessorEndpoint, std::string> ProcessorEndpoint::create(const Config& config,
                                                                       Sequencer& sequencer,
                                                                       Metrics& metrics,
                                                                       InLedger in_ledger) {
  std::vector<Program> programs;
  for (const ProgramConfig& program : config.programs) {
    auto authorizations = make_authentication(program.authorizations);
    auto events = make_authentication(program.events);
    if (!authorizations || !events) {
      const auto error = authorizations ? events.error() : authorizations.error();
      return core::Unexpected{
          fmt::format("program {}: {}", program.program.id.view(), name(error))};
    }
    programs.push_back({program.program.id, make_adapter(program.adapter),
                        std::move(*authorizations), std::move(*events), program.answer_within,
                        program.until_ledger});
  }
  return ProcessorEndpoint(std::move(programs), config.server.body_bytes_max, sequencer, metrics,
                           std::move(in_ledger));
}

net::RouteRules ProcessorEndpoint::rules(const net::Head& head) const noexcept {
  using net::Method;
  if (route_of(head.path())) return {net::MethodSet(Method::post), body_bytes_max_};
  return {net::MethodSet(Method::get, Method::head, Method::post, Method::put, Method::patch,
                         Method::del),
          body_bytes_max_};
}

net::Awaitable<void> ProcessorEndpoint::serve(const net::HttpRequest& request,
                                              net::HttpResponse& response) {
  const auto route = route_of(request.head.path());
  if (!route) {
    response.status = 404;
    response.body = R"({"error":"not_found"})";
    co_return;
  }
  response.label = static_cast<std::uint8_t>(route->route);
  const auto program = authenticated_program(route->program, route->route, request);
  if (!program) {
    response.status = 401;
    response.fields = "WWW-Authenticate: Basic realm=\"authd\"\r\n";
    response.body = R"({"error":"unauthorized"})";
    co_return;
  }
  if (route->route == ProcessorRoute::authorizations) {
    co_await authorize(*program, request, response);
  } else {
    co_await take_events(*program, request, response);
  }
}

std::optional<std::size_t> ProcessorEndpoint::authenticated_program(
    std::string_view id, ProcessorRoute route, const net::HttpRequest& request) const {
  const auto found = std::find_if(programs_.begin(), programs_.end(),
                                  [id](const Program& p) { return p.id.view() == id; });
  if (found == programs_.end()) {
    metrics_->unknown_program(route);
    return std::nullopt;
  }
  const processors::Authentication& authentication =
      route == ProcessorRoute::events ? found->events : found->authorizations;
  const auto believed = authentication.check({processors::Fields(request.head), request.body,
                                              wall_clock_now(), request.certificate_names});
  if (!believed) {
    metrics_->unauthenticated(id, route, believed.error());
    return std::nullopt;
  }
  return static_cast<std::size_t>(found - programs_.begin());
}

void ProcessorEndpoint::refuse_body(std::size_t program, const processors::ParseError& error,
                                    net::HttpResponse& response) const {
  metrics_->bad_request(program);
  spdlog::debug("bad request program={} field={} fault={}", programs_[program].id.view(),
                error.field, name(error.fault));
  response.status = 400;
  processors::render_parse_error(error, response.body);
}

net::Awaitable<void> ProcessorEndpoint::authorize(std::size_t program,
                                                  const net::HttpRequest& request,
                                                  net::HttpResponse& response) {
  const Program& asked = programs_[program];
  const auto question = asked.adapter->read_question(walk_of_this_thread(body_bytes_max_), asked.id,
                                                     processors::PaddedBody{request.body});
  if (!question) {
    refuse_body(program, question.error(), response);
    co_return;
  }

  core::Answer answer;
  auto submission = std::make_unique<Submission>(
      question->request, request.first_byte + asked.answer_within, request.mailbox);
  submission->until_ledger = asked.until_ledger;
  if (const core::Reason reason = sequencer_->submit(*submission);
      reason != core::Reason::approved) {
    metrics_->shed(program, reason);
    answer = declined_unasked(reason, question->request);
  } else {
    answer = co_await answer_of(std::move(submission));
    metrics_->answered(program, answer);
  }
  log_decision(question->request, answer);
  render(*asked.adapter, *question, answer, response);
}

net::Awaitable<void> ProcessorEndpoint::take_events(std::size_t program,
                                                    const net::HttpRequest& request,
                                                    net::HttpResponse& response) {
  const Program& told = programs_[program];
  std::vector<core::Event> events;
  const auto error = told.adapter->read_events(walk_of_this_thread(body_bytes_max_), told.id,
                                               processors::PaddedBody{request.body}, events);
  Changes changes;
  std::move(events.begin(), events.end(), std::back_inserter(changes.commands));
  const std::string_view why_not = co_await record(program, changes, request);
  if (!why_not.empty()) {
    metrics_->events_not_taken(program, changes.commands.size());
    response.status = 503;
    response.fields = "Retry-After: 1\r\n";
    response.body = fmt::format(R"({{"error":"{}"}})", why_not);
    co_return;
  }

  response.body = fmt::format(R"({{"events":{}}})", changes.commands.size());
  for (std::size_t i = 0; i < changes.outcomes.size(); ++i) {
    const auto& event = std::get<core::Event>(changes.commands[i]);
    const auto& booking = std::get<core::Booking>(changes.outcomes[i]);
    metrics_->event(program, booking.origin);
    log_event(event, booking);
    const bool is_first_refused =
        booking.origin == core::Booking::Origin::refused && response.status == 200;
    if (is_first_refused) set_refused_event(event, booking, response);
  }
  if (error) refuse_body(program, *error, response);
}

net::Awaitable<std::string_view> ProcessorEndpoint::record(std::size_t program, Changes& changes,
                                                           const net::HttpRequest& request) const {
  if (changes.commands.empty()) co_return "";
  const core::Reason taken = co_await durably(*sequencer_, changes, request.mailbox);
  if (taken != core::Reason::approved) co_return name(taken);
  if (!programs_[program].until_ledger) co_return "";
  const bool is_in_ledger =
      co_await in_ledger_(changes.last, request.mailbox, net::Clock::now() + ledger_wait_max);
  if (!is_in_ledger) co_return "not_in_ledger_yet";
  co_return "";
}

void ProcessorEndpoint::answered(const net::HttpResponse& response,
                                 net::Clock::duration duration) noexcept {
  metrics_->http_answered(static_cast<ProcessorRoute>(response.label), duration);
}

}  // namespace authd
