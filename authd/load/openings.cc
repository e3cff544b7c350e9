#include "authd/load/openings.h"

#include <array>
#include <boost/json/object.hpp>
#include <boost/json/value.hpp>

#include "authd/load/control_definition.h"
#include "authd/load/object_reader.h"
#include "authd/load/strict_json.h"

namespace authd {

namespace {

namespace json = boost::json;
using core::minor_units_max;

using Parsed = core::Result<SetUpCommand, std::string>;

// Positions are the numbers of the enumerators, from 1.
constexpr std::array<std::string_view, 3> account_statuses{"active", "frozen", "closed"};
constexpr std::array<std::string_view, 4> card_statuses{"active", "inactive", "frozen", "closed"};

// Limits of accounts and cards are controls.
void refuse_former_limits(ObjectReader& in) {
  for (const std::string_view key : {"daily_limit_minor", "transaction_limit_minor"}) {
    if (in.find(key) == nullptr) continue;
    const bool daily = key.starts_with("daily");
    in.refuse(key,
              "is not a key any more: write a control line with \"limit\": {\"measure\": "
              "\"amount\", \"max\": …, \"per\": \"" +
                  std::string(daily ? "day" : "transaction") + "\"}");
  }
}

void refuse_empty_validity(ObjectReader& in, core::Timestamp active_from,
                           core::Timestamp expires_at) {
  if (expires_at <= active_from) in.refuse("expires_at", "must be after active_from");
}

core::OpenAccount read_account(ObjectReader& in) {
  core::Account account;
  account.id = {in.integer("id", 1, minor_units_max)};
  const auto currency = core::Currency::from_alpha(in.text("currency"));
  if (!currency) in.refuse("currency", "must be an ISO 4217 code such as USD");
  account.currency = currency.value_or(core::Currency{});
  account.posted_minor = in.integer("balance_minor", -minor_units_max, minor_units_max, 0);
  account.status =
      in.enumerator("status", account_statuses, std::optional(core::AccountStatus::active));
  account.overdraft_minor = in.integer("overdraft_minor", 0, minor_units_max, 0);
  account.minimum_minor = in.integer("minimum_minor", 0, minor_units_max, 0);
  refuse_former_limits(in);
  return {account};
}

core::IssueCard read_card(ObjectReader& in) {
  core::Card card;
  card.program = in.identifier<core::ProgramId>("program");
  card.token = in.identifier<core::CardToken>("token");
  card.account = {in.integer("account", 1, minor_units_max)};
  card.status = in.enumerator("status", card_statuses, std::optional(core::CardStatus::inactive));
  card.active_from = in.utc("active_from", core::Timestamp{});
  card.expires_at = in.utc("expires_at");
  refuse_empty_validity(in, card.active_from, card.expires_at);
  refuse_former_limits(in);
  return {card};
}

core::ChangeAccount read_account_change(ObjectReader& in) {
  core::ChangeAccount change;
  change.account = {in.integer("id", 1, minor_units_max)};
  change.status = in.enumerator<core::AccountStatus>("status", account_statuses);
  change.overdraft_minor = in.integer("overdraft_minor", 0, minor_units_max);
  change.minimum_minor = in.integer("minimum_minor", 0, minor_units_max);
  return change;
}

core::ChangeCard read_card_change(ObjectReader& in) {
  core::ChangeCard change;
  change.program = in.identifier<core::ProgramId>("program");
  change.card = in.identifier<core::CardToken>("token");
  change.status = in.enumerator<core::CardStatus>("status", card_statuses);
  change.active_from = in.utc("active_from");
  change.expires_at = in.utc("expires_at");
  refuse_empty_validity(in, change.active_from, change.expires_at);
  return change;
}

template <class Command>
Parsed parse_with(Command (*read)(ObjectReader&), const json::object& object) {
  std::string error;
  ObjectReader in(object, "", error);
  SetUpCommand command = read(in);
  in.refuse_unknown_keys();
  if (!error.empty()) return core::Unexpected{std::move(error)};
  return command;
}

Parsed parse_one(std::string_view what, const json::object& object) {
  if (what == "account") return parse_with(read_account, object);
  if (what == "card") return parse_with(read_card, object);
  if (what == "change_account") return parse_with(read_account_change, object);
  if (what == "change_card") return parse_with(read_card_change, object);
  if (what == "control") {
    AUTHD_TRY(control, parse_control(object));
    return SetUpCommand(std::move(control));
  }
  if (what == "remove_control") {
    AUTHD_TRY(removal, parse_control_removal(object));
    return SetUpCommand(removal);
  }
  return core::Unexpected{std::string(
      "is none of account, card, control, remove_control, change_account, change_card")};
}

}  // namespace

Parsed parse_opening(std::string_view line) {
  AUTHD_TRY(root, parse_strict_json(line));
  const json::object* const object = root.if_object();
  if (object == nullptr || object->size() != 1) {
    return core::Unexpected{
        std::string("must be one object with one key, such as {\"account\":{…}}")};
  }
  const std::string what(std::string_view(object->begin()->key()));
  const json::object* const value = object->begin()->value().if_object();
  if (value == nullptr) return core::Unexpected{what + ": must be an object"};
  auto parsed = parse_one(what, *value);
  if (!parsed) return core::Unexpected{what + ": " + parsed.error()};
  return parsed;
}

}  // namespace authd
