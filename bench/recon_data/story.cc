#include "bench/recon_data/story.h"

#include <array>

#include "core/assert.h"
#include "core/lifecycle.h"

namespace authd::bench {

namespace {

// What chance is asked for.
enum Purpose : std::uint64_t {
  course = 10,
  holder = 11,
  amount = 12,
  key = 13,
  notice = 14,
  other_reference = 15,
  skew = 16,
  size = 17,
};

struct Share {
  Course course;
  std::uint64_t per_mille;
};
constexpr std::array shares{
    Share{Course::in_part, 30},  Share{Course::less, 50},     Share{Course::split, 40},
    Share{Course::refunded, 30}, Share{Course::reversed, 20}, Share{Course::declined, 5},
    Share{Course::two_lines, 5}, Share{Course::one_line, 5},  Share{Course::renamed, 5},
    Share{Course::net, 10},      Share{Course::awaited, 50}};
constexpr std::uint64_t awaited_from_day = World::days - 2;

Course course_of(const World& world, std::uint64_t index) noexcept {
  std::uint64_t drawn = world.chance(Purpose::course, index) % 1'000;
  for (const Share& share : shares) {
    if (drawn >= share.per_mille) {
      drawn -= share.per_mille;
      continue;
    }
    const bool is_late = index >= world.first_index_of_day(awaited_from_day);
    return share.course == Course::awaited && !is_late ? Course::ordinary : share.course;
  }
  return Course::ordinary;
}

Course course_of(Fault fault) noexcept {
  switch (fault.kind) {
    case FaultKind::cleared_without_authorization: return Course::unasked;
    case FaultKind::authorized_never_cleared:
      return fault.is_lesser ? Course::expired : Course::awaited;
    case FaultKind::over_captured: return Course::over_captured;
    case FaultKind::missing_internally:
    case FaultKind::missing_externally:
    case FaultKind::amount:
    case FaultKind::currency:
    case FaultKind::status:
    case FaultKind::date:
    case FaultKind::duplicate:
    case FaultKind::fee_variance: break;
  }
  return Course::ordinary;
}

// Tells a story event by event, with the arithmetic of the core.
class Teller {
 public:
  Teller(const World& world, Story& story) : world_(world), story_(story) {}

  void begin() {
    const Slot slot = story_.was_asked ? Slot::first : Slot::cleared;
    core::Authorization& row = story_.row;
    row.id = {world_.sequence(story_.index, slot).value};
    row.program = world_.program;
    row.key = world_.token(Purpose::key, story_.index);
    row.card = story_.holder.card;
    row.account = story_.holder.account;
    row.currency = story_.holder.currency;
    row.opened_at = world_.at(story_.index, slot);
    row.expires_at = {row.opened_at.unix_us + 7 * core::us_per_day};
    story_.changed_at = row.opened_at;
  }

  Told& tell(Slot slot, core::EventKind kind, std::int64_t minor, bool final) {
    core::Authorization& row = story_.row;
    const core::Standing before = standing();
    Told& told = story_.told.emplace_back();
    told.slot = slot;
    told.kind = kind;
    told.notice = world_.token(Purpose::notice, world_.sequence(story_.index, slot).value);
    told.amount_minor = minor;
    told.final = final;
    told.booking.authorization = row.id;
    told.booking.account = row.account;
    told.booking.currency = row.currency;
    told.booking.posted_minor = add(kind, minor);
    told.booking.unasked = kind == core::EventKind::cleared && row.approved_minor == 0;
    told.booking.over_captured = row.approved_minor > 0 && row.cleared_minor > row.approved_minor;
    if (final) row.closure = closure(kind);
    told.booking.held_minor = standing().held_minor - before.held_minor;
    story_.changed_at = world_.at(story_.index, slot);
    return told;
  }

  // As the file states it, where nothing else is wanted.
  Line& state(Told& told) {
    Line& line = told.lines.emplace_back();
    const std::uint64_t record = world_.sequence(story_.index, told.slot).value;
    line.is_refund = told.kind == core::EventKind::refunded;
    line.reference = told.notice;
    line.preceding = story_.row.key;
    line.amount = {line.is_refund ? -told.amount_minor : told.amount_minor, story_.row.currency};
    line.at = world_.at(story_.index, told.slot);
    const std::uint64_t drawn = world_.chance(Purpose::skew, record);
    if (drawn % 5 == 0) line.at.unix_us += skew_us(drawn);
    if (!line.is_refund) line.fee_minor = fee_of(told.amount_minor);
    return line;
  }

  core::MessageId other_reference(std::uint64_t which) const {
    return world_.token(Purpose::other_reference, 2 * story_.index + which);
  }

 private:
  // Up to 50 minutes before or after.
  static std::int64_t skew_us(std::uint64_t drawn) noexcept {
    return (static_cast<std::int64_t>(drawn / 5 % 6'001) - 3'000) * core::us_per_s;
  }
  core::Standing standing() const noexcept {
    const auto standing = core::standing(story_.row);
    AUTHD_ASSERT(standing);
    return *standing;
  }
  // What it posts.
  std::int64_t add(core::EventKind kind, std::int64_t minor) noexcept {
    core::Authorization& row = story_.row;
    if (kind == core::EventKind::reversed) row.released_minor += minor;
    if (kind == core::EventKind::cleared) {
      row.cleared_minor += minor;
      return -minor;
    }
    if (kind != core::EventKind::refunded) return 0;
    row.credited_minor += minor;
    return minor;
  }
  core::Closure closure(core::EventKind kind) const noexcept {
    if (kind == core::EventKind::reversed) return core::Closure::reversed;
    if (kind == core::EventKind::declined) return core::Closure::declined;
    return kind == core::EventKind::expired ? core::Closure::expired : core::Closure::completed;
  }

  const World& world_;
  Story& story_;
};

using enum core::EventKind;

void tell_split(Teller& teller, std::int64_t minor, bool in_three) {
  const std::int64_t part = minor / 3;
  teller.state(teller.tell(Slot::cleared, cleared, part, false));
  teller.state(teller.tell(Slot::again, cleared, in_three ? part : minor - part, !in_three));
  if (in_three) teller.state(teller.tell(Slot::late, cleared, minor - 2 * part, true));
}

void tell_two_lines(Teller& teller, std::int64_t minor) {
  Told& told = teller.tell(Slot::cleared, cleared, minor, true);
  const std::int64_t part = minor / 3;
  for (const std::int64_t stated : {part, minor - part}) {
    Line& line = teller.state(told);
    line.reference = teller.other_reference(told.lines.size() - 1);
    line.amount.minor_units = stated;
    line.fee_minor = fee_of(stated);
  }
}

void tell_one_line(Teller& teller, std::int64_t minor) {
  const std::int64_t part = minor / 3;
  teller.tell(Slot::cleared, cleared, part, false);
  Line& line = teller.state(teller.tell(Slot::again, cleared, minor - part, true));
  line.reference = teller.other_reference(0);
  line.amount.minor_units = minor;
  line.fee_minor = fee_of(minor);
}

void tell(Teller& teller, Course course, std::int64_t minor, std::uint64_t drawn) {
  switch (course) {
    case Course::reversed: teller.tell(Slot::cleared, reversed, minor, true); return;
    case Course::declined: teller.tell(Slot::cleared, declined, minor, true); return;
    case Course::expired: teller.tell(Slot::expired, expired, 0, true); return;
    case Course::awaited: return;
    case Course::split: tell_split(teller, minor, drawn % 2 == 0); return;
    case Course::two_lines: tell_two_lines(teller, minor); return;
    case Course::one_line: tell_one_line(teller, minor); return;
    case Course::ordinary:
    case Course::in_part:
    case Course::less:
    case Course::refunded:
    case Course::renamed:
    case Course::net:
    case Course::unasked:
    case Course::over_captured: break;
  }
  std::int64_t presented = minor;
  if (course == Course::less) presented -= minor / 8;
  if (course == Course::over_captured) presented += minor / 5;
  Line& line = teller.state(teller.tell(Slot::cleared, cleared, presented, true));
  if (course == Course::net) line.amount.minor_units -= fee_of(presented);
  if (course == Course::renamed) {
    line.reference = teller.other_reference(0);
    line.preceding = {};
  }
  if (course != Course::refunded) return;
  teller.state(teller.tell(Slot::late, refunded, drawn % 2 == 0 ? minor : minor / 4, false));
}

// A line that states what we do not have: of an authorization that we have cleared already, or do
// not know at all.
void state_unknown(const Teller& teller, Fault fault, std::uint64_t drawn, Told& told) {
  Line line = told.lines.front();
  line.reference = teller.other_reference(0);
  if (fault.is_lesser) line.preceding = teller.other_reference(1);
  line.amount.minor_units += 1 + static_cast<std::int64_t>(drawn % 5'000);
  line.fee_minor = fee_of(line.amount.minor_units);
  told.lines.push_back(line);
}

core::Currency another(core::Currency currency) noexcept {
  const auto usd = core::Currency::from_alpha("USD");
  const auto eur = core::Currency::from_alpha("EUR");
  AUTHD_ASSERT(usd && eur);
  return currency == *usd ? *eur : *usd;
}

// Beyond the day that is tolerated; the lesser ones within the two days of the rule.
std::int64_t wrong_by_us(Fault fault, std::uint64_t drawn) noexcept {
  const auto hours = static_cast<std::int64_t>(fault.is_lesser ? 30 + drawn % 16 : 96 + drawn % 48);
  return hours * 3'600 * core::us_per_s;
}

// Up to the five minor units of the rule, or far beyond and beyond any fee.
std::int64_t wrong_by(Fault fault, std::int64_t minor, std::uint64_t drawn) noexcept {
  const std::int64_t by =
      fault.is_lesser ? 1 + static_cast<std::int64_t>(drawn % 5) : 100 + minor / 4;
  return drawn / 5 % 2 == 0 ? by : -by;
}

void plant(const Teller& teller, Fault fault, std::uint64_t drawn, Told& told) {
  if (told.lines.empty()) return;
  Line& line = told.lines.front();
  switch (fault.kind) {
    case FaultKind::missing_internally: state_unknown(teller, fault, drawn, told); return;
    case FaultKind::missing_externally: told.lines.clear(); return;
    case FaultKind::amount:
      line.amount.minor_units += wrong_by(fault, told.amount_minor, drawn);
      line.fee_minor = fee_of(line.amount.minor_units);
      return;
    case FaultKind::currency: line.amount.currency = another(line.amount.currency); return;
    case FaultKind::status: line.status = fault.is_lesser ? "PENDING" : "DECLINED"; return;
    case FaultKind::date: line.at.unix_us += wrong_by_us(fault, drawn); return;
    case FaultKind::duplicate: told.lines.push_back(Line(line)); return;
    case FaultKind::fee_variance:
      line.fee_minor = fault.is_lesser ? 0 : 7 + *line.fee_minor + told.amount_minor / 100;
      return;
    case FaultKind::cleared_without_authorization:
    case FaultKind::authorized_never_cleared:
    case FaultKind::over_captured: return;
  }
}

}  // namespace

Story story_of(const World& world, const Faults& faults, std::uint64_t index) {
  Story story;
  story.index = index;
  story.fault = faults.at(index);
  story.course = story.fault ? course_of(*story.fault) : course_of(world, index);
  story.holder = world.holder(world.chance(Purpose::holder, index) % world.holders());
  story.merchant = world.chance(Purpose::holder, index) / world.holders() % 10'000;
  story.was_asked = story.course != Course::unasked;
  const std::uint64_t drawn = world.chance(Purpose::size, index);
  const auto minor = 500 + static_cast<std::int64_t>(world.chance(Purpose::amount, index) % 99'500);
  story.requested_minor = story.course == Course::in_part ? minor + 1'000 : minor;

  Teller teller(world, story);
  teller.begin();
  if (story.was_asked) story.row.approved_minor = minor;
  tell(teller, story.course, minor, drawn);
  if (story.fault && !story.told.empty()) {
    plant(teller, *story.fault, drawn, story.told.front());
  }
  const auto standing = core::standing(story.row);
  if (standing->counted_minor > 0) {
    story.row.takes.push_back({story.row.opened_at, standing->counted_minor});
  }
  return story;
}

}  // namespace authd::bench
