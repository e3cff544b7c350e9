// The adapters by the name of their processor. A fifth processor is one more pair of files, one
// more line here and in adapters.cc, and its keys in authd/config/adapter_reader.cc.

#pragma once

#include <memory>
#include <optional>
#include <string_view>
#include <variant>

#include "authd/processors/adyen.h"
#include "authd/processors/lithic.h"
#include "authd/processors/marqeta.h"
#include "authd/processors/stripe.h"

namespace authd::processors {

using AdapterOptions = std::variant<MarqetaOptions, StripeOptions, LithicOptions, AdyenOptions>;

// "marqeta", "stripe", "lithic", "adyen".
std::string_view processor_name(const AdapterOptions& options) noexcept;

// The default options of the processor; nothing for a name that is not known.
std::optional<AdapterOptions> adapter_options(std::string_view processor);

// `options` are valid.
std::unique_ptr<const Adapter> make_adapter(const AdapterOptions& options);

}  // namespace authd::processors
