// An amount written as a JSON integer, its sign apart: some processors sign by direction, some by
// habit.

#pragma once

#include <cstddef>
#include <cstdint>

#include "authd/processors/field_reader.h"

namespace authd::processors {

struct IntegerAmount {
  std::int64_t units = 0;  // of the processor's own smallest unit, up to core::minor_units_max
  bool is_negative = false;
};

// Read from its digits. "4275.0" is an integer too; anything but zeros behind the point is refused.
Field<IntegerAmount> integer_amount(const FieldReader& reader, std::size_t field);

}  // namespace authd::processors
