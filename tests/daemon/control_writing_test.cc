// Spend controls as they are written: in the words in which they are read, and so that they are
// read back as the same.

#include <gtest/gtest.h>

#include <array>
#include <boost/json/serialize.hpp>
#include <random>

#include "tests/daemon/control_text.h"

namespace authd {
namespace {

using core::Level;
using core::Limit;
using core::Period;
using test::parse_control_text;
using test::quoted;

// Random valid controls.
class Controls {
 public:
  explicit Controls(unsigned seed) : random_(seed) {}

  core::SetControl next() {
    core::SetControl set;
    switch (pick(3)) {
      case 0: set.owner.of = *core::ProgramId::from("demo"); break;
      case 1: set.owner.of = core::AccountId{1 + pick(1'000'000)}; break;
      default:
        set.owner.of =
            core::Owner::CardOwner{*core::ProgramId::from("p"), *core::CardToken::from("t\"\\/")};
    }
    set.control.id = {1 + pick(1'000'000'000)};
    set.control.mode = pick(2) == 0 ? core::Mode::enforce : core::Mode::shadow;
    if (pick(2) == 0) set.control.filter = filter();
    set.control.check = check(set.owner.level());
    return set;
  }

 private:
  std::int64_t pick(std::int64_t below) {
    return std::uniform_int_distribution<std::int64_t>(0, below - 1)(random_);
  }
  template <class Enum>
  core::EnumSet<Enum> subset(Enum last) {
    const auto all = (2U << static_cast<unsigned>(last)) - 2U;  // bits 1 to last
    return core::EnumSet<Enum>::from_bits(static_cast<std::uint16_t>(random_() & all));
  }
  template <class T, class Make>
  core::List<T> list(Make make) {
    core::List<T> list;
    const std::int64_t size = pick(4) == 0 ? 128 : pick(4);
    for (std::int64_t i = 0; i < size; ++i) list.values.push_back(make());
    list.except = size > 0 && pick(2) == 0;
    return list;
  }
  core::Filter filter() {
    core::Filter filter;
    filter.mccs = list<core::MccRange>([this] {
      const auto from = static_cast<std::uint16_t>(1 + pick(9'999));
      return core::MccRange{from, static_cast<std::uint16_t>(from + pick(10'000 - from))};
    });
    filter.merchants = list<core::InlineText<32>>([this] {
      std::string id(static_cast<std::size_t>(1 + pick(32)), ' ');
      for (char& c : id) c = static_cast<char>(' ' + pick(95));
      return *core::InlineText<32>::from(id);
    });
    filter.countries = list<core::InlineText<3>>([this] {
      std::string code(3, 'A');
      for (char& c : code) c = static_cast<char>('A' + pick(26));
      return *core::InlineText<3>::from(code);
    });
    filter.currencies = list<core::Currency>([this] {
      return *core::Currency::from_alpha(
          std::array{"USD", "EUR", "JPY", "BHD"}[static_cast<std::size_t>(pick(4))]);
    });
    filter.entry_modes = subset(core::entry_mode_last);
    filter.card_presences = subset(core::card_presence_last);
    filter.channels = subset(core::channel_last);
    filter.wallets = subset(core::wallet_last);
    filter.recurrences = subset(core::recurrence_last);
    filter.kinds = subset(core::kind_last);
    return filter;
  }
  core::Limit limit(Level owner) {
    core::Limit limit;
    limit.measure = static_cast<Limit::Measure>(1 + pick(2));
    limit.max = pick(2) == 0 ? core::minor_units_max : pick(1'000);
    limit.window.period = static_cast<Period>(1 + pick(static_cast<int>(core::period_last)));
    const bool calendar = Period::day <= limit.window.period && limit.window.period <= Period::year;
    if (calendar && (owner == Level::account || pick(2) == 0))
      limit.window.zone = *core::ZoneName::from("Africa/Johannesburg");
    if (limit.window.period == Period::rolling) {
      limit.window.rolling_s = static_cast<std::int32_t>(10 + pick(31 * 86'400 - 9));
    }
    const auto widest = static_cast<std::int64_t>(owner);
    limit.counts = static_cast<Level>(widest + pick(4 - widest));
    return limit;
  }
  core::Check check(Level owner) {
    switch (pick(7)) {
      case 0: return limit(owner);
      case 1: return core::Deny{};
      case 2: {
        core::Allow allow{filter()};
        allow.only.kinds.add(core::Kind::purchase);  // an empty filter is no definition
        return allow;
      }
      case 3:
        return core::Hours{static_cast<std::uint8_t>(1 + pick(127)),
                           static_cast<std::uint16_t>(pick(1'440)),
                           static_cast<std::uint16_t>(1 + pick(1'440))};
      case 4: {
        core::Require require{subset(core::verification_last), subset(core::verification_last),
                              subset(core::verification_last)};
        require.address.add(core::Verification::match);
        return require;
      }
      case 5: return core::SingleUse{};
      default: return core::MerchantLock{};
    }
  }

  std::mt19937 random_;
};

TEST(ControlDefinition, IsWrittenInTheWordsInWhichItIsRead) {
  const std::string text = quoted(
      "{'id':7,'program':'demo','card':'c1','mode':'shadow',"
      "'filter':{'mccs':{'except':['0742','3000-3299']},'kinds':['cash']},"
      "'limit':{'measure':'count','max':3,'per':'rolling','rolling':600,'counts':'card'}}");
  const auto set = parse_control_text(text);
  ASSERT_TRUE(set) << set.error();
  EXPECT_TRUE(core::valid(set->control));
  EXPECT_EQ(boost::json::serialize(control_json(set->owner, set->control)), text);
  EXPECT_EQ(boost::json::serialize(owner_json(set->owner)),
            quoted("{'program':'demo','card':'c1'}"));
}

TEST(ControlDefinition, IsReadBackAsItWasWritten) {
  constexpr unsigned seed = 20'261'121;
  Controls controls(seed);
  for (int i = 0; i < 3'000; ++i) {
    const core::SetControl set = controls.next();
    ASSERT_TRUE(core::valid(set.control)) << "seed " << seed << " control " << i;
    const std::string text = boost::json::serialize(control_json(set.owner, set.control));
    const auto again = parse_control_text(text);
    ASSERT_TRUE(again) << "seed " << seed << " control " << i << ": " << again.error() << '\n'
                       << text;
    ASSERT_EQ(*again, set) << "seed " << seed << " control " << i << '\n' << text;
  }
}

}  // namespace
}  // namespace authd
