#include <boost/json/serialize.hpp>
#include <cstdio>
#include <string>

#include "authd/commands/commands.h"
#include "authd/errors/describe.h"
#include "authd/explain/record_json.h"
#include "store/journal/scan.h"
#include "store/replay/journal_files.h"

namespace authd::commands {

namespace {

int fail(const std::string& text) {
  std::fprintf(stderr, "%s\n", text.c_str());
  return exit_failed;
}

}  // namespace

store::JournalDirectory journal_directory(const Config& config) {
  return {config.state.directory / "journal", config.state.shard};
}

int journal_verify(const std::filesystem::path& config_file) {
  const auto config = configured(config_file);
  if (!config) return exit_cannot_start;
  const auto verified = store::verify(journal_directory(*config));
  if (!verified) return fail(describe(verified.error()));
  const auto number = [](std::uint64_t value) { return static_cast<unsigned long long>(value); };
  std::printf("ok: %llu segments, %llu batches, %llu records, %llu bytes\n",
              number(verified->segments), number(verified->batches), number(verified->records),
              number(verified->bytes));
  if (verified->records > 0) {
    std::printf("records %llu to %llu\n", number(verified->first_sequence.value),
                number(verified->next_sequence.value - 1));
  }
  if (verified->torn_bytes > 0) {
    std::printf("a torn tail of %llu bytes, which was never answered; the next start removes it\n",
                number(verified->torn_bytes));
  }
  return exit_ok;
}

int journal_dump(const std::filesystem::path& config_file, std::uint64_t from_sequence) {
  const auto config = configured(config_file);
  if (!config) return exit_cannot_start;
  std::optional<core::Sequence> from;
  if (from_sequence > 0) from = core::Sequence{from_sequence};
  auto kept = store::open_kept(journal_directory(*config), from);
  if (!kept) return fail(describe(kept.error()));
  for (;;) {
    const auto next = kept->reader.next();
    if (!next) return fail(describe(next.error()));
    if (!*next) return exit_ok;
    const store::RecordView& view = **next;
    const auto record = store::decode(view);
    if (!record)
      return fail("record " + std::to_string(view.sequence.value) + ": " +
                  std::string(name(record.error())));
    std::printf("%s\n", boost::json::serialize(explain::record_json(*record)).c_str());
  }
}

}  // namespace authd::commands
