// What the tests of formats write: a row of every kind, which the golden files pin, and the largest
// rows and the largest request that there can be.

#pragma once

#include "tests/store/samples.h"

namespace authd::store::test {

Named<core::Row> ordinary_rows();
Named<core::Row> largest_rows();

// Every control with the longest lists there can be: more than fits a record.
core::ControlSet largest_controls();

// The request that counts most: 64 limits on each level, all counters new with each take.
Record largest_request();

}  // namespace authd::store::test
