#include <boost/json.hpp>
#include <cstdio>
#include <string>

#include "authd/commands/commands.h"
#include "authd/errors/describe.h"
#include "store/format/records.h"
#include "store/journal/reader.h"
#include "store/journal/scan.h"

namespace authd::commands {

namespace {

namespace json = boost::json;

store::JournalDirectory directory_of(const Config& config) {
  return {config.state.directory / "journal", config.state.shard};
}

json::object money_json(const core::Money& money) {
  return {{"minor_units", money.minor_units}, {"currency", money.currency.alpha()}};
}

json::value limit_json(const std::optional<std::int64_t>& limit) {
  return limit ? json::value(*limit) : json::value(nullptr);
}

struct CommandJson {
  const core::Outcome& outcome;

  json::object operator()(const core::Request& r) const {
    const auto& answer = std::get<core::Answer>(outcome);
    return {{"kind", "request"},
            {"program", r.program.view()},
            {"message", r.message.view()},
            {"increments", r.increments.view()},
            {"card", r.card.view()},
            {"request_kind", name(r.kind)},
            {"amount", money_json(r.amount)},
            {"mcc", r.merchant.mcc},
            {"merchant_id", r.merchant.id.view()},
            {"merchant_name", r.merchant.name.view()},
            {"merchant_country", r.merchant.country.view()},
            {"reason", name(answer.decision.reason)},
            {"approved", money_json(answer.decision.approved)},
            {"posted_minor", answer.decision.balance.posted_minor},
            {"available_minor", answer.decision.balance.available_minor},
            {"hold", answer.hold.value}};
  }
  json::object operator()(const core::OpenAccount& open) const {
    return {{"kind", "account_opened"},
            {"account", open.account.id.value},
            {"currency", open.account.currency.alpha()},
            {"balance_minor", open.account.posted_minor},
            {"daily_limit_minor", limit_json(open.account.daily_limit_minor)}};
  }
  json::object operator()(const core::IssueCard& issue) const {
    return {{"kind", "card_issued"},
            {"program", issue.card.program.view()},
            {"card", issue.card.token.view()},
            {"account", issue.card.account.value},
            {"transaction_limit_minor", limit_json(issue.card.transaction_limit_minor)},
            {"daily_limit_minor", limit_json(issue.card.daily_limit_minor)}};
  }
};

int fail(const std::string& text) {
  std::fprintf(stderr, "%s\n", text.c_str());
  return exit_failed;
}

}  // namespace

int journal_verify(const std::filesystem::path& config_file) {
  const auto config = configured(config_file);
  if (!config) return exit_cannot_start;
  const auto verified = store::verify(directory_of(*config));
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
  const store::JournalDirectory directory = directory_of(*config);
  if (from_sequence == 0) {
    const auto verified = store::scan(directory, std::nullopt, {});
    if (!verified) return fail(describe(verified.error()));
    if (verified->records == 0) return exit_ok;
    from_sequence = verified->first_sequence.value;
  }
  auto reader = store::Reader::open(directory, {from_sequence});
  if (!reader) return fail(describe(reader.error()));
  for (;;) {
    const auto next = reader->next();
    if (!next) return fail(describe(next.error()));
    if (!*next) return exit_ok;
    const store::RecordView& view = **next;
    const auto record = store::decode_record(view.kind, view.version, view.at, view.payload);
    if (!record)
      return fail("record " + std::to_string(view.sequence.value) + ": " +
                  std::string(name(record.error())));
    json::object line{{"sequence", view.sequence.value}, {"at_unix_us", view.at.unix_us}};
    for (const auto& member : std::visit(CommandJson{record->outcome}, record->command))
      line.insert(member);
    std::printf("%s\n", json::serialize(line).c_str());
  }
}

}  // namespace authd::commands
