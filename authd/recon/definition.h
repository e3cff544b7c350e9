// What a supplier's configuration says, for people: the keys of ops/authd.example.toml with the
// values that hold, those that nobody has written included.

#pragma once

#include <boost/json/object.hpp>

#include "authd/recon/supplier.h"

namespace authd::recon {

// Exact: amounts are integers of minor units, percentages and rates decimal numbers in strings.
// Where its files lie is not part of it.
boost::json::object definition_json(const Supplier& supplier);

}  // namespace authd::recon
