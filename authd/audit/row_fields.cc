#include "authd/audit/row_fields.h"

#include <fmt/format.h>

#include <boost/json/serialize.hpp>

#include "authd/explain/record_json.h"
#include "authd/explain/words.h"
#include "store/format/rows.h"

namespace authd {

namespace {

using explain::clean;
using explain::owner_name;
using explain::utc;

// Of a row of which only the key was read.
struct Name {
  std::string operator()(const core::Account& r) const {
    return fmt::format("account {}", r.id.value);
  }
  std::string operator()(const core::Card& r) const {
    return fmt::format("card {} {}", r.program.view(), r.token.view());
  }
  std::string operator()(const core::Authorization& r) const {
    return fmt::format("authorization {}", r.id.value);
  }
  std::string operator()(const core::Usage& r) const { return "usage of " + owner_name(r.owner); }
  std::string operator()(const core::Message& r) const {
    return fmt::format("message {} {}", r.program.view(), r.id.view());
  }
  std::string operator()(const core::Notice& r) const {
    return fmt::format("notice {} {}", r.program.view(), r.id.view());
  }
  std::string operator()(const core::ControlSet& r) const {
    return "spend controls of " + owner_name(r.owner);
  }
  std::string operator()(const core::Program& r) const {
    return fmt::format("program {}", r.id.view());
  }
  std::string operator()(const core::TimeZone& r) const {
    return fmt::format("time zone {}", r.name.view());
  }
  std::string operator()(const core::DueSlot& r) const {
    return fmt::format("due slot {}", r.slot);
  }
  std::string operator()(const core::DueCursor&) const { return "due cursor"; }
  std::string operator()(const core::Transfer& r) const {
    return fmt::format("transfer {} {}", r.program.view(), r.id.view());
  }
  std::string operator()(const core::MirrorMark&) const { return "mirror mark"; }
};

template <class RowType>
std::string name_of(std::string_view key) {
  RowType row;
  return store::read_key(key, row) ? Name{}(row) : std::string("unreadable key");
}

template <class Value>
std::string number(Value value) {
  return fmt::format("{}", value);
}

std::string yes(bool flag) { return flag ? "yes" : "no"; }

struct Fields {
  RowFields operator()(const core::Account& r) const {
    return {{"currency", std::string(r.currency.alpha())},
            {"status", std::string(explain::name(r.status))},
            {"posted_minor", number(r.posted_minor)},
            {"held_minor", number(r.held_minor)},
            {"pending_credit_minor", number(r.pending_credit_minor)},
            {"overdraft_minor", number(r.overdraft_minor)},
            {"minimum_minor", number(r.minimum_minor)},
            {"kyc", std::string(core::name(r.kyc))},
            {"has_controls", yes(r.has_controls)}};
  }
  RowFields operator()(const core::Card& r) const {
    return {
        {"account", number(r.account.value)},     {"status", std::string(explain::name(r.status))},
        {"active_from", utc(r.active_from)},      {"expires_at", utc(r.expires_at)},
        {"locked_to", clean(r.locked_to.view())}, {"has_controls", yes(r.has_controls)}};
  }
  RowFields operator()(const core::Authorization& r) const {
    RowFields fields{
        {"program", std::string(r.program.view())},
        {"key", std::string(r.key.view())},
        {"card", std::string(r.card.view())},
        {"account", number(r.account.value)},
        {"currency", std::string(r.currency.alpha())},
        {"approved_minor", number(r.approved_minor)},
        {"confirmed_minor", number(r.confirmed_minor)},
        {"adjusted_minor", number(r.adjusted_minor)},
        {"released_minor", number(r.released_minor)},
        {"cleared_minor", number(r.cleared_minor)},
        {"extra_minor", number(r.extra_minor)},
        {"credit_approved_minor", number(r.credit_approved_minor)},
        {"credit_confirmed_minor", number(r.credit_confirmed_minor)},
        {"credited_minor", number(r.credited_minor)},
        {"awaited_total_minor", r.awaited_total_minor ? number(*r.awaited_total_minor) : "none"},
        {"closure", std::string(core::name(r.closure))},
        {"opened_at", utc(r.opened_at)},
        {"expires_at", utc(r.expires_at)},
        {"due_slot", number(r.due_slot)},
        {"next_due", number(r.next_due.value)}};
    std::string takes;
    for (const core::Take& take : r.takes)
      takes += fmt::format("{} at {}; ", take.minor, utc(take.at));
    std::string counted;
    for (const core::Counted& one : r.counted) {
      counted +=
          fmt::format("take {} by {} of {}; ", one.take, one.counter.value, core::name(one.counts));
    }
    fields.emplace_back("takes", takes);
    fields.emplace_back("counted", counted);
    return fields;
  }
  RowFields operator()(const core::Usage& r) const {
    RowFields fields;
    for (const core::Tally& tally : r.tallies) {
      fields.emplace_back(
          fmt::format("counter {} from {}", tally.counter.value, utc(tally.begins_at)),
          fmt::format("{}, {} times", tally.minor, tally.count));
    }
    return fields;
  }
  RowFields operator()(const core::Message& r) const {
    return {{"authorization", number(r.authorization.value)},
            {"decided", yes(r.decided)},
            {"card", std::string(r.card.view())},
            {"kind", number(static_cast<int>(r.kind))},
            {"amount", explain::money(r.amount)},
            {"reason", std::string(core::name(r.decision.reason))},
            {"approved", explain::money(r.decision.approved)},
            {"posted_after_minor", number(r.decision.balance.posted_minor)},
            {"available_after_minor", number(r.decision.balance.available_minor)},
            {"decided_at", utc(r.decided_at)},
            {"notice", number(static_cast<int>(r.notice))},
            {"share_minor", number(r.approved_minor)}};
  }
  RowFields operator()(const core::Notice& r) const {
    return {{"kind", number(static_cast<int>(r.kind))},
            {"amount", explain::money(r.amount)},
            {"authorization", number(r.authorization.value)},
            {"at", utc(r.at)}};
  }
  RowFields operator()(const core::ControlSet& r) const {
    RowFields fields;
    for (const core::Control& control : r.controls) {
      fields.emplace_back(
          fmt::format("control {}", control.id.value),
          boost::json::serialize(explain::to_json(core::SetControl{r.owner, control})));
    }
    return fields;
  }
  RowFields operator()(const core::Program& r) const {
    return {{"zone", std::string(r.zone.view())},
            {"partial_approval", yes(r.partial_approval)},
            {"kyc", number(static_cast<int>(r.kyc))},
            {"hold_days", number(r.hold_days)},
            {"image", image(r)}};
  }
  RowFields operator()(const core::TimeZone& r) const {
    return {{"transitions", number(r.transitions.size())}, {"image", image(r)}};
  }
  RowFields operator()(const core::DueSlot& r) const { return {{"head", number(r.head.value)}}; }
  RowFields operator()(const core::DueCursor& r) const { return {{"slot", number(r.slot)}}; }
  RowFields operator()(const core::Transfer& r) const {
    return {{"kind", std::string(core::name(r.kind))},
            {"from", number(r.from.value)},
            {"to", number(r.to.value)},
            {"amount", explain::money(r.amount)},
            {"reserve", yes(r.reserve)},
            {"mirrored", yes(r.mirrored)},
            {"status", std::string(core::name(r.status))},
            {"reason", std::string(core::name(r.reason))},
            {"requested_at", utc(r.requested_at)},
            {"changed_at", utc(r.changed_at)},
            {"begun_by", number(r.begun_by.value)}};
  }
  RowFields operator()(const core::MirrorMark& r) const {
    return {{"system_id", number(r.system_id)},
            {"timeline", number(r.timeline)},
            {"end_lsn", number(r.end_lsn)}};
  }

 private:
  // What has too many parts for words.
  static std::string image(const core::Row& row) {
    std::vector<std::byte> bytes;
    store::encode_value(store::key_of(row), row, bytes);
    std::string hex;
    for (const std::byte byte : bytes) hex += fmt::format("{:02x}", static_cast<unsigned>(byte));
    return hex;
  }
};

}  // namespace

std::string row_name(std::string_view key) {
  switch (store::kind_of_key(key)) {
    case store::RowKind::account: return name_of<core::Account>(key);
    case store::RowKind::card: return name_of<core::Card>(key);
    case store::RowKind::authorization: return name_of<core::Authorization>(key);
    case store::RowKind::usage: return name_of<core::Usage>(key);
    case store::RowKind::message: return name_of<core::Message>(key);
    case store::RowKind::notice: return name_of<core::Notice>(key);
    case store::RowKind::controls: return name_of<core::ControlSet>(key);
    case store::RowKind::program: return name_of<core::Program>(key);
    case store::RowKind::zone: return name_of<core::TimeZone>(key);
    case store::RowKind::due_slot: return name_of<core::DueSlot>(key);
    case store::RowKind::due_cursor: return name_of<core::DueCursor>(key);
    case store::RowKind::transfer: return name_of<core::Transfer>(key);
    case store::RowKind::mirror_mark: return name_of<core::MirrorMark>(key);
    case store::RowKind::nothing: break;
  }
  return "unreadable key";
}

RowFields row_fields(const core::Row& row) { return std::visit(Fields{}, row); }

}  // namespace authd
