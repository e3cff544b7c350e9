// Lines of a run, each with what it was matched with and what is wrong with it, and those that
// could not be read.

#pragma once

#include "authd/api/call.h"

namespace authd::api {

Resource recon_lines_resource();

}  // namespace authd::api
