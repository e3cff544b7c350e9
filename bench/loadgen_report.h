// What the load generators share: where they send to, and how they say what came of it.

#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "bench/loadgen_run.h"

namespace authd::bench {

struct Url {
  std::string host;
  std::string port;
  std::string path;
};

// "http://host:port/path"; the port defaults to 80.
std::optional<Url> parse_url(std::string_view text);

void print_text(const LoadReport& report);
bool write_json(const LoadReport& report, const std::string& path);  // false: it cannot be written

}  // namespace authd::bench
