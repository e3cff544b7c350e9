// What a command, an outcome and an explanation say, in one line: for the message of a test that
// failed.

#pragma once

#include <string>

#include "core/apply.h"

namespace authd::core::test {

std::string describe(const Command& command);
std::string describe(const Moment& moment);
std::string describe(const Outcome& outcome);
std::string describe(const Explanation& explanation);

}  // namespace authd::core::test
