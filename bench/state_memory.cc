// authd_state_memory: how many bytes the state takes for each card with its account, by the number
// of limits on the card: in the overlay, where everything new lies until the next checkpoint; in
// the snapshot; and among the decoded control sets, where those of the cards used last lie.
//
// Sets up the cards, lets each pay once, and sets a checkpoint after either, on a private directory
// that is removed.

#include <malloc.h>

#include <CLI/CLI.hpp>
#include <array>
#include <cinttypes>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <string>
#include <thread>

#include "store/state/checkpointer.h"
#include "store/state/storage.h"

namespace {

using namespace authd::core;
namespace store = authd::store;

const Currency usd = *Currency::from_alpha("USD");
constexpr Timestamp now{1'793'620'800'000'000};
const ProgramId demo = *ProgramId::from("demo");

[[noreturn]] void fail(const char* what) {
  std::fprintf(stderr, "%s\n", what);
  std::exit(1);
}

CardToken token(std::int64_t card) {
  // As long as a processor's: a UUID.
  char text[64];
  std::snprintf(text, sizeof text, "00000000-0000-4000-8000-%012" PRId64, card);
  return *CardToken::from(text);
}

// What malloc has given out.
std::size_t allocated() {
  const struct mallinfo2 info = mallinfo2();
  return info.uordblks + info.hblkhd;
}

class World {
 public:
  explicit World(const std::filesystem::path& directory) {
    store::Storage::Options options{directory};
    options.map_bytes = std::size_t{16} << 30U;
    auto opened = store::Storage::open(options);
    if (!opened) fail("the state cannot be opened");
    storage_ = std::move(*opened);
    checkpointer_.emplace(storage_->snapshot(), storage_->opened_at(),
                          store::Checkpointer::Options{});
    run(DefineZone{TimeZone{}});
    Program program;
    program.id = demo;
    run(ConfigureProgram{program});
  }

  void open_card(std::int64_t number, std::int64_t controls) {
    Account account;
    account.id = {number};
    account.currency = usd;
    account.posted_minor = 1'000'000;
    run(OpenAccount{account});
    Card card;
    card.program = demo;
    card.token = token(number);
    card.account = account.id;
    card.status = CardStatus::active;
    card.expires_at = {now.unix_us + 1};
    run(IssueCard{card});
    for (std::int64_t i = 1; i <= controls; ++i) run(set_limit(card.token, i));
  }

  void pay(std::int64_t number) {
    Request request;
    request.program = demo;
    request.message =
        *MessageId::from("11111111-0000-4000-8000-" + std::to_string(100'000'000'000 + number));
    request.card = token(number);
    request.amount = {100, usd};
    request.details.merchant.mcc = 5'411;
    run(request);
    if (!std::get<Answer>(applied_.outcome).decision.is_approved()) fail("declined");
  }

  // The bytes of the snapshot, without the pages that LMDB keeps for reuse.
  std::uint64_t checkpoint(const std::filesystem::path& copy) {
    flush();
    checkpointer_->submit(storage_->state().freeze(), {0});
    while (!checkpointer_->poll()) std::this_thread::yield();
    auto table = storage_->state().adopt();
    if (!table) fail("the snapshot cannot be read");
    checkpointer_->dispose(std::move(*table));
    if (!storage_->snapshot().copy_to(copy)) fail("the snapshot cannot be copied");
    return std::filesystem::file_size(copy / "data.mdb");
  }

 private:
  static SetControl set_limit(const CardToken& card, std::int64_t number) {
    constexpr std::array periods{Period::transaction, Period::day, Period::month, Period::rolling};
    Limit limit;
    limit.max = 1'000'000;
    limit.window.period = periods[static_cast<std::size_t>(number) % periods.size()];
    if (limit.window.period == Period::rolling) limit.window.rolling_s = 3'600;
    Control control;
    control.id = {number};
    control.filter.kinds.add(Kind::purchase);
    control.check = limit;
    return {{Owner::CardOwner{demo, card}}, control};
  }

  void run(const Command& command) {
    const Moment moment{now, storage_->journal().next_sequence(), 0, 0, false};
    if (!apply(storage_->state(), command, moment, applied_) || applied_.rows.empty()) {
      fail("a command changed nothing");
    }
    if (storage_->record(command, moment, applied_, payload_)) return;
    flush();
    if (!storage_->record(command, moment, applied_, payload_)) fail("the journal is full");
  }
  void flush() {
    if (!storage_->journal().flush()) fail("the journal cannot be flushed");
  }

  std::unique_ptr<store::Storage> storage_;
  std::optional<store::Checkpointer> checkpointer_;
  Applied applied_;
  std::vector<std::byte> payload_;
};

void print(const char* what, std::uint64_t bytes, std::int64_t cards) {
  std::printf("  %-52s %8.0f\n", what, static_cast<double>(bytes) / static_cast<double>(cards));
}

void measure(const std::filesystem::path& directory, std::int64_t cards, std::int64_t controls) {
  World world(directory / "state");
  std::size_t before = allocated();
  for (std::int64_t i = 1; i <= cards; ++i) world.open_card(i, controls);
  const std::size_t overlay = allocated() - before;
  const std::uint64_t snapshot = world.checkpoint(directory / "first");
  before = allocated();
  for (std::int64_t i = 1; i <= cards; ++i) world.pay(i);
  const std::size_t paid = allocated() - before;
  const std::uint64_t snapshot_paid = world.checkpoint(directory / "second");

  std::printf("%" PRId64 " limits a card, %" PRId64 " cards; bytes a card with its account:\n",
              controls, cards);
  print("overlay, set up", overlay, cards);
  print("snapshot, set up", snapshot, cards);
  print("overlay and decoded control sets, paid once", paid, cards);
  print("snapshot, paid once (authorization, message, usage)", snapshot_paid, cards);
}

}  // namespace

int main(int argc, char** argv) {
  std::int64_t cards = 100'000;
  std::string parent = ".";
  CLI::App app{"authd_state_memory: bytes of the state a card"};
  app.add_option("--cards", cards)->capture_default_str()->check(CLI::Range(1'000, 10'000'000));
  app.add_option("--directory", parent, "where to make a private directory")->capture_default_str();
  CLI11_PARSE(app, argc, argv);

  std::string name = (std::filesystem::path(parent) / "authd-state-memory-XXXXXX").string();
  if (mkdtemp(name.data()) == nullptr) fail("the directory cannot be made");
  for (const std::int64_t controls : {0, 4, 16}) {
    measure(std::filesystem::path(name) / std::to_string(controls), cards, controls);
  }
  std::filesystem::remove_all(name);
}
