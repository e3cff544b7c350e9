// authd recon: suppliers' files.

#include <cstdio>

#include "authd/commands/commands.h"
#include "authd/recon/preview.h"
#include "authd/recon/source_reader.h"

namespace authd::commands {

namespace {

std::optional<recon::Source> source_of_file(const std::string& file) {
  auto source = recon::load_source(file);
  if (source) return *std::move(source);
  for (const ConfigError& error : source.error())
    std::fprintf(stderr, "%s\n", error.text(file).c_str());
  return std::nullopt;
}

std::optional<recon::Source> source_of_supplier(const std::filesystem::path& config_file,
                                                const std::string& name) {
  const auto config = configured(config_file);
  if (!config) return std::nullopt;
  const auto* const supplier =
      config->reconciliation ? config->reconciliation->find(name) : nullptr;
  if (supplier != nullptr) return supplier->source;
  std::fprintf(stderr, "%s: there is no [[reconciliation.supplier]] \"%s\"\n", config_file.c_str(),
               name.c_str());
  return std::nullopt;
}

}  // namespace

int recon_preview(const std::filesystem::path& config_file,
                  const ReconPreviewArguments& arguments) {
  const auto source = arguments.supplier.empty()
                          ? source_of_file(arguments.source)
                          : source_of_supplier(config_file, arguments.supplier);
  if (!source) return exit_cannot_start;
  const auto text = recon::preview(arguments.file, *source, arguments.lines);
  if (!text) {
    std::fprintf(stderr, "%s: %s\n", arguments.file.c_str(), recon::describe(text.error()).c_str());
    return exit_failed;
  }
  std::fputs(text->c_str(), stdout);
  return exit_ok;
}

}  // namespace authd::commands
