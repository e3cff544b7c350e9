#include <fmt/format.h>

#include <cstdio>

#include "authd/commands/commands.h"
#include "authd/daemon/postgres_options.h"
#include "authd/errors/describe.h"
#include "authd/explain/ledger.h"
#include "authd/explain/report.h"

namespace authd::commands {

namespace {

// The argument as an id; prints why not.
template <class Id>
std::optional<Id> id_of(const std::string& argument, const char* what) {
  const auto id = Id::from(argument);
  if (!id) {
    fmt::print(stderr, "'{}' is not {}: 1 to {} visible ASCII characters\n", argument, what,
               Id::size_max);
  }
  return id;
}

std::string describe(const explain::SearchError& error) {
  if (error.journal) return authd::describe(*error.journal);
  return fmt::format("journal: record {} is {}; `authd journal verify` checks the rest",
                     error.sequence.value, store::name(error.format));
}

// In the journal, otherwise in the ledger, if there is one; prints why not.
std::optional<explain::Found> find(const Config& config, const explain::Wanted& wanted) {
  auto found = explain::search(journal_directory(config), wanted);
  if (!found) {
    fmt::print(stderr, "{}\n", describe(found.error()));
    return std::nullopt;
  }
  if (!found->programs.empty() || !config.postgres) return *std::move(found);

  auto ledger = store::Connection::connect(connection_options(*config.postgres, "authd explain"));
  auto older = ledger
                   ? explain::search_ledger(*ledger, wanted)
                   : core::Result<explain::Found, store::PgError>(core::Unexpected{ledger.error()});
  if (!older) {
    fmt::print(stderr, "{} was not found in {}; it may be in the ledger: {}\n", wanted.id.view(),
               explain::searched(*found), authd::describe(older.error()));
    return std::nullopt;
  }
  older->definitions = std::move(found->definitions);
  older->first = found->first;
  older->next = found->next;
  return *std::move(older);
}

int print(const std::string& text) {
  std::fputs(text.c_str(), stdout);
  return exit_ok;
}

int refuse_several(const explain::Found& found, const core::MessageId& id) {
  std::string programs;
  for (const core::ProgramId& program : found.programs) {
    programs += fmt::format("{}{}", programs.empty() ? "" : ", ", program.view());
  }
  fmt::print(stderr, "{} is known in several programs: say which with --program: {}\n", id.view(),
             programs);
  return exit_failed;
}

}  // namespace

int explain(const std::filesystem::path& config_file, const ExplainArguments& arguments) {
  const auto config = configured(config_file);
  if (!config) return exit_cannot_start;
  const auto id = id_of<core::MessageId>(arguments.token, "a message id");
  if (!id) return exit_cannot_start;
  explain::Wanted wanted{*id, std::nullopt};
  if (!arguments.program.empty()) {
    wanted.program = id_of<core::ProgramId>(arguments.program, "a program");
    if (!wanted.program) return exit_cannot_start;
  }

  const auto found = find(*config, wanted);
  if (!found) return exit_failed;
  if (found->programs.size() > 1) return refuse_several(*found, *id);
  if (!found->records.empty()) {
    return print(arguments.json ? explain::report_json(*found, *id)
                                : explain::report_text(*found, *id));
  }
  fmt::print(stderr, "{} was not found in {}{}\n", id->view(), explain::searched(*found),
             config->postgres ? ", nor does a request in the ledger have this id" : "");
  return exit_failed;
}

}  // namespace authd::commands
