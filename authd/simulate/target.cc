#include "authd/simulate/target.h"

#include <boost/json/parse.hpp>
#include <boost/json/value.hpp>

namespace authd::simulate {

namespace {

namespace json = boost::json;

constexpr int http_ok = 200;
constexpr int http_payment_required = 402;  // Marqeta's decline

struct Approval {
  int status;
  const json::value& body;

  bool has(const char* pointer, const json::value& wanted) const {
    boost::system::error_code error;
    const json::value* const found = body.find_pointer(pointer, error);
    return found != nullptr && *found == wanted;
  }

  bool operator()(const processors::MarqetaOptions&) const { return status == http_ok; }
  bool operator()(const processors::StripeOptions&) const { return has("/approved", true); }
  bool operator()(const processors::LithicOptions&) const { return has("/result", "APPROVED"); }
  bool operator()(const processors::AdyenOptions&) const {
    return has("/authorisationDecision/status", "Authorised");
  }
};

}  // namespace

Verdict verdict_of(const processors::AdapterOptions& processor, const http::Answer& answer) {
  if (answer.status != http_ok && answer.status != http_payment_required) return Verdict::none;
  boost::system::error_code error;
  const json::value body = json::parse(answer.body, error);
  if (error) return Verdict::none;
  return std::visit(Approval{answer.status, body}, processor) ? Verdict::approved
                                                              : Verdict::declined;
}

}  // namespace authd::simulate
