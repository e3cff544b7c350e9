#include "authd/explain/record_json.h"

#include <boost/json/array.hpp>

#include "authd/explain/words.h"
#include "authd/load/control_definition.h"

namespace authd::explain {

namespace {

namespace json = boost::json;

// Empty when there is none.
std::string_view word(core::Currency currency) noexcept {
  return currency == core::Currency{} ? std::string_view{} : currency.alpha();
}

json::object money_json(const core::Money& money) {
  return {{"minor_units", money.minor_units}, {"currency", word(money.currency)}};
}

json::object balance_json(const core::Balance& balance) {
  return {{"posted_minor", balance.posted_minor}, {"available_minor", balance.available_minor}};
}

void append(json::object& object, json::object more) {
  for (auto& member : more) object.insert(json::key_value_pair(std::move(member)));
}

json::object details_json(const core::Details& details) {
  const core::Merchant& merchant = details.merchant;
  return {{"mcc", merchant.mcc},
          {"merchant_id", clean(merchant.id.view())},
          {"merchant_name", clean(merchant.name.view())},
          {"merchant_country", clean(merchant.country.view())},
          {"merchant_currency", word(details.currency)},
          {"entry_mode", core::name(details.entry_mode)},
          {"card_presence", core::name(details.card_presence)},
          {"channel", core::name(details.channel)},
          {"wallet", core::name(details.wallet)},
          {"recurrence", core::name(details.recurrence)},
          {"avs", core::name(details.address)},
          {"cvv", core::name(details.security_code)},
          {"three_ds", core::name(details.cardholder)}};
}

json::object answer_json(const core::Answer& answer) {
  json::object object{{"reason", core::name(answer.decision.reason)},
                      {"approved", money_json(answer.decision.approved)}};
  append(object, balance_json(answer.decision.balance));
  object["authorization"] = answer.authorization.value;
  return object;
}

json::object booking_json(const core::Booking& booking) {
  return {{"outcome", name(booking.origin)},
          {"authorization", booking.authorization.value},
          {"account", booking.account.value},
          {"currency", word(booking.currency)},
          {"held_minor", booking.held_minor},
          {"posted_minor", booking.posted_minor},
          {"pending_credit_minor", booking.pending_credit_minor},
          {"unasked", booking.unasked},
          {"over_captured", booking.over_captured},
          {"late", booking.late},
          {"ghost", booking.ghost},
          {"below_zero", booking.below_zero}};
}

json::object moved_json(const core::Moved& moved) {
  const core::Transfer& transfer = moved.transfer;
  return {{"outcome", name(moved.origin)},
          {"status", core::name(transfer.status)},
          {"reason", core::name(transfer.reason)},
          {"begun_by", transfer.begun_by.value},
          {"from_held_minor", moved.from_held_minor},
          {"from_posted_minor", moved.from_posted_minor},
          {"to_posted_minor", moved.to_posted_minor}};
}

// A wallet's number; null for the outside.
json::value wallet_json(core::AccountId id) {
  return id == core::AccountId{} ? json::value(nullptr) : json::value(id.value);
}

json::object account_json(const core::Account& account) {
  return {{"account", account.id.value},
          {"currency", account.currency.alpha()},
          {"status", name(account.status)},
          {"balance_minor", account.posted_minor},
          {"overdraft_minor", account.overdraft_minor},
          {"minimum_minor", account.minimum_minor},
          {"kyc", core::name(account.kyc)}};
}

json::object card_json(const core::Card& card) {
  return {{"program", card.program.view()},       {"card", card.token.view()},
          {"account", card.account.value},        {"status", name(card.status)},
          {"active_from", utc(card.active_from)}, {"expires_at", utc(card.expires_at)}};
}

json::object removal_json(const core::Owner& owner, core::ControlId id) {
  json::object control = owner_json(owner);
  control["id"] = id.value;
  return {{"control", std::move(control)}};
}

// "0123…": 32 digits.
std::string hex(const std::array<std::uint8_t, 16>& bytes) {
  constexpr std::string_view digits = "0123456789abcdef";
  std::string text;
  for (const std::uint8_t byte : bytes) {
    text += digits[byte >> 4U];
    text += digits[byte & 0xFU];
  }
  return text;
}

json::object finding_json(const core::Finding& finding) {
  json::object object{{"level", core::name(finding.level)}, {"control", finding.control.value},
                      {"version", finding.version},         {"mode", name(finding.mode)},
                      {"check", core::name(finding.check)}, {"passed", finding.passed}};
  const bool has_figures =
      finding.check == core::CheckKind::limit || finding.check == core::CheckKind::single_use;
  if (!has_figures) return object;
  object["limit"] = finding.limit;
  object["used"] = finding.used;
  object["asked"] = finding.asked;
  object["left"] = finding.left();
  object["resets_at"] = utc(finding.resets_at);
  return object;
}

json::array ranges_json(const std::vector<core::MccRange>& ranges) {
  json::array array;
  for (const core::MccRange range : ranges) {
    array.push_back(json::object{{"from", range.from}, {"to", range.to}});
  }
  return array;
}

json::object program_json(const core::Program& program) {
  json::array hold_periods;
  for (const core::HoldPeriod& period : program.hold_periods) {
    hold_periods.push_back(json::object{{"mccs", ranges_json(period.mccs)}, {"days", period.days}});
  }
  json::array extra_holds;
  for (const core::ExtraHold& extra : program.extra_holds) {
    extra_holds.push_back(json::object{{"mccs", ranges_json(extra.mccs)},
                                       {"basis_points", extra.basis_points},
                                       {"fixed_minor", extra.fixed_minor}});
  }
  json::array exposure_limits;
  for (const core::ExposureLimit& limit : program.exposure_limits) {
    exposure_limits.push_back(money_json({limit.minor_units, limit.currency}));
  }
  const auto& age = program.mirror_age_max_us;
  return {{"program", program.id.view()},
          {"zone", clean(program.zone.view())},
          {"partial_approval", program.partial_approval},
          {"kyc", core::name(program.kyc)},
          {"hold_days", program.hold_days},
          {"hold_periods", std::move(hold_periods)},
          {"extra_holds", std::move(extra_holds)},
          {"exposure_limits", std::move(exposure_limits)},
          {"mirror_age_max_us", age ? json::value(*age) : json::value(nullptr)}};
}

json::object zone_json(const core::TimeZone& zone) {
  json::array transitions;
  for (const core::TimeZone::Transition& one : zone.transitions) {
    transitions.push_back(
        json::object{{"from_unix_s", one.from_unix_s}, {"offset_s", one.offset_s}});
  }
  return {{"zone", clean(zone.name.view())}, {"transitions", std::move(transitions)}};
}

// The command's fields.
struct CommandJson {
  const store::Record& record;

  json::object operator()(const core::Request& request) const {
    json::object object{{"program", request.program.view()},
                        {"message", request.message.view()},
                        {"belongs_to", request.authorization.view()},
                        {"card", request.card.view()},
                        {"request_kind", core::name(request.kind)},
                        {"amount", money_json(request.amount)},
                        {"cash_back_minor", request.cash_back_minor},
                        {"partial_approval", request.partial_approval}};
    append(object, details_json(request.details));
    return object;
  }
  json::object operator()(const core::Event& event) const {
    json::object object{{"program", event.program.view()},
                        {"notice", event.notice.view()},
                        {"belongs_to", event.authorization.view()},
                        {"about", event.about.view()},
                        {"card", event.card.view()},
                        {"event_kind", core::name(event.kind)},
                        {"request_kind", core::name(event.transaction)},
                        {"amount", money_json(event.amount)},
                        {"final", event.final},
                        {"timed_out", event.timed_out}};
    append(object, details_json(event.details));
    return object;
  }
  json::object operator()(const core::OpenAccount& open) const {
    return account_json(open.account);
  }
  json::object operator()(const core::IssueCard& issue) const { return card_json(issue.card); }
  json::object operator()(const core::ChangeAccount& changed) const {
    return {{"account", changed.account.value},
            {"status", name(changed.status)},
            {"overdraft_minor", changed.overdraft_minor},
            {"minimum_minor", changed.minimum_minor},
            {"kyc", core::name(changed.kyc)}};
  }
  json::object operator()(const core::ChangeCard& changed) const {
    return {{"program", changed.program.view()},
            {"card", changed.card.view()},
            {"status", name(changed.status)},
            {"active_from", utc(changed.active_from)},
            {"expires_at", utc(changed.expires_at)}};
  }
  json::object operator()(const core::SetControl& set) const {
    return {{"control", to_json({set.owner, stored(set.control)})}};
  }
  json::object operator()(const core::RemoveControl& removed) const {
    return removal_json(removed.owner, removed.control);
  }
  json::object operator()(const core::ConfigureProgram& configured) const {
    return program_json(configured.program);
  }
  json::object operator()(const core::DefineZone& defined) const { return zone_json(defined.zone); }
  json::object operator()(const core::ExpireNext&) const { return {}; }
  json::object operator()(const core::Abandon& abandon) const {
    return {{"program", abandon.program.view()}, {"message", abandon.message.view()}};
  }
  json::object operator()(const core::MoveMoney& move) const {
    return {{"program", move.program.view()},
            {"transfer", move.id.view()},
            {"transfer_kind", core::name(move.kind)},
            {"from", wallet_json(move.from)},
            {"to", wallet_json(move.to)},
            {"amount", money_json(move.amount)},
            {"reserve", move.reserve},
            {"mirrored", move.mirrored}};
  }
  json::object operator()(const core::AdvanceTransfer&) const {
    const core::Transfer& transfer = std::get<core::Moved>(record.outcome).transfer;
    return (*this)(core::beginning_of(transfer));
  }
  json::object operator()(const core::MirrorAccount& mirror) const {
    return account_json(mirror.account);
  }
  json::object operator()(const core::MirrorCard& mirror) const { return card_json(mirror.card); }
  json::object operator()(const core::MirrorControl& mirror) const {
    return {{"control", to_json({mirror.owner, mirror.control})}};
  }
  json::object operator()(const core::MirrorRemoval& removal) const {
    return removal_json(removal.owner, removal.control);
  }
  json::object operator()(const core::MirrorMark& mark) const {
    return {{"system_id", mark.system_id},
            {"timeline", mark.timeline},
            {"end_lsn", mark.end_lsn},
            {"incarnation", hex(mark.incarnation)}};
  }

  // With the version and the counter that it was given.
  const core::Control& stored(const core::Control& asked) const {
    for (const core::Row& row : record.rows) {
      const auto* const set = std::get_if<core::ControlSet>(&row);
      if (set == nullptr) continue;
      for (const core::Control& control : set->controls) {
        if (control.id == asked.id) return control;
      }
    }
    return asked;
  }
};

}  // namespace

json::object to_json(const core::Explanation& explanation) {
  json::array findings;
  for (const core::Finding& finding : explanation.findings) {
    findings.push_back(finding_json(finding));
  }
  const auto& decided_by = explanation.decided_by;
  return {{"decided_by", decided_by ? json::value(*decided_by) : json::value(nullptr)},
          {"before", balance_json(explanation.before)},
          {"extra_hold_minor", explanation.extra_hold_minor},
          {"findings", std::move(findings)}};
}

json::object to_json(const core::SetControl& stored) {
  json::object object = control_json(stored.owner, stored.control);
  object["version"] = stored.control.version;
  object["counter"] = stored.control.counter.value;
  return object;
}

json::object outcome_json(const core::Outcome& outcome) {
  struct OutcomeJson {
    json::object operator()(const core::Answer& answer) const { return answer_json(answer); }
    json::object operator()(const core::Booking& booking) const { return booking_json(booking); }
    json::object operator()(core::Setup setup) const { return {{"outcome", core::name(setup)}}; }
    json::object operator()(const core::Moved& moved) const { return moved_json(moved); }
  };
  return std::visit(OutcomeJson{}, outcome);
}

std::string_view kind_name(store::RecordKind kind) noexcept {
  using store::RecordKind;
  switch (kind) {
    case RecordKind::request: return "request";
    case RecordKind::account_opened: return "account_opened";
    case RecordKind::card_issued: return "card_issued";
    case RecordKind::event: return "event";
    case RecordKind::account_changed: return "account_changed";
    case RecordKind::card_changed: return "card_changed";
    case RecordKind::control_set: return "control_set";
    case RecordKind::control_removed: return "control_removed";
    case RecordKind::program_configured: return "program_configured";
    case RecordKind::zone_defined: return "zone_defined";
    case RecordKind::expiry: return "expiry";
    case RecordKind::abandoned: return "abandoned";
    case RecordKind::transfer_begun: return "transfer_begun";
    case RecordKind::transfer_advanced: return "transfer_advanced";
    case RecordKind::account_mirrored: return "account_mirrored";
    case RecordKind::card_mirrored: return "card_mirrored";
    case RecordKind::control_mirrored: return "control_mirrored";
    case RecordKind::control_removal_mirrored: return "control_removal_mirrored";
    case RecordKind::mirror_marked: return "mirror_marked";
  }
  return "unknown";
}

json::object record_json(const store::Record& record) {
  json::object object{{"sequence", record.moment.sequence.value},
                      {"at", utc(record.moment.at)},
                      {"at_unix_us", record.moment.at.unix_us},
                      {"kind", kind_name(store::kind_of(record.command))}};
  append(object, std::visit(CommandJson{record}, record.command));
  append(object, outcome_json(record.outcome));
  if (std::holds_alternative<core::Request>(record.command)) {
    object["explanation"] = to_json(record.explanation);
    object["exposure_minor"] = record.moment.exposure_minor;
    object["mirror_age_us"] = record.moment.mirror_age_us;
    object["past_deadline"] = record.moment.past_deadline;
  }
  return object;
}

}  // namespace authd::explain
