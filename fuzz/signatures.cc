// Any header and body before every scheme: nothing is accepted without the right MAC, computed here
// once more with OpenSSL's one-shot HMAC; and the body, rightly signed, is accepted by all.
//
// Input: lines "name: value", an empty line, and the body.

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

#include "authd/processors/authentication_schemes.h"
#include "core/assert.h"
#include "tests/processors/signature_oracle.h"

namespace authd::processors {
namespace {

using test::HeadFields;

constexpr std::int64_t now_s = 1'700'000'000;
constexpr core::Timestamp now{now_s * core::us_per_s};
constexpr std::int64_t tolerance_s = 300;

// The corpus is signed with these.
const std::vector<std::string> keys{"heron heron heron heron.", "kestrel kestrel kestrel."};
const std::vector<std::string> stripe_secrets{"whsec_heron", "whsec_kestrel"};

std::vector<std::string> each(std::string (*write)(std::string_view)) {
  return {write(keys[0]), write(keys[1])};
}

struct Schemes {
  SchemePointer stripe = *stripe_signature_scheme(stripe_secrets);
  SchemePointer webhooks = *standard_webhooks_scheme(each(&test::base64));
  SchemePointer adyen = *adyen_hmac_scheme(each(&test::hex));
  SchemePointer marqeta = *marqeta_signature_scheme(keys, {Hash::either, Encoding::hex});
  SchemePointer fixed = *static_header_scheme("X-Partner-Key", keys);
  SchemePointer basic = *basic_scheme("heron", keys);
};

HeadFields take_head(std::string_view& input) {
  HeadFields head;
  while (!input.empty()) {
    const std::string_view line = input.substr(0, input.find('\n'));
    input.remove_prefix(line.size() == input.size() ? line.size() : line.size() + 1);
    if (line.empty()) break;
    const std::size_t colon = line.find(": ");
    if (colon == std::string_view::npos) continue;
    head.all.emplace_back(line.substr(0, colon), line.substr(colon + 2));
  }
  return head;
}

bool accepts(const SchemePointer& scheme, const HeadFields& head, std::string_view body) {
  return scheme->check({Fields(head), body, now}).has_value();
}

bool holds(const HeadFields& head, std::string_view name, std::string_view text) {
  const auto value = head.field(name);
  return value && value->find(text) != std::string_view::npos;
}

bool fresh(const std::string& time) {
  return std::llabs(std::strtoll(time.c_str(), nullptr, 10) - now_s) <= tolerance_s;
}

bool rightly_signed_at(std::string_view field, std::string_view time, std::string_view body) {
  bool found = false;
  for (const std::string& secret : stripe_secrets) {
    found |= field.find(test::stripe_v1(secret, time, body)) != std::string::npos;
  }
  return found;
}

void check_stripe(const HeadFields& head, std::string_view body) {
  const std::string field = test::lower_case(*head.field("Stripe-Signature"));
  bool right = false;
  for (std::size_t at = field.find("t="); at != std::string::npos; at = field.find("t=", at + 1)) {
    const std::size_t end = std::min(field.find(',', at), field.size());
    const std::string time = field.substr(at + 2, end - at - 2);
    right |= rightly_signed_at(field, time, body) && fresh(time);
  }
  AUTHD_ASSERT(right);
}

void check_webhooks(const HeadFields& head, std::string_view body) {
  const std::string time(*head.field("webhook-timestamp"));
  bool signed_right = false;
  for (const std::string& key : keys) {
    const std::string v1 = test::webhook_v1(key, *head.field("webhook-id"), time, body);
    signed_right |= holds(head, "webhook-signature", v1);
  }
  AUTHD_ASSERT(signed_right && fresh(time));
}

void check_of_body(const HeadFields& head, std::string_view body, const Schemes& schemes) {
  bool adyen = false;
  bool marqeta = false;
  for (const std::string& key : keys) {
    const std::string sha256 = test::hmac_sha256(key, body);
    adyen |= head.field("HmacSignature") == test::base64(sha256);
    const auto given = head.field("X-Marqeta-Signature");
    const std::string lowered = test::lower_case(given.value_or(""));
    marqeta |= lowered == test::hex(sha256) || lowered == test::hex(test::hmac_sha1(key, body));
  }
  AUTHD_ASSERT(accepts(schemes.adyen, head, body) == adyen);
  AUTHD_ASSERT(accepts(schemes.marqeta, head, body) == marqeta);
}

void check_fixed(const HeadFields& head, std::string_view body, const Schemes& schemes) {
  bool fixed = false;
  bool basic = false;
  for (const std::string& key : keys) {
    fixed |= head.field("X-Partner-Key") == key;
    basic |= holds(head, "Authorization", test::base64("heron:" + key));
  }
  AUTHD_ASSERT(accepts(schemes.fixed, head, body) == fixed);
  AUTHD_ASSERT(!accepts(schemes.basic, head, body) || basic);
}

HeadFields rightly_signed(std::string_view body, const std::string& time, std::size_t key) {
  const std::string sha256 = test::hmac_sha256(keys[key], body);
  return {
      {{"Stripe-Signature", "t=" + time + "," + test::stripe_v1(stripe_secrets[key], time, body)},
       {"webhook-id", "msg_1"},
       {"webhook-timestamp", time},
       {"webhook-signature", test::webhook_v1(keys[key], "msg_1", time, body)},
       {"HmacSignature", test::base64(sha256)},
       {"X-Marqeta-Signature", test::hex(sha256)}}};
}

void check_signed(std::string_view body, const Schemes& schemes) {
  const auto offset = static_cast<std::int64_t>(body.size() % 601) - tolerance_s;
  const HeadFields head =
      rightly_signed(body, std::to_string(now_s + offset), body.size() % keys.size());
  const std::string longer = std::string(body) + '\0';
  for (const SchemePointer* scheme :
       {&schemes.stripe, &schemes.webhooks, &schemes.adyen, &schemes.marqeta}) {
    AUTHD_ASSERT(accepts(*scheme, head, body));
    AUTHD_ASSERT(!accepts(*scheme, head, longer));
  }
}

void check(std::string_view input) {
  static const Schemes schemes;
  const HeadFields head = take_head(input);
  const std::string body(input);  // of its own, so that AddressSanitizer sees its end
  if (accepts(schemes.stripe, head, body)) check_stripe(head, body);
  if (accepts(schemes.webhooks, head, body)) check_webhooks(head, body);
  check_of_body(head, body, schemes);
  check_fixed(head, body, schemes);
  check_signed(body, schemes);
}

}  // namespace
}  // namespace authd::processors

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  authd::processors::check({reinterpret_cast<const char*>(bytes), size});
  return 0;
}
