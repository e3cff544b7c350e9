// Control definition: a spend control as JSON, as `authd load` and whoever else sets one up reads
// it.
//
//   {"id": 7,                       1 or more, unique in the shard; the same again edits it
//    "program": "demo"              whom it is attached to: a program,
//      or "account": 1001           an account,
//      or "program": "demo", "card": "card-1",       or a card
//    "mode": "enforce",             or "shadow": evaluated and recorded, never declines
//    "filter": {…},                 which transactions it is about, see filter_definition.h;
//                                   without one all
//   and exactly one of
//    "limit": {"measure": "amount",      or "count", of authorizations
//              "max": 50000,             minor units of the account's currency, or how many
//              "per": "day",             week, month, year, lifetime, transaction, rolling
//              "rolling": "2h",          only and always with "rolling": s, m, h, d, or seconds
//              "zone": "Europe/Berlin",  of a day, week, month or year; required for an account's
//                                        limit, otherwise the program's by default
//              "counts": "card"}         whose spending, at most as wide as the owner, which is
//                                        the default: account, program
//    "deny": {}                     what the filter matches is refused
//    "allow": {filter}              what the filter matches must match this one too
//    "hours": {"days": ["mon", "tue"], "from": "08:00", "until": "18:00"}   in the program's zone;
//                                   without days every day, 00:00, 24:00
//    "require": {"avs": ["match", "partial"], "cvv": ["match"], "three_ds": ["match"]}
//    "single_use": true
//    "merchant_lock": true}
//
// Unknown keys, other types and values out of bounds are refused, naming the key: a misspelt limit
// must not be silently absent. Version and counter belong to the state and stand in no definition.

#pragma once

#include <boost/json/object.hpp>
#include <string>

#include "core/apply.h"
#include "core/result.h"

namespace authd {

// The control as core::SetControl takes it: valid(), its zone known to the tz database.
core::Result<core::SetControl, std::string> parse_control(const boost::json::object& definition);

// {"id": 7, "program": …}: which control of which owner.
core::Result<core::RemoveControl, std::string> parse_control_removal(
    const boost::json::object& removal);

// parse_control reads it back: the same owner, and the same control but for version and counter.
boost::json::object control_json(const core::Owner& owner, const core::Control& control);

// The same as text: what the ledger shows to people.
std::string control_text(const core::Owner& owner, const core::Control& control);

// {"program": "demo"}, {"account": 1} or {"program": "demo", "card": "card-1"}.
boost::json::object owner_json(const core::Owner& owner);

}  // namespace authd
