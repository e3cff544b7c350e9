// Cards: a processor's token bound to an account, and whether it may be used.
//
//   inactive ── activate ──► active ◄── freeze, unfreeze ──► frozen
//   any of them ── close ──► closed, for good
//
// An inactive card cannot be frozen: to unfreeze it would activate it. Decisions heed all of this,
// so every change is answered once the state has it.

#pragma once

#include "authd/api/call.h"

namespace authd::api {

Resource cards_resource();

}  // namespace authd::api
