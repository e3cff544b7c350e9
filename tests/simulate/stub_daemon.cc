#include "tests/simulate/stub_daemon.h"

#include <boost/json.hpp>
#include <charconv>

namespace authd::simulate::test {

namespace {

namespace json = boost::json;

Told told(int status, const json::object& body) {
  Told told;
  told.status = status;
  told.body = json::serialize(body);
  return told;
}

Told problem(int status, const std::string& detail) {
  return told(status, {{"title", "No."}, {"detail", detail}});
}

json::object amount(std::int64_t minor) { return {{"minor", minor}, {"currency", "USD"}}; }

std::int64_t number(const json::object& body, const char* name) {
  const json::value* const value = body.if_contains(name);
  return value == nullptr ? 0 : value->as_int64();
}

std::string text(const json::object& body, const char* name) {
  const json::value* const value = body.if_contains(name);
  return value == nullptr ? "" : value->as_string().c_str();
}

}  // namespace

StubDaemon::StubDaemon() : server_([this](const Asked& asked) { return answer(asked); }) {}

Target StubDaemon::target() const {
  processors::SchemeSettings scheme;
  scheme.kind = processors::SchemeKind::static_header;
  scheme.field = "X-Key";
  scheme.secrets = {"blue"};
  return Target{"demo", processors::StripeOptions(), true, *Signer::create({scheme}),
                *Signer::create({scheme})};
}

std::vector<std::string> StubDaemon::arrivals() const {
  const std::lock_guard lock(mutex_);
  return arrivals_;
}

std::vector<std::string> StubDaemon::requests() const {
  const std::lock_guard lock(mutex_);
  return requests_;
}

Told StubDaemon::answer(const Asked& asked) {
  const std::lock_guard lock(mutex_);
  Told other = instead(asked);
  if (other.status != 0) return other;
  if (asked.target.starts_with("/v1/")) return api(asked);
  if (http::field_of(asked.fields, "X-Key") != "blue") return problem(401, "who is it?");
  const json::object body = json::parse(asked.body).as_object();
  arrivals_.push_back(text(body, "id"));
  if (asked.target == "/programs/demo/authorizations") return question(body);
  if (asked.target == "/programs/demo/events") return event(body);
  return problem(404, asked.target);
}

Told StubDaemon::api(const Asked& asked) {
  requests_.push_back(asked.method + " " + asked.target);
  if (http::field_of(asked.fields, "Authorization") != std::string("Bearer ") + key)
    return problem(401, "who is it?");
  const std::string prefix = "/v1/accounts/";
  std::size_t id = 0;
  if (asked.target.starts_with(prefix)) {
    std::from_chars(asked.target.data() + prefix.size(), asked.target.data() + asked.target.size(),
                    id);
    if (id == 0 || id > accounts_.size()) return problem(404, asked.target);
  }
  if (asked.method == "GET") {
    const Account& account = accounts_[id - 1];
    return told(200, {{"account", id},
                      {"posted", amount(account.posted)},
                      {"held", amount(account.held)},
                      {"pending", amount(0)},
                      {"available", amount(account.posted - account.held - account.minimum)}});
  }
  const auto idempotency_key = http::field_of(asked.fields, "Idempotency-Key");
  if (!idempotency_key || !keys_.emplace(*idempotency_key).second)
    return problem(409, "a key of its own");
  const json::object body = json::parse(asked.body).as_object();
  if (asked.target == "/v1/accounts") {
    accounts_.push_back(Account{0, 0, number(body, "minimum_minor")});
    return told(201, {{"id", accounts_.size()}});
  }
  if (asked.target == "/v1/cards") {
    const auto account = static_cast<std::size_t>(number(body, "account"));
    if (!cards_.emplace(text(body, "token"), account).second)
      return problem(409, "there is such a card");
    return told(201, {{"status", text(body, "status")}});
  }
  accounts_[id - 1].posted += body.at("amount").at("minor").as_int64();
  return told(201, {{"status", "posted"}});
}

StubDaemon::Account& StubDaemon::account_of(const json::object& body) {
  return accounts_[cards_.at(text(body, "card")) - 1];
}

Told StubDaemon::question(const json::object& body) {
  const std::string id = text(body, "id");
  auto [known, is_new] = answers_.try_emplace(id, "");
  if (is_new) {
    known->second = json::serialize(json::object{{"approved", true}, {"n", answers_.size()}});
    if (!undone_.contains(id)) {
      holds_[id] = number(body, "held");
      account_of(body).held += holds_[id];
    }
  }
  Told told;
  told.body = known->second;
  return told;
}

Told StubDaemon::event(const json::object& body) {
  Told done;
  if (!booked_.insert(text(body, "id")).second) return done;
  Account& account = account_of(body);
  account.held += number(body, "held");
  account.posted += number(body, "posted");
  const std::string undo = text(body, "undo");
  if (!undo.empty() && undone_.insert(undo).second) account.held -= holds_[undo];
  return done;
}

}  // namespace authd::simulate::test
