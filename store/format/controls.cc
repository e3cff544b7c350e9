#include "store/format/controls.h"

#include "core/apply.h"

namespace authd::store {

namespace {

using core::Filter;
using core::List;
using core::MccRange;

void write_value(FieldWriter& out, MccRange range) {
  out.number(range.from);
  out.number(range.to);
}
void write_value(FieldWriter& out, core::Currency currency) { out.currency(currency); }
template <std::size_t Max>
void write_value(FieldWriter& out, const core::InlineText<Max>& text) {
  out.text(text.view());
}

void read_value(FieldReader& in, MccRange& range) {
  range.from = in.number<std::uint16_t>();
  range.to = in.number<std::uint16_t>();
}
void read_value(FieldReader& in, core::Currency& currency) { currency = in.currency(); }
template <std::size_t Max>
void read_value(FieldReader& in, core::InlineText<Max>& text) {
  text = in.inline_text<core::InlineText<Max>>();
}

template <class T>
T read_value(FieldReader& in) {
  T value{};
  read_value(in, value);
  return value;
}

template <class T>
void write(FieldWriter& out, const List<T>& list) {
  out.varint(list.values.size() * 2 + (list.except ? 1 : 0));
  for (const T& value : list.values) write_value(out, value);
}

template <class T>
void read(FieldReader& in, List<T>& list) {
  const std::uint64_t head = in.varint();
  const std::uint64_t count = head / 2;
  if (count > List<T>::values_max) in.fail();
  list.except = head % 2 == 1;
  for (std::uint64_t i = 0; i < count && in.ok(); ++i) list.values.push_back(read_value<T>(in));
}

void write(FieldWriter& out, const Filter& filter) {
  write(out, filter.mccs);
  write(out, filter.merchants);
  write(out, filter.countries);
  write(out, filter.currencies);
  out.enum_set(filter.entry_modes);
  out.enum_set(filter.card_presences);
  out.enum_set(filter.channels);
  out.enum_set(filter.wallets);
  out.enum_set(filter.recurrences);
  out.enum_set(filter.kinds);
}

void read(FieldReader& in, Filter& filter) {
  read(in, filter.mccs);
  read(in, filter.merchants);
  read(in, filter.countries);
  read(in, filter.currencies);
  filter.entry_modes = in.enum_set(core::entry_mode_last);
  filter.card_presences = in.enum_set(core::card_presence_last);
  filter.channels = in.enum_set(core::channel_last);
  filter.wallets = in.enum_set(core::wallet_last);
  filter.recurrences = in.enum_set(core::recurrence_last);
  filter.kinds = in.enum_set(core::kind_last);
}

struct WriteCheck {
  FieldWriter& out;

  void operator()(const core::Limit& limit) const {
    out.enumerator(limit.measure);
    out.amount(limit.max);
    out.enumerator(limit.window.period);
    out.zigzag(limit.window.rolling_s);
    out.text(limit.window.zone.view());
    out.enumerator(limit.counts);
  }
  void operator()(const core::Allow& allow) const { write(out, allow.only); }
  void operator()(const core::Hours& hours) const {
    out.number(hours.weekdays);
    out.number(hours.from_minute);
    out.number(hours.until_minute);
  }
  void operator()(const core::Require& require) const {
    out.enum_set(require.address);
    out.enum_set(require.security_code);
    out.enum_set(require.cardholder);
  }
  void operator()(const core::Deny&) const {}
  void operator()(const core::SingleUse&) const {}
  void operator()(const core::MerchantLock&) const {}
};

core::Limit read_limit(FieldReader& in) {
  core::Limit limit;
  limit.measure = in.enumerator(core::Limit::Measure::count);
  limit.max = in.amount();
  limit.window.period = in.enumerator(core::period_last);
  limit.window.rolling_s = in.zigzag<std::int32_t>();
  limit.window.zone = in.inline_text<core::ZoneName>();
  limit.counts = in.enumerator(core::level_last);
  return limit;
}

core::Check read_check(FieldReader& in) {
  switch (in.enumerator(core::check_kind_last)) {
    case core::CheckKind::limit: return read_limit(in);
    case core::CheckKind::deny: return core::Deny{};
    case core::CheckKind::allow: {
      core::Allow allow;
      read(in, allow.only);
      return allow;
    }
    case core::CheckKind::hours: {
      core::Hours hours;
      hours.weekdays = in.number<std::uint8_t>();
      hours.from_minute = in.number<std::uint16_t>();
      hours.until_minute = in.number<std::uint16_t>();
      return hours;
    }
    case core::CheckKind::require: {
      core::Require require;
      require.address = in.enum_set(core::verification_last);
      require.security_code = in.enum_set(core::verification_last);
      require.cardholder = in.enum_set(core::verification_last);
      return require;
    }
    case core::CheckKind::single_use: return core::SingleUse{};
    case core::CheckKind::merchant_lock: return core::MerchantLock{};
  }
  return core::Deny{};  // the decoder has failed
}

void write_ranges(FieldWriter& out, const std::vector<MccRange>& ranges) {
  write_list(out, ranges, [&out](MccRange range) { write_value(out, range); });
}

std::vector<MccRange> read_ranges(FieldReader& in) {
  std::vector<MccRange> ranges;
  read_list(in, ranges, core::Program::ranges_max, [&in] { return read_value<MccRange>(in); });
  return ranges;
}

}  // namespace

void write(FieldWriter& out, const core::Owner& owner) {
  out.enumerator(owner.level());
  if (const auto* const program = std::get_if<core::ProgramId>(&owner.of)) {
    out.text(program->view());
  } else if (const auto* const account = std::get_if<core::AccountId>(&owner.of)) {
    out.zigzag(account->value);
  } else {
    const auto& card = std::get<core::Owner::CardOwner>(owner.of);
    out.text(card.program.view());
    out.text(card.card.view());
  }
}

core::Owner read_owner(FieldReader& in) {
  switch (in.enumerator(core::level_last)) {
    case core::Level::program: return {in.identifier<core::ProgramId>()};
    case core::Level::account: return {core::AccountId{in.zigzag()}};
    case core::Level::card: {
      core::Owner::CardOwner card;
      card.program = in.identifier<core::ProgramId>();
      card.card = in.identifier<core::CardToken>();
      return {card};
    }
  }
  return {};
}

void write(FieldWriter& out, const core::Control& control) {
  out.zigzag(control.id.value);
  out.varint(control.version);
  out.enumerator(control.mode);
  write(out, control.filter);
  out.enumerator(core::kind_of(control.check));
  std::visit(WriteCheck{out}, control.check);
  out.varint(control.counter.value);
}

core::Control read_control(FieldReader& in) {
  core::Control control;
  control.id = {in.zigzag()};
  control.version = in.varint<std::uint32_t>();
  control.mode = in.enumerator(core::Mode::shadow);
  read(in, control.filter);
  control.check = read_check(in);
  control.counter = {in.varint()};
  if (!core::valid(control)) in.fail();
  return control;
}

void write(FieldWriter& out, const core::Program& program) {
  out.text(program.zone.view());
  out.flag(program.partial_approval);
  out.enumerator(program.kyc);
  out.zigzag(program.hold_days);
  write_list(out, program.hold_periods, [&out](const core::HoldPeriod& period) {
    write_ranges(out, period.mccs);
    out.zigzag(period.days);
  });
  write_list(out, program.extra_holds, [&out](const core::ExtraHold& extra) {
    write_ranges(out, extra.mccs);
    out.zigzag(extra.basis_points);
    out.amount(extra.fixed_minor);
  });
  write_list(out, program.exposure_limits, [&out](const core::ExposureLimit& limit) {
    out.currency(limit.currency);
    out.amount(limit.minor_units);
  });
  out.optional(program.mirror_age_max_us);
}

void read(FieldReader& in, core::Program& program) {
  program.zone = in.inline_text<core::ZoneName>();
  program.partial_approval = in.flag();
  program.kyc = in.enumerator(core::kyc_policy_last);
  program.hold_days = in.zigzag<std::int32_t>();
  read_list(in, program.hold_periods, core::Program::policies_max, [&in] {
    core::HoldPeriod period;
    period.mccs = read_ranges(in);
    period.days = in.zigzag<std::int32_t>();
    return period;
  });
  read_list(in, program.extra_holds, core::Program::policies_max, [&in] {
    core::ExtraHold extra;
    extra.mccs = read_ranges(in);
    extra.basis_points = in.zigzag<std::int32_t>();
    extra.fixed_minor = in.amount();
    return extra;
  });
  read_list(in, program.exposure_limits, core::Program::policies_max, [&in] {
    core::ExposureLimit limit;
    limit.currency = in.currency();
    limit.minor_units = in.amount();
    return limit;
  });
  program.mirror_age_max_us = in.optional();
  if (!core::valid(program)) in.fail();
}

void write(FieldWriter& out, const core::TimeZone& zone) {
  std::int64_t before = 0;
  write_list(out, zone.transitions, [&](const core::TimeZone::Transition& transition) {
    out.delta(static_cast<std::uint64_t>(before),
              static_cast<std::uint64_t>(transition.from_unix_s));
    out.zigzag(transition.offset_s);
    before = transition.from_unix_s;
  });
}

void read(FieldReader& in, core::TimeZone& zone) {
  std::int64_t before = 0;
  read_list(in, zone.transitions, core::TimeZone::transitions_max, [&] {
    core::TimeZone::Transition transition;
    before = static_cast<std::int64_t>(in.delta(static_cast<std::uint64_t>(before)));
    transition.from_unix_s = before;
    transition.offset_s = in.zigzag<std::int32_t>();
    return transition;
  });
  if (!core::valid(zone)) in.fail();
}

}  // namespace authd::store
