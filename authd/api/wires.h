// Wires: money that a bank carries to somebody outside. Reserved when it is requested, taken when
// it is settled, given back when it is returned, before that or afterwards.

#pragma once

#include "authd/api/call.h"

namespace authd::api {

Resource wires_resource();

}  // namespace authd::api
