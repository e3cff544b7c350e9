// The property everything rests on: whatever moment the power goes or the process is killed, every
// flushed batch is there exactly once, and of the one under way all or nothing.
//
// AUTHD_SEED repeats one run, AUTHD_LIVES makes it longer.

#include <cstdlib>
#include <random>

#include "tests/journal/world.h"

namespace authd::store {
namespace {

std::uint64_t number_from(const char* variable, std::uint64_t otherwise) {
  const char* const text = std::getenv(variable);
  return text == nullptr ? otherwise : std::strtoull(text, nullptr, 10);
}

// One journal, killed again and again.
class Life {
 public:
  explicit Life(std::uint64_t seed) : random_(seed), world_(seed + 1) {}

  // Opens, checks, writes on, and dies.
  void round() {
    if (chance(70)) world_.disk.stop_after(random_() % 40);
    auto journal = open();
    if (journal) write_until_stopped(*journal);
    journal.reset();
    if (chance(60)) {
      world_.disk.power_cut();
    } else {
      world_.disk.restart();
    }
  }

  std::uint64_t batches() const { return batches_; }
  std::uint64_t torn() const { return torn_; }
  std::uint64_t in_doubt() const { return in_doubt_; }

 private:
  bool chance(unsigned percent) { return random_() % 100 < percent; }

  // Null when the disk stopped meanwhile. Otherwise what is there is what was flushed, and is from
  // now on.
  std::unique_ptr<Journal> open() {
    auto opened = world_.open(needed_);
    if (!opened) {
      EXPECT_TRUE(world_.disk.is_stopped())
          << name(opened.error().fault) << " segment " << opened.error().segment << " offset "
          << opened.error().offset;
      return nullptr;
    }
    std::vector<Entry> expected(flushed_.begin() + static_cast<std::ptrdiff_t>(needed_ - 1),
                                flushed_.end());
    if (world_.replayed.size() != expected.size()) {
      ++in_doubt_;
      expected.insert(expected.end(), under_way_.begin(), under_way_.end());
      flushed_.insert(flushed_.end(), under_way_.begin(), under_way_.end());
    }
    under_way_.clear();
    EXPECT_EQ(world_.replayed, expected);
    EXPECT_EQ((*opened)->next_sequence().value, flushed_.size() + 1);
    if ((*opened)->recovered().torn_bytes > 0) ++torn_;
    EXPECT_TRUE(verify(world_.directory()) || world_.disk.is_stopped());
    return std::move(*opened);
  }

  void write_until_stopped(Journal& journal) {
    settle(world_, journal);
    for (std::uint64_t left = random_() % 20; left > 0; --left) {
      // The preparer's work is done in between, so that a seed always means the same order of
      // calls.
      settle(world_, journal);
      append_batch(journal);
      if (!journal.flush()) {
        EXPECT_TRUE(world_.disk.is_stopped());
        return;
      }
      flushed_.insert(flushed_.end(), under_way_.begin(), under_way_.end());
      under_way_.clear();
      ++batches_;
      // The preparer's work is done before anything else, so that a seed always means the same
      // order of calls.
      settle(world_, journal);
      if (chance(5)) prune(journal);
    }
  }

  void append_batch(Journal& journal) {
    const std::uint64_t records = 1 + random_() % 12;
    for (std::uint64_t i = 0; i < records; ++i) {
      const std::size_t bytes =
          static_cast<std::size_t>(chance(5) ? random_() % 60'000 : random_() % 1'500);
      if (!journal.fits(bytes)) return;
      Entry entry{.sequence = journal.next_sequence().value,
                  .kind = static_cast<std::uint16_t>(1 + random_() % 100),
                  .version = 1,
                  .at = static_cast<std::int64_t>(random_() % 1'000'000),
                  .payload = chance(10) ? ByteVector(bytes) : payload(random_(), bytes)};
      ASSERT_TRUE(journal.append(entry.kind, entry.version, {entry.at}, entry.payload));
      under_way_.push_back(std::move(entry));
    }
  }

  void prune(Journal& journal) {
    needed_ += random_() % (flushed_.size() - needed_ + 2);
    const auto pruned = journal.prune({needed_}, {std::int64_t{1} << 60});
    EXPECT_TRUE(pruned || world_.disk.is_stopped());
  }

  std::mt19937_64 random_;
  World world_;
  std::vector<Entry> flushed_;    // all since the beginning
  std::vector<Entry> under_way_;  // the batch whose outcome is not known
  std::uint64_t needed_ = 1;      // older ones may be pruned
  std::uint64_t batches_ = 0;
  std::uint64_t torn_ = 0;
  std::uint64_t in_doubt_ = 0;
};

TEST(PowerCut, LosesNothingThatWasFlushedAndKeepsNoPartOfABatch) {
  const std::uint64_t first_seed = number_from("AUTHD_SEED", 20'240'601);
  const std::uint64_t lives = number_from("AUTHD_LIVES", 40);
  std::uint64_t batches = 0;
  std::uint64_t torn = 0;
  std::uint64_t in_doubt = 0;
  for (std::uint64_t seed = first_seed; seed < first_seed + lives; ++seed) {
    SCOPED_TRACE("AUTHD_LIVES=1 AUTHD_SEED=" + std::to_string(seed));
    Life life(seed);
    for (int round = 0; round < 25 && !HasFailure(); ++round) life.round();
    ASSERT_FALSE(HasFailure()) << "repeat with AUTHD_LIVES=1 AUTHD_SEED=" << seed;
    batches += life.batches();
    torn += life.torn();
    in_doubt += life.in_doubt();
  }
  std::printf(
      "seeds %llu.., %llu lives of 25 rounds: %llu batches, %llu torn tails, %llu in doubt\n",
      static_cast<unsigned long long>(first_seed), static_cast<unsigned long long>(lives),
      static_cast<unsigned long long>(batches), static_cast<unsigned long long>(torn),
      static_cast<unsigned long long>(in_doubt));
  // Otherwise the rounds did not reach what they are for.
  EXPECT_GT(batches, lives * 40);
  EXPECT_GT(torn, lives / 2);
  EXPECT_GT(in_doubt, lives / 2);
}

}  // namespace
}  // namespace authd::store
