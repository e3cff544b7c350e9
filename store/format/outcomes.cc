#include "store/format/commands.h"

namespace authd::store {

namespace {

using core::Booking;
using core::Finding;

enum BookingFlag : std::uint8_t {
  unasked = 1,
  over_captured = 2,
  late = 4,
  ghost = 8,
  below_zero = 16,
};
constexpr unsigned all_booking_flags = unasked | over_captured | late | ghost | below_zero;

enum FindingBit : std::uint16_t {
  level_bits = 3,
  check_unit = 4,
  check_bits = 7 * check_unit,
  has_figures = 32,
  never_resets = 64,
  is_shadow = 128,
  not_passed = 256,
};
constexpr unsigned all_finding_bits = 511;
static_assert(static_cast<unsigned>(core::level_last) <= level_bits &&
              static_cast<unsigned>(core::check_kind_last) * check_unit <= check_bits);

std::uint64_t head_of(const Finding& finding) noexcept {
  const bool figures = finding.limit != 0 || finding.used != 0 || finding.asked != 0 ||
                       finding.resets_at != core::Timestamp{};
  unsigned head = static_cast<unsigned>(finding.level) & level_bits;
  head |= static_cast<unsigned>(finding.check) * check_unit & check_bits;
  if (figures) head |= has_figures;
  if (finding.resets_at == core::end_of_time) head |= never_resets;
  if (finding.mode == core::Mode::shadow) head |= is_shadow;
  if (!finding.passed) head |= not_passed;
  return head;
}

// False when there is no such finding.
bool read_head(std::uint64_t head, Finding& finding) noexcept {
  if (head > all_finding_bits) return false;
  finding.level = static_cast<core::Level>(head & level_bits);
  finding.check = static_cast<core::CheckKind>((head & check_bits) / check_unit);
  finding.mode = (head & is_shadow) != 0 ? core::Mode::shadow : core::Mode::enforce;
  finding.passed = (head & not_passed) == 0;
  if ((head & never_resets) != 0) finding.resets_at = core::end_of_time;
  const bool figures = (head & has_figures) != 0;
  return core::Level::program <= finding.level && core::CheckKind::limit <= finding.check &&
         (figures || finding.resets_at == core::Timestamp{});
}

void write_findings(FieldWriter& out, const std::vector<Finding>& findings) {
  core::ControlId control;
  core::Timestamp resets_at;
  write_list(out, findings, [&](const Finding& finding) {
    const std::uint64_t head = head_of(finding);
    out.varint(head);
    out.delta(static_cast<std::uint64_t>(control.value),
              static_cast<std::uint64_t>(finding.control.value));
    out.varint(finding.version);
    control = finding.control;
    if ((head & has_figures) == 0) return;
    out.amount(finding.limit);
    out.amount(finding.used);
    out.amount(finding.asked);
    if ((head & never_resets) != 0) return;
    out.delta(static_cast<std::uint64_t>(resets_at.unix_us),
              static_cast<std::uint64_t>(finding.resets_at.unix_us));
    resets_at = finding.resets_at;
  });
}

void read_findings(FieldReader& in, std::vector<Finding>& findings) {
  std::uint64_t control = 0;
  std::uint64_t resets_at = 0;
  read_list(in, findings, core::Explanation::findings_max, [&] {
    Finding finding;
    const std::uint64_t head = in.varint();
    if (!read_head(head, finding)) in.fail();
    control = in.delta(control);
    finding.control = {static_cast<std::int64_t>(control)};
    finding.version = in.varint<std::uint32_t>();
    if ((head & has_figures) == 0) return finding;
    finding.limit = in.amount();
    finding.used = in.amount();
    finding.asked = in.amount();
    if ((head & never_resets) != 0) return finding;
    resets_at = in.delta(resets_at);
    finding.resets_at = {static_cast<std::int64_t>(resets_at)};
    return finding;
  });
}

}  // namespace

void write(FieldWriter& out, const core::Answer& answer) {
  out.decision(answer.decision);
  out.varint(answer.authorization.value);
}

core::Answer read_answer(FieldReader& in, core::Timestamp decided_at) {
  core::Answer answer;
  answer.decision = in.decision();
  answer.authorization = {in.varint()};
  answer.decided_at = decided_at;
  return answer;
}

void write(FieldWriter& out, const Booking& booking) {
  out.enumerator(booking.origin);
  out.varint(booking.authorization.value);
  out.zigzag(booking.account.value);
  out.currency(booking.currency);
  out.amount(booking.held_minor);
  out.amount(booking.posted_minor);
  out.amount(booking.pending_credit_minor);
  unsigned flags = 0;
  if (booking.unasked) flags |= unasked;
  if (booking.over_captured) flags |= over_captured;
  if (booking.late) flags |= late;
  if (booking.ghost) flags |= ghost;
  if (booking.below_zero) flags |= below_zero;
  out.number(static_cast<std::uint8_t>(flags));
}

Booking read_booking(FieldReader& in) {
  Booking booking;
  booking.origin = in.enumerator(Booking::Origin::nothing);
  booking.authorization = {in.varint()};
  booking.account = {in.zigzag()};
  booking.currency = in.optional_currency();
  booking.held_minor = in.amount();
  booking.posted_minor = in.amount();
  booking.pending_credit_minor = in.amount();
  const unsigned flags = in.number<std::uint8_t>();
  const bool recorded =
      booking.origin == Booking::Origin::booked || booking.origin == Booking::Origin::nothing;
  if (!recorded || flags > all_booking_flags) in.fail();
  booking.unasked = (flags & unasked) != 0;
  booking.over_captured = (flags & over_captured) != 0;
  booking.late = (flags & late) != 0;
  booking.ghost = (flags & ghost) != 0;
  booking.below_zero = (flags & below_zero) != 0;
  return booking;
}

void write(FieldWriter& out, const core::Moved& moved) {
  out.amount(moved.from_held_minor);
  out.amount(moved.from_posted_minor);
  out.amount(moved.to_posted_minor);
}

core::Moved read_moved(FieldReader& in, const core::Transfer& transfer) {
  core::Moved moved;
  moved.transfer = transfer;
  moved.from_held_minor = in.amount();
  moved.from_posted_minor = in.amount();
  moved.to_posted_minor = in.amount();
  return moved;
}

void write(FieldWriter& out, const core::Explanation& explanation) {
  out.varint(explanation.decided_by ? *explanation.decided_by + 1U : 0U);
  out.balance(explanation.before);
  out.amount(explanation.extra_hold_minor);
  write_findings(out, explanation.findings);
}

core::Explanation read_explanation(FieldReader& in) {
  core::Explanation explanation;
  const std::uint64_t decided_by = in.varint();
  explanation.before = in.balance();
  explanation.extra_hold_minor = in.amount();
  read_findings(in, explanation.findings);
  if (decided_by > explanation.findings.size()) in.fail();
  if (in.ok() && decided_by > 0) {
    explanation.decided_by = static_cast<std::uint8_t>(decided_by - 1);
  }
  return explanation;
}

}  // namespace authd::store
