// Spend controls of programs, accounts and cards, and what is used of them.
//
// A control is defined as `authd load` reads it (authd/load/control_definition.h); its owner stands
// in the path and may be left out. Changes are those of core::SetControl and core::RemoveControl,
// applied to what the ledger has. Decisions heed controls, so every change is answered once the
// state has it.

#pragma once

#include "authd/api/call.h"

namespace authd::api {

Resource controls_resource();

}  // namespace authd::api
