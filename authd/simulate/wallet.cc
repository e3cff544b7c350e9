#include "authd/simulate/wallet.h"

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <chrono>
#include <optional>
#include <string_view>
#include <utility>

namespace authd::simulate {

namespace {

namespace asio = boost::asio;
namespace json = boost::json;
using boost::system::error_code;
using core::Unexpected;

constexpr int http_created = 201;
constexpr int http_ok = 200;
constexpr int http_unavailable = 503;
constexpr std::chrono::milliseconds retry_after{200};
constexpr int tries_max = 25;

// "POST /v1/cards: 409 There is such a card"
std::string failure(const http::Request& request, const http::Answer& answer) {
  std::string text =
      (request.is_post ? "POST " : "GET ") + request.target + ": " + std::to_string(answer.status);
  error_code error;
  const json::value problem = json::parse(answer.body, error);
  const json::object* const members = error ? nullptr : problem.if_object();
  if (members == nullptr) return text + " " + answer.body;
  for (const char* const member : {"title", "detail", "errors"}) {
    const json::value* const value = members->if_contains(member);
    if (value == nullptr) continue;
    text += value->is_string() ? " " + std::string(std::string_view(value->get_string()))
                               : " " + json::serialize(*value);
  }
  return text;
}

std::optional<std::int64_t> minor_of(const json::object& balance, const char* member) {
  const json::value* const amount = balance.if_contains(member);
  const json::object* const parts = amount == nullptr ? nullptr : amount->if_object();
  const json::value* const minor = parts == nullptr ? nullptr : parts->if_contains("minor");
  if (minor == nullptr || !minor->is_int64()) return std::nullopt;
  return minor->get_int64();
}

std::string account_path(std::int64_t account, const char* below) {
  return "/v1/accounts/" + std::to_string(account) + below;
}

}  // namespace

Wallet::Wallet(asio::io_context& io, const http::Server& api, std::string key)
    : io_(io), client_(io, api), where_(api.origin.text()), key_(std::move(key)) {}

Wallet::Answered<json::object> Wallet::ask(const http::Request& request) {
  for (int tries = 1;; ++tries) {
    auto answer = co_await client_.exchange(request);
    if (!answer) co_return Unexpected{where_ + request.target + ": " + answer.error().text};
    if (answer->status == http_unavailable && tries < tries_max) {
      net::Timer timer(io_.get_executor(), retry_after);
      co_await timer.async_wait(net::as_result);
      continue;
    }
    if (answer->status != (request.is_post ? http_created : http_ok))
      co_return Unexpected{failure(request, *answer)};
    error_code error;
    json::value body = json::parse(answer->body, error);
    if (error || !body.is_object()) co_return Unexpected{failure(request, *answer)};
    co_return std::move(body.get_object());
  }
}

Wallet::Answered<json::object> Wallet::post(const std::string& target, const json::object& body,
                                            const std::string& name) {
  http::Request request;
  request.target = target;
  request.fields.push_back(http::Field{"Authorization", "Bearer " + key_});
  request.fields.push_back(http::Field{"Idempotency-Key", name});
  request.body = json::serialize(body);
  co_return co_await ask(request);
}

Wallet::Answered<std::int64_t> Wallet::open_account(const NewAccount& account,
                                                    const std::string& name) {
  json::object opening;
  opening["program"] = account.program;
  opening["currency"] = account.currency;
  opening["minimum_minor"] = account.minimum_minor;
  const auto opened = co_await post("/v1/accounts", opening, name);
  if (!opened) co_return Unexpected{opened.error()};
  const json::value* const id = opened->if_contains("id");
  if (id == nullptr || !id->is_int64())
    co_return Unexpected{std::string("POST /v1/accounts: no id in the answer")};
  const std::int64_t number = id->get_int64();
  if (account.posted_minor == 0) co_return number;

  json::object amount;
  amount["minor"] = account.posted_minor;
  amount["currency"] = account.currency;
  json::object top_up;
  top_up["amount"] = std::move(amount);
  top_up["reference"] = "authd simulate";
  const auto credited = co_await post(account_path(number, "/top-ups"), top_up, name + "-top");
  if (!credited) co_return Unexpected{credited.error()};
  co_return number;
}

Wallet::Answered<void> Wallet::register_card(const NewCard& card, const std::string& name) {
  json::object body;
  body["program"] = card.program;
  body["token"] = card.token;
  body["account"] = card.account;
  body["status"] = "active";
  body["expires_at"] = "2099-01-01T00:00:00Z";
  const auto registered = co_await post("/v1/cards", body, name);
  if (!registered) co_return Unexpected{registered.error()};
  co_return core::Result<void, std::string>();
}

Wallet::Answered<Balance> Wallet::balance(std::int64_t account) {
  http::Request request;
  request.is_post = false;
  request.target = account_path(account, "/balance");
  request.fields.push_back({"Authorization", "Bearer " + key_});
  const auto answer = co_await ask(request);
  if (!answer) co_return Unexpected{answer.error()};
  const auto posted = minor_of(*answer, "posted");
  const auto held = minor_of(*answer, "held");
  const auto available = minor_of(*answer, "available");
  if (!posted || !held || !available)
    co_return Unexpected{"GET " + request.target + ": not a balance"};
  co_return Balance{*posted, *held, *available};
}

}  // namespace authd::simulate
