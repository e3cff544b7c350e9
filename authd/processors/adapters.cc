#include "authd/processors/adapters.h"

#include <array>

namespace authd::processors {

namespace {

// In the order of AdapterOptions.
constexpr std::array<std::string_view, std::variant_size_v<AdapterOptions>> names{
    "marqeta", "stripe", "lithic", "adyen"};

using Made = std::unique_ptr<const Adapter>;

struct Make {
  Made operator()(const MarqetaOptions&) const { return std::make_unique<MarqetaAdapter>(); }
  Made operator()(const StripeOptions& options) const {
    return std::make_unique<StripeAdapter>(options);
  }
  Made operator()(const LithicOptions& options) const {
    return std::make_unique<LithicAdapter>(options);
  }
  Made operator()(const AdyenOptions& options) const {
    return std::make_unique<AdyenAdapter>(options);
  }
};

}  // namespace

std::string_view processor_name(const AdapterOptions& options) noexcept {
  return names.at(options.index());
}

std::optional<AdapterOptions> adapter_options(std::string_view processor) {
  for (const AdapterOptions& options :
       {AdapterOptions(MarqetaOptions{}), AdapterOptions(StripeOptions{}),
        AdapterOptions(LithicOptions{}), AdapterOptions(AdyenOptions{})}) {
    if (processor_name(options) == processor) return options;
  }
  return std::nullopt;
}

std::unique_ptr<const Adapter> make_adapter(const AdapterOptions& options) {
  return std::visit(Make{}, options);
}

}  // namespace authd::processors
