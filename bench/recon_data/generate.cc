#include "bench/recon_data/generate.h"

#include <optional>
#include <utility>

#include "bench/recon_data/clearing_file.h"
#include "bench/recon_data/ledger_writer.h"

namespace authd::bench {

namespace {

using store::PgError;

class Generator {
 public:
  Generator(store::Connection& connection, store::Connection& second, const World& world,
            std::uint64_t per_mille, std::FILE* file)
      : world_(world),
        faults_(world, per_mille),
        ledger_(connection, second, world),
        file_(file, world, generated_.planted) {
    generated_.planted.reserve(faults_.count());
  }

  core::Result<Generated, PgError> run() {
    AUTHD_TRY_VOID(ledger_.begin());
    for (std::uint64_t step = 0; step < world_.steps(); ++step) AUTHD_TRY_VOID(take(step));
    file_.finish();
    AUTHD_TRY_VOID(ledger_.finish());
    generated_.lines = file_.lines();
    return std::move(generated_);
  }

 private:
  core::Result<void, PgError> take(std::uint64_t step) {
    for (std::uint64_t slot = 0; slot < slot_count; ++slot) {
      const std::uint64_t index = world_.index_at(step, static_cast<Slot>(slot));
      if (index >= world_.rows) continue;  // before the first, or after the last
      AUTHD_TRY_VOID(take(story_of(world_, faults_, index), static_cast<Slot>(slot)));
    }
    return {};
  }

  core::Result<void, PgError> take(const Story& story, Slot slot) {
    if (slot == (story.was_asked ? Slot::first : Slot::cleared)) {
      AUTHD_TRY_VOID(ledger_.add_first(story));
      if (story.fault && story.fault->kind == FaultKind::authorized_never_cleared) {
        generated_.planted.push_back({*story.fault, 0, {story.row.id.value}, story.row.id});
      }
    }
    for (const Told& told : story.told) {
      if (told.slot != slot) continue;
      AUTHD_TRY_VOID(ledger_.add_told(story, told));
      state(story, told);
    }
    return {};
  }

  void state(const Story& story, const Told& told) {
    std::optional<std::size_t> fault;
    if (story.fault && &told == story.told.data() &&
        story.fault->kind != FaultKind::authorized_never_cleared) {
      fault = generated_.planted.size();
      generated_.planted.push_back(planted(story, told));
    }
    const bool is_added = story.fault && story.fault->kind == FaultKind::missing_internally;
    for (const Line& line : told.lines) {
      const bool is_own = is_added && &line == told.lines.data();
      file_.add(story, line, is_own ? std::nullopt : fault);
    }
  }

  Planted planted(const Story& story, const Told& told) const {
    Planted planted{*story.fault, 0, world_.sequence(story.index, told.slot), story.row.id};
    if (story.fault->kind != FaultKind::missing_internally) return planted;
    planted.item = {};
    if (story.fault->is_lesser) planted.authorization = {};  // it names one that nobody knows
    return planted;
  }

  const World& world_;
  const Faults faults_;
  Generated generated_;
  LedgerWriter ledger_;
  ClearingFile file_;
};

void print_cell(std::uint64_t value, std::FILE* file) {
  if (value != 0) std::fprintf(file, "%llu", static_cast<unsigned long long>(value));
  std::fputc(',', file);
}

}  // namespace

core::Result<Generated, PgError> generate(store::Connection& connection, store::Connection& second,
                                          const World& world, std::uint64_t faults_per_mille,
                                          std::FILE* file) {
  return Generator(connection, second, world, faults_per_mille, file).run();
}

void write_planted(const PlantedList& planted, std::int32_t shard, std::FILE* file) {
  std::fputs("kind,line_number,shard,item_seq,authorization,resolution\n", file);
  for (const Planted& one : planted) {
    std::fprintf(file, "%.*s,", static_cast<int>(name(one.fault.kind).size()),
                 name(one.fault.kind).data());
    print_cell(one.line_number, file);
    std::fprintf(file, "%d,", shard);
    print_cell(one.item.value, file);
    print_cell(one.authorization.value, file);
    std::fprintf(file, "%.*s\n", static_cast<int>(one.fault.resolution().size()),
                 one.fault.resolution().data());
  }
}

}  // namespace authd::bench
