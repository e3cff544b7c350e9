#include "authd/recon/supplier.h"

#include <algorithm>

namespace authd::recon {

const Supplier* Suppliers::find(std::string_view name) const noexcept {
  const auto found = std::find_if(suppliers.begin(), suppliers.end(),
                                  [name](const Supplier& s) { return s.name == name; });
  return found == suppliers.end() ? nullptr : &*found;
}

}  // namespace authd::recon
