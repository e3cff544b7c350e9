// Filter definition: which transactions a control is about, as JSON.
//
//   {"mccs": ["5411", "3000-3299", "group:gambling"],   codes, ranges, groups of core/mcc_groups.h
//    "merchants": ["000000000471183"],                  card acceptor ids
//    "countries": ["USA"],                              the merchant's, ISO 3166-1 alpha-3
//    "currencies": ["USD"],                             the merchant's, ISO 4217
//    "entry_modes": ["chip"], "card_presences": ["present"], "channels": ["atm"],
//    "wallets": ["apple"], "recurrences": ["recurring"], "kinds": ["cash"]}    words of core
//
// Every key is optional; no list is empty, for an empty one would match everything. The first four
// may be turned round: {"countries": {"except": ["RUS"]}} is every known country but this one.

#pragma once

#include <boost/json/object.hpp>

#include "authd/load/object_reader.h"
#include "core/filter.h"

namespace authd {

// Errors go to the reader.
core::Filter read_filter(ObjectReader& in);

// read_filter reads it back as it was. Groups are written as their ranges.
boost::json::object filter_json(const core::Filter& filter);

}  // namespace authd
