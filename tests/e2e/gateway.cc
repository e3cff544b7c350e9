#include "tests/e2e/gateway.h"

namespace authd::test {

namespace {

std::string body_of(std::string_view message, std::string_view card, std::string_view method,
                    std::string_view amount) {
  const std::string token(message);
  std::string body = R"({"type":"authorization","state":"PENDING","token":")" + token;
  body += R"(","user_token":"holder-1","card_token":")";
  body += card;
  body += R"(","currency_code":"USD","gpa_order":{"token":")" + token;
  body += R"(-order","currency_code":"USD","jit_funding":{"token":")" + token;
  body += R"(-jit","method":")";
  body += method;
  body += R"(","user_token":"holder-1","amount":)";
  body += amount;
  body += R"(}},"card_acceptor":{"mid":"000000000471183","mcc":"5814","name":"KESTREL COFFEE",)"
          R"("country_code":"USA"}})";
  return body;
}

}  // namespace

std::string account_line(std::int64_t id, std::int64_t balance_minor) {
  return R"({"account":{"id":)" + std::to_string(id) + R"(,"currency":"USD","balance_minor":)" +
         std::to_string(balance_minor) + "}}\n";
}

std::string card_line(std::string_view token, std::int64_t account, std::string_view program) {
  std::string line = R"({"card":{"program":")";
  line += program;
  line += R"(","token":")";
  line += token;
  line += R"(","account":)" + std::to_string(account);
  return line + R"(,"status":"active","expires_at":"2099-12-31T00:00:00Z"}})" + "\n";
}

std::string purchase_body(std::string_view message, std::string_view card,
                          std::string_view amount) {
  return body_of(message, card, "pgfs.authorization", amount);
}

std::string inquiry_body(std::string_view message, std::string_view card) {
  return body_of(message, card, "pgfs.balanceinquiry", "0");
}

std::string major_units(std::int64_t minor_units) {
  const std::string cents = std::to_string(minor_units % 100);
  return std::to_string(minor_units / 100) + (cents.size() < 2 ? ".0" : ".") + cents;
}

std::string post(std::string_view body, std::string_view credentials, std::string_view path) {
  std::string request = "POST ";
  request += path;
  request += " HTTP/1.1\r\nHost: authd\r\nContent-Type: application/json\r\n";
  if (!credentials.empty()) {
    request += "Authorization: ";
    request += credentials;
    request += "\r\n";
  }
  request += "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n";
  request += body;
  return request;
}

}  // namespace authd::test
