#include "authd/endpoints/processor_endpoint.h"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <chrono>

#include "authd/processors/marqeta.h"

namespace authd {

namespace {

constexpr std::string_view path_prefix = "/programs/";
constexpr std::string_view path_suffix = "/authorizations";

// The {program} of /programs/{program}/authorizations.
std::optional<std::string_view> program_of(std::string_view path) noexcept {
  if (!path.starts_with(path_prefix) || !path.ends_with(path_suffix)) return std::nullopt;
  if (path.size() <= path_prefix.size() + path_suffix.size()) return std::nullopt;
  path.remove_prefix(path_prefix.size());
  path.remove_suffix(path_suffix.size());
  if (path.find('/') != std::string_view::npos) return std::nullopt;
  return path;
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

const processors::MarqetaAdapter adapter;

// The response's buffers are used again.
void render(const processors::Question& question, const core::Answer& answer,
            net::HttpResponse& response) {
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

}  // namespace

core::Result<ProcessorEndpoint, std::string> ProcessorEndpoint::create(const Config& config,
                                                                       Sequencer& sequencer,
                                                                       Metrics& metrics) {
  std::vector<Program> programs;
  for (const ProgramConfig& program : config.programs) {
    auto credentials = processors::BasicCredentials::create(program.username, program.passwords);
    if (!credentials) {
      return core::Unexpected{"program " + std::string(program.program.id.view()) + ": " +
                              std::string(name(credentials.error()))};
    }
    programs.push_back(
        {program.program.id, *credentials, program.answer_within, program.until_ledger});
  }
  return ProcessorEndpoint(std::move(programs), config.server.body_bytes_max, sequencer, metrics);
}

net::RouteRules ProcessorEndpoint::rules(const net::Head& head) const noexcept {
  using net::Method;
  if (program_of(head.path())) return {net::MethodSet(Method::post), body_bytes_max_};
  return {net::MethodSet(Method::get, Method::head, Method::post, Method::put, Method::patch,
                         Method::del),
          body_bytes_max_};
}

net::Awaitable<void> ProcessorEndpoint::serve(const net::HttpRequest& request,
                                              net::HttpResponse& response) {
  const auto id = program_of(request.head.path());
  if (!id) {
    response.status = 404;
    response.body = R"({"error":"not_found"})";
    co_return;
  }
  const auto program = authenticated_program(*id, request.head);
  if (!program) {
    metrics_->unauthenticated();
    response.status = 401;
    response.fields = "WWW-Authenticate: Basic realm=\"authd\"\r\n";
    response.body = R"({"error":"unauthorized"})";
    co_return;
  }
  co_await authorize(*program, request, response);
}

std::optional<std::size_t> ProcessorEndpoint::authenticated_program(std::string_view id,
                                                                    const net::Head& head) const {
  const auto found = std::find_if(programs_.begin(), programs_.end(),
                                  [id](const Program& p) { return p.id.view() == id; });
  const auto authorization = head.field("Authorization");
  if (found == programs_.end() || !authorization || !found->credentials.accepts(*authorization))
    return std::nullopt;
  return static_cast<std::size_t>(found - programs_.begin());
}

net::Awaitable<void> ProcessorEndpoint::authorize(std::size_t program,
                                                  const net::HttpRequest& request,
                                                  net::HttpResponse& response) {
  const auto question =
      adapter.read_question(walk_of_this_thread(body_bytes_max_), programs_[program].id,
                            processors::PaddedBody{request.body});
  if (!question) {
    metrics_->bad_request(program);
    spdlog::debug("bad request program={} field={} fault={}", programs_[program].id.view(),
                  question.error().field, name(question.error().fault));
    response.status = 400;
    processors::render_parse_error(question.error(), response.body);
    co_return;
  }

  core::Answer answer;
  auto submission = std::make_unique<Submission>(
      question->request, request.first_byte + programs_[program].answer_within, request.mailbox);
  submission->until_ledger = programs_[program].until_ledger;
  if (const core::Reason reason = sequencer_->submit(*submission);
      reason != core::Reason::approved) {
    metrics_->shed(program, reason);
    answer = declined_unasked(reason, question->request);
  } else {
    answer = co_await answer_of(std::move(submission));
    metrics_->answered(program, answer);
  }
  log_decision(question->request, answer);
  render(*question, answer, response);
}

void ProcessorEndpoint::answered(int, net::Clock::duration duration) noexcept {
  metrics_->http_answered(duration);
}

}  // namespace authd
