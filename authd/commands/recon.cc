// authd recon: suppliers' files.

#include <cstdio>

#include "authd/commands/commands.h"
#include "authd/recon/preview.h"
#include "authd/recon/source_reader.h"

namespace authd::commands {

int recon_preview(const ReconPreviewArguments& arguments) {
  const auto source = recon::load_source(arguments.source);
  if (!source) {
    for (const ConfigError& error : source.error())
      std::fprintf(stderr, "%s\n", error.text(arguments.source).c_str());
    return exit_cannot_start;
  }
  const auto text = recon::preview(arguments.file, *source, arguments.lines);
  if (!text) {
    std::fprintf(stderr, "%s: %s\n", arguments.file.c_str(), recon::describe(text.error()).c_str());
    return exit_failed;
  }
  std::fputs(text->c_str(), stdout);
  return exit_ok;
}

}  // namespace authd::commands
