#include "tests/e2e/four_processors.h"

#include <boost/json/parse.hpp>
#include <ctime>

#include "tests/e2e/gateway.h"
#include "tests/processors/changed_body.h"
#include "tests/processors/signature_oracle.h"

namespace authd::test {

namespace {

// What signs, and before it was replaced.
struct Secrets {
  std::string current;
  std::string old;
  const std::string& chosen(const Signing& signing) const {
    return signing.old_secret ? old : current;
  }
};

const Secrets passwords{"heron-password-2", "heron-password-1"};
const Secrets marqeta_keys{"kestrel-secret-2", "kestrel-secret-1"};
const Secrets stripe_keys{"whsec_kestrel_2", "whsec_kestrel_1"};
const Secrets lithic_keys{"kestrel kestrel kestrel 2", "kestrel kestrel kestrel 1"};  // as bytes
const Secrets adyen_keys{"kestrel kestrel 2", "kestrel kestrel 1"};                   // as bytes

std::string scheme(const std::string& name, const std::string& keys, const std::string& secrets) {
  return "[[program.authentication]]\nscheme = \"" + name + "\"\n" + keys + "secret_files = [\"" +
         secrets + "\", \"" + secrets + ".old\"]\n";
}

std::string program(std::string_view processor, const std::string& authentication) {
  const std::string name(processor);
  return "[[program]]\nid = \"" + name + "\"\nprocessor = \"" + name +
         "\"\nanswer_within_ms = 7000\npartial_approval = true\n" + authentication;
}

std::string basic(const Signing& signing) {
  return "Authorization: Basic " + base64("heron:" + passwords.chosen(signing)) + "\r\n";
}

std::string quoted(const std::string& text) { return '"' + text + '"'; }

std::string marqeta_question(const std::string& message, const std::string& card,
                             std::int64_t amount_minor) {
  static const std::string body =
      fixture_body("marqeta/a-auth-full-clearing/01-gateway-authorization.json");
  const std::string amount = major_units(amount_minor);
  return changed(body, {{"/token", quoted(message)},
                        {"/card_token", quoted(card)},
                        {"/gpa_order/jit_funding/token", quoted(message + "-jit")},
                        {"/gpa_order/jit_funding/amount", amount},
                        {"/amount", amount}});
}

std::string stripe_question(const std::string& message, const std::string& card,
                            std::int64_t amount_minor) {
  static const std::string body = fixture_body("stripe/approve-capture/01-gateway-request.json");
  return changed(body, {{"/id", quoted("evt_" + message)},
                        {"/data/object/id", quoted("iauth_" + message)},
                        {"/data/object/card/id", quoted(card)},
                        {"/data/object/pending_request/amount", std::to_string(amount_minor)}});
}

std::string lithic_question(const std::string& message, const std::string& card,
                            std::int64_t amount_minor) {
  static const std::string body = fixture_body("lithic/approve-clear/01-gateway-asa-request.json");
  const std::string amount = std::to_string(amount_minor);
  return changed(body, {{"/token", quoted(message)},
                        {"/card/token", quoted(card)},
                        {"/amounts/cardholder/amount", amount},
                        {"/amounts/hold/amount", amount}});
}

std::string adyen_question(const std::string& message, const std::string& card,
                           std::int64_t amount_minor) {
  static const std::string body =
      fixture_body("adyen/approve-capture/01-gateway-relayed-request.json");
  return changed(
      body, {{"/id", quoted(message)},
             {"/paymentInstrument/id", quoted(card)},
             {"/amount", R"({"currency":"USD","value":-)" + std::to_string(amount_minor) + "}"}});
}

}  // namespace

Site::Settings with_four_programs(Site::Settings settings) {
  const std::string on_events = "endpoints = [\"events\"]\n";
  const std::string by_password = scheme("basic", "username = \"heron\"\n", "basic.password");
  settings.programs =
      program("marqeta", by_password + scheme("marqeta_signature", on_events, "marqeta.key")) +
      program("stripe", scheme("stripe_signature", "", "stripe.key")) +
      program("lithic", scheme("standard_webhooks", "", "lithic.key")) +
      program("adyen", by_password + scheme("adyen_hmac", on_events, "adyen.key"));
  const auto add = [&settings](const std::string& name, const Secrets& secrets,
                               std::string (*write)(std::string_view)) {
    settings.files.emplace_back(name, write(secrets.current));
    settings.files.emplace_back(name + ".old", write(secrets.old));
  };
  const auto as_it_is = [](std::string_view text) { return std::string(text); };
  add("basic.password", passwords, as_it_is);
  add("marqeta.key", marqeta_keys, as_it_is);
  add("stripe.key", stripe_keys, as_it_is);
  add("lithic.key", lithic_keys, [](std::string_view key) { return "whsec_" + base64(key); });
  add("adyen.key", adyen_keys, hex);
  return settings;
}

std::string proof(std::string_view processor, std::string_view endpoint, std::string_view body,
                  Signing signing) {
  const std::string time =
      std::to_string(signing.at_unix_s != 0 ? signing.at_unix_s : std::time(nullptr));
  if (processor == "stripe") {
    return "Stripe-Signature: t=" + time + "," +
           stripe_v1(stripe_keys.chosen(signing), time, body) + "\r\n";
  }
  if (processor == "lithic") {
    return "webhook-id: msg_1\r\nwebhook-timestamp: " + time + "\r\nwebhook-signature: " +
           webhook_v1(lithic_keys.chosen(signing), "msg_1", time, body) + "\r\n";
  }
  if (endpoint != "events") return basic(signing);
  if (processor == "marqeta") {
    return basic(signing) +
           "X-Marqeta-Signature: " + hex(hmac_sha256(marqeta_keys.chosen(signing), body)) + "\r\n";
  }
  return basic(signing) +
         "HmacSignature: " + base64(hmac_sha256(adyen_keys.chosen(signing), body)) + "\r\n";
}

std::string post_to(std::string_view processor, std::string_view endpoint, std::string_view body,
                    std::string_view lines) {
  std::string request = "POST /programs/" + std::string(processor) + "/";
  request += endpoint;
  request += " HTTP/1.1\r\nHost: authd\r\nContent-Type: application/json\r\n";
  request += lines;
  request += "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n";
  request += body;
  return request;
}

std::string post_to(std::string_view processor, std::string_view endpoint, std::string_view body) {
  return post_to(processor, endpoint, body, proof(processor, endpoint, body));
}

std::string question(std::string_view processor, const std::string& message,
                     const std::string& card, std::int64_t amount_minor) {
  if (processor == "marqeta") return marqeta_question(message, card, amount_minor);
  if (processor == "stripe") return stripe_question(message, card, amount_minor);
  if (processor == "lithic") return lithic_question(message, card, amount_minor);
  return adyen_question(message, card, amount_minor);
}

bool is_approved(std::string_view processor, const HttpAnswer& answer) {
  if (processor == "marqeta") return answer.status == 200;
  if (answer.status != 200) return false;
  const auto body = boost::json::parse(answer.body).as_object();
  if (processor == "stripe") return body.at("approved").as_bool();
  if (processor == "lithic") return body.at("result") == "APPROVED";
  return body.at("authorisationDecision").at("status") == "Authorised";
}

std::string forced_post(std::string_view processor, const std::string& message,
                        const std::string& card, std::int64_t amount_minor) {
  const std::string amount = std::to_string(amount_minor);
  if (processor == "marqeta") {
    return changed(fixture_body("marqeta/g-force-post/01-webhook-force-post.json"),
                   {{"/transactions/0/token", quoted(message)},
                    {"/transactions/0/card_token", quoted(card)},
                    {"/transactions/0/amount", major_units(amount_minor)},
                    {"/transactions/0/gpa_order/jit_funding/amount", major_units(amount_minor)}});
  }
  if (processor == "stripe") {
    return changed(fixture_body("stripe/force-capture/01-webhook-transaction-force-capture.json"),
                   {{"/id", quoted("evt_" + message)},
                    {"/data/object/id", quoted("ipi_" + message)},
                    {"/data/object/card", quoted(card)},
                    {"/data/object/amount", "-" + amount}});
  }
  if (processor == "lithic") {
    return changed(fixture_body("lithic/force-capture/01-webhook-clearing.json"),
                   {{"/token", quoted(message)},
                    {"/card_token", quoted(card)},
                    {"/events/0/token", quoted(message + "-e")},
                    {"/events/0/amount", amount},
                    {"/events/0/amounts/cardholder/amount", amount}});
  }
  return changed(
      fixture_body("adyen/force-capture/01-webhook-transfer-captured.json"),
      {{"/data/id", quoted(message)},
       {"/data/paymentInstrument/id", quoted(card)},
       {"/data/amount", R"({"currency":"USD","value":)" + amount + "}"},
       {"/data/events/0/id", quoted(message + "-e")},
       {"/data/events/0/mutations/0", R"({"currency":"USD","balance":-)" + amount + "}"}});
}

}  // namespace authd::test
