#include "authd/config/adapter_reader.h"

namespace authd {

namespace {

using processors::AdyenOptions;
using processors::LithicOptions;
using processors::MarqetaOptions;
using processors::StripeOptions;

constexpr std::size_t reason_bytes_max = 64;

std::vector<processors::stripe::Units::Decimals> read_decimals(TableReader& in) {
  std::vector<processors::stripe::Units::Decimals> configured;
  auto table = in.reader("decimals");
  if (!table) return configured;
  for (const std::string& code : table->keys()) {
    const auto currency = core::Currency::from_alpha(code);
    if (!currency) table->refuse(code, "is not an ISO 4217 code such as UGX");
    const auto decimals = table->integer(code, 0, 0, processors::stripe::Units::decimals_max);
    if (currency) configured.push_back({*currency, static_cast<int>(decimals)});
  }
  return configured;
}

struct ReadOptions {
  TableReader& in;

  void operator()(MarqetaOptions&) const {}

  void operator()(StripeOptions& c) const {
    c.api_version = in.text("api_version", c.api_version);
    c.decimals = read_decimals(in);
    c.reference_in_metadata = in.boolean("reference_in_metadata", c.reference_in_metadata);
    if (!processors::StripeAdapter::valid(c)) {
      in.refuse("api_version",
                "must be the name of a version, such as " + StripeOptions{}.api_version);
    }
  }

  void operator()(LithicOptions& c) const {
    c.has_event_tokens = in.boolean("event_tokens", c.has_event_tokens);
    c.answers_avs = in.boolean("answers_avs", c.answers_avs);
  }

  void operator()(AdyenOptions& c) const {
    const std::string decimals = in.text("decimals", "adyen");
    if (decimals != "adyen" && decimals != "iso_4217") {
      in.refuse("decimals", "must be adyen or iso_4217");
    }
    c.decimals = decimals == "adyen" ? processors::adyen::Decimals::adyen
                                     : processors::adyen::Decimals::iso_4217;
    c.timeout_reason = in.text("timeout_reason", c.timeout_reason);
    if (c.timeout_reason.size() > reason_bytes_max) {
      in.refuse("timeout_reason", "must be at most 64 characters");
    }
    c.reason_in_metadata = in.boolean("reason_in_metadata", c.reason_in_metadata);
  }
};

}  // namespace

processors::AdapterOptions read_adapter(TableReader& program) {
  const std::string processor = program.required_text("processor");
  auto options = processors::adapter_options(processor);
  if (!options) {
    if (!processor.empty()) {
      program.refuse("processor", "must be marqeta, stripe, lithic or adyen");
    }
    return {};
  }
  auto own = program.reader(processor);
  if (!own) return *options;
  std::visit(ReadOptions{*own}, *options);
  own->refuse_unknown_keys();
  return *options;
}

}  // namespace authd
