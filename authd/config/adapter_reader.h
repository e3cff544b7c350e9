// The processor of a [[program]] table, and the table of its own, [program.<processor>], where the
// processor can be told of in more than one way.

#pragma once

#include "authd/config/table_reader.h"
#include "authd/processors/adapters.h"

namespace authd {

processors::AdapterOptions read_adapter(TableReader& program);

}  // namespace authd
