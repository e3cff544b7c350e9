// Due: the calendar of expiries, as rows.
//
// Authorizations that expire in the same ten minutes form a list: DueSlot has its head, each one
// names the next. A cursor row says which slots are over. So linking and expiring cost a few rows
// each, whatever the number of open holds, and the calendar is rebuilt by recovery like every row.

#pragma once

#include <vector>

#include "core/apply.h"

namespace authd::core {

// Links the authorization, which holds money and is in no slot, into the slot of its expiry.
Result<void, StateFault> link_due(const State& state, Authorization& authorization, Timestamp now,
                                  std::vector<Row>& rows);

Result<void, StateFault> expire_next(const State& state, const Moment& moment, Applied& applied);

}  // namespace authd::core
