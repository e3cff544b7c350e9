#include "tests/postgres/world.h"

#include <algorithm>
#include <array>
#include <cstdlib>
#include <iostream>

namespace authd::test {

namespace {

[[noreturn]] void broke(std::string_view what) {
  std::cerr << "the world broke: " << what << "\n";
  std::exit(1);
}

void make_dirty(core::Details& details, std::mt19937_64& random) {
  static const std::array<std::string, 5> names{"", "CORNER SHOP", "Caf\xE9",
                                                std::string("a\0b", 3), "寿司"};
  details.merchant.name = *core::InlineText<64>::from(names.at(random() % names.size()));
}

// What the mirror would say has to stand in PostgreSQL first, which the random issuer does not see
// to: see tests/mirror.
bool comes_from_postgres(const core::Command& command) {
  return std::holds_alternative<core::MirrorAccount>(command) ||
         std::holds_alternative<core::MirrorCard>(command) ||
         std::holds_alternative<core::MirrorControl>(command) ||
         std::holds_alternative<core::MirrorRemoval>(command) ||
         std::holds_alternative<core::MirrorMark>(command);
}

void make_dirty(core::Command& command, std::mt19937_64& random) {
  if (auto* const request = std::get_if<core::Request>(&command)) {
    make_dirty(request->details, random);
  } else if (auto* const event = std::get_if<core::Event>(&command)) {
    make_dirty(event->details, random);
  }
}

}  // namespace

core::Money usd(std::int64_t minor_units) {
  return {minor_units, *core::Currency::from_alpha("USD")};
}

core::Account account(std::int64_t id, std::int64_t posted_minor) {
  core::Account row;
  row.id = {id};
  row.currency = usd(0).currency;
  row.posted_minor = posted_minor;
  return row;
}

core::Card card(std::string_view token, std::int64_t account_id) {
  core::Card row;
  row.program = demo;
  row.token = *core::CardToken::from(token);
  row.account = {account_id};
  row.status = core::CardStatus::active;
  row.expires_at = {4'000'000'000 * second_us};
  return row;
}

core::Owner owner_of(const core::Card& card) {
  return {core::Owner::CardOwner{card.program, card.token}};
}

core::Request purchase(std::string_view message, std::string_view token, std::int64_t minor) {
  core::Request request;
  request.program = demo;
  request.message = *core::MessageId::from(message);
  request.card = *core::CardToken::from(token);
  request.amount = usd(minor);
  return request;
}

core::Event event(core::EventKind kind, std::string_view notice, std::string_view of,
                  std::string_view token, std::int64_t minor) {
  core::Event event;
  event.program = demo;
  event.notice = *core::MessageId::from(notice);
  if (!of.empty()) event.authorization = *core::MessageId::from(of);
  event.card = *core::CardToken::from(token);
  event.kind = kind;
  event.amount = usd(minor);
  return event;
}

core::Control limit(std::int64_t id, std::int64_t max, core::Period period, core::Level counts) {
  core::Limit limit;
  limit.max = max;
  limit.window.period = period;
  if (period != core::Period::lifetime) limit.window.zone = core::TimeZone{}.name;
  limit.counts = counts;
  core::Control control;
  control.id = {id};
  control.check = limit;
  return control;
}

World::World(core::Sequence first, std::uint64_t seed) : random_program_(seed), random_(seed) {
  std::string path = (std::filesystem::temp_directory_path() / "authd-world-XXXXXX").string();
  if (mkdtemp(path.data()) == nullptr) broke("no directory");
  directory_ = path;
  store::JournalOptions options;
  options.directory = {.path = path, .shard = 1};
  options.segment_bytes = std::uint64_t{256} << 10U;  // several of them
  options.if_missing = store::IfMissing::create;
  options.prepare_pause = std::chrono::milliseconds(0);
  auto journal = store::Journal::open(options, first, [](const auto&) { return true; });
  if (!journal) broke("no journal");
  journal_ = std::move(*journal);
}

void World::copy_journal(const std::filesystem::path& to) const {
  std::filesystem::create_directories(to);
  for (const auto& file : std::filesystem::directory_iterator(directory_)) {
    if (file.path().extension() == ".preparing") continue;
    std::filesystem::copy_file(file.path(), to / file.path().filename());
  }
}

World::~World() {
  journal_.reset();
  std::filesystem::remove_all(directory_);
}

void World::begin() {
  apply(core::DefineZone{});
  core::Program program;
  program.id = demo;
  apply(core::ConfigureProgram{program});
}

void World::begin_with_card() {
  begin();
  apply(core::OpenAccount{account(1, 100'000)});
  apply(core::IssueCard{card("card_1", 1)});
}

core::Outcome World::apply(const core::Command& command) {
  core::Moment moment;
  moment.at = now_;
  return apply(command, moment);
}

core::Outcome World::apply(const core::Command& command, core::Moment moment) {
  moment.sequence = journal_->next_sequence();
  now_ = moment.at;
  core::Applied applied;
  if (!core::apply(state_, command, moment, applied)) broke("a row cannot be read");
  if (applied.rows.empty()) return applied.outcome;

  for (const core::Row& row : applied.rows) state_.put(row);
  std::vector<std::byte> payload;
  store::encode_record(command, moment, applied, payload);
  if (!journal_->fits(payload.size())) flush();
  const auto kind = static_cast<std::uint16_t>(store::kind_of(command));
  if (!journal_->append(kind, store::record_version, now_, payload)) broke("no record");
  remember(command, applied.outcome);
  return applied.outcome;
}

void World::remember(const core::Command& command, const core::Outcome& outcome) {
  if (const auto* const booking = std::get_if<core::Booking>(&outcome)) {
    const auto* const event = std::get_if<core::Event>(&command);
    const bool step = std::holds_alternative<core::ExpireNext>(command) && booking->held_minor == 0;
    if (!step) booked_.push_back({event ? std::optional(*event) : std::nullopt, *booking});
  }
  const auto* const request = std::get_if<core::Request>(&command);
  if (request == nullptr) return;
  const auto& answer = std::get<core::Answer>(outcome);
  decided_.push_back({*request, answer});
  if (!answer.decision.is_approved() || !core::is_debit(request->kind)) return;
  approvals_.push_back({last(), request->program, request->message, answer.decision.approved});
}

void World::flush() {
  if (!journal_->flush()) broke("no flush");
}

std::int64_t World::approved_after(core::Sequence mark, const core::ProgramId& program) const {
  std::int64_t sum = 0;
  for (const Approval& approval : approvals_) {
    if (approval.sequence <= mark || approval.program != program) continue;
    if (approval.approved.currency == usd(0).currency) sum += approval.approved.minor_units;
  }
  return sum;
}

// An account, its card and its controls, and at once a use of them.
void World::welcome_newcomer() {
  const std::int64_t id = 100 + ++newcomers_;
  const std::string name = "newcomer_" + std::to_string(id);
  apply(core::OpenAccount{account(id, static_cast<std::int64_t>(random_() % 3) * 10'000)});
  core::Card issued = card(name, id);
  issued.program = *core::ProgramId::from("north");
  apply(core::IssueCard{issued});
  apply(core::SetControl{{core::AccountId{id}},
                         limit(id, 5'000, core::Period::month, core::Level::account)});
  apply(
      core::SetControl{owner_of(issued), limit(id, 4'000, core::Period::week, core::Level::card)});
  core::Request request = purchase("of_" + name, name, 1'000);
  request.program = issued.program;
  apply(request);
  apply(core::ChangeAccount{{id}, core::AccountStatus::active, 500, 100});
  apply(core::ChangeCard{issued.program, issued.token, core::CardStatus::frozen, now_, {}});
  if (random_() % 2 == 0) apply(core::RemoveControl{owner_of(issued), {id}});
}

// So that there is always something to spend: the random issuer freezes cards and runs out of
// money.
void World::revive() {
  for (const core::Card& card : random_cards_) {
    apply(core::ChangeCard{card.program,
                           card.token,
                           core::CardStatus::active,
                           {0},
                           {now_.unix_us + 30 * 24 * hour_us}});
    const auto account = *state_.account(card.account);
    const std::int64_t debt = std::clamp<std::int64_t>(-account->posted_minor, 0, 1'000'000'000);
    apply(core::ChangeAccount{card.account, core::AccountStatus::active, debt + 20'000, 0});
  }
}

void World::abandon_one() {
  if (approvals_.empty()) return;
  const Approval& late = approvals_[approvals_.size() - 1 - random_() % approvals_.size() / 4];
  apply(core::Abandon{late.program, late.message});
}

void World::live(std::size_t commands) {
  for (std::size_t i = 0; i < commands; ++i) {
    core::test::RandomProgram::Step step = random_program_.next();
    if (!has_begun_) {
      for (const core::Command& command : random_program_.beginning()) {
        apply(command, {.at = step.moment.at, .sequence = {}});
        const auto* const issue = std::get_if<core::IssueCard>(&command);
        if (issue != nullptr) random_cards_.push_back(issue->card);
      }
      has_begun_ = true;
    }
    if (comes_from_postgres(step.command)) continue;
    make_dirty(step.command, random_);
    apply(step.command, step.moment);
    if (random_() % 100 == 0) welcome_newcomer();
    if (random_() % 60 == 0) revive();
    if (random_() % 25 == 0) abandon_one();
    if (random_() % 50 == 0) flush();
  }
  flush();
}

}  // namespace authd::test
