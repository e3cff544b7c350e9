// Story: one of everything that can befall a card, in some seventy records; what random worlds meet
// seldom is met here for certain.

#pragma once

#include "tests/postgres/world.h"

namespace authd::test {

// In a world that has no record yet. Flushed at the end.
void tell_story(World& world);

}  // namespace authd::test
