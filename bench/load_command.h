// LoadCommand: what the command lines of the load generators have in common: where the load goes
// to, over how many connections and how long, and what is done with the figures.

#pragma once

#include <CLI/CLI.hpp>
#include <optional>
#include <string>

#include "bench/loadgen_run.h"

namespace authd::bench {

struct Url {
  std::string host;
  std::string port;
  std::string path;

  std::string authority() const { return host + ":" + port; }
};

class LoadCommand {
 public:
  // Adds --url, --connections, --duration, --warmup and --json. Outlives the parsing.
  LoadCommand(CLI::App& app, const char* url_form);
  LoadCommand(const LoadCommand&) = delete;
  LoadCommand& operator=(const LoadCommand&) = delete;

  // After the parsing: nothing, and a line on standard error, when --url is none.
  std::optional<Url> url() const;

  // Puts the load on `url`, prints what came of it and writes it where --json says. The exit code
  // of the generator.
  int run(const Url& url, Messages& messages);

  LoadOptions load;  // for further options; host, port and times are set by run()

 private:
  const char* const url_form_;
  std::string url_;
  std::string json_path_;
  double duration_s_ = 10;
  double warmup_s_ = 1;
};

}  // namespace authd::bench
