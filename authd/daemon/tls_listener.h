// The certificates of one of our listeners, as the configuration names them.

#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "authd/config/config.h"
#include "authd/net/tls.h"
#include "authd/status/status.h"

namespace authd {

// Nothing where the listener speaks plain HTTP. `listener` is the table's name, "server".
core::Result<std::shared_ptr<net::Tls>, std::string> load_tls(
    const std::optional<TlsConfig>& config, std::string_view listener);

// Reads the files again, and logs what came of it. `tls` may be empty.
void reload_tls(net::Tls* tls, std::string_view listener);

// Tells when its certificate expires; nothing of a listener that speaks plain HTTP.
void add_certificate(Status& status, std::string_view listener, const net::Tls* tls);

}  // namespace authd
