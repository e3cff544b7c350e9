#include "tests/referral/invitations/test_gateway.h"

namespace authd::test {

TestGateway::TestGateway(Answer answer, const std::optional<Identity>& identity, std::uint16_t port)
    : is_encrypted_(identity.has_value()) {
  if (!answer) {
    answer = [](const Asked& asked) {
      Told told;
      told.body = R"({"message":{"id":"gateway-)" + id_of(asked) + "\"}}";
      return told;
    };
  }
  const auto remember = [this, answer](const Asked& asked) {
    {
      const std::lock_guard lock(mutex_);
      asked_.push_back(asked);
    }
    return answer(asked);
  };
  server_ = std::make_unique<simulate::test::StubServer>(remember, identity, "", port);
}

referral::GatewaySettings TestGateway::settings() const {
  referral::GatewaySettings gateway;
  gateway.url = server_->server().origin.text() + "/v1/messages?from=authd";
  gateway.headers = {
      {"Content-Type", "application/json"}, {"Authorization", "Bearer s3cret"}, {"X-Id", "{id}"}};
  gateway.body = R"({"to":"{phone}","text":"{text}"})";
  gateway.id_pointer = "/message/id";
  gateway.allow_private = true;
  gateway.per_second = 1'000;
  gateway.attempts_max = 3;
  gateway.timeout = std::chrono::seconds(5);
  return gateway;
}

std::vector<TestGateway::Asked> TestGateway::asked() const {
  const std::lock_guard lock(mutex_);
  return asked_;
}

std::map<std::string, int> TestGateway::times_by_id() const {
  std::map<std::string, int> times;
  for (const Asked& asked : asked()) ++times[id_of(asked)];
  return times;
}

std::string TestGateway::id_of(const Asked& asked) {
  return std::string(http::field_of(asked.fields, "X-Id").value_or("none"));
}

TestGateway::Told TestGateway::status(int status, const std::string& field,
                                      const std::string& value) {
  Told told;
  told.status = status;
  told.field_name = field;
  told.field_value = value;
  return told;
}

}  // namespace authd::test
