// composed_id: one id for core out of the several values that tell a processor's messages apart.
//
// The values joined by '|' where that is an id: at most 64 bytes of visible ASCII. Otherwise the
// first 31 bytes of it, '~', and 32 hex digits of the SHA-256 of all of it; what is not visible
// ASCII among the 31 is '?'. So long ids keep the front that people search for, and differ as their
// values differ. A '|' inside of any value but the last would make two ids equal that are not;
// processors' tokens and words have none.
//
// Part of what is stored: the same values give the same id for ever.

#pragma once

#include <initializer_list>
#include <string_view>

#include "core/identifiers.h"

namespace authd::processors {

core::MessageId composed_id(std::initializer_list<std::string_view> parts);

}  // namespace authd::processors
