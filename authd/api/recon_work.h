// Work on exceptions that moves no money and matches nothing: who does it, what is said about it,
// how far it is, and that it needs no more.

#pragma once

#include "authd/api/call.h"

namespace authd::api {

Resource recon_work_resource();

}  // namespace authd::api
