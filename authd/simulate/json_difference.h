// Where two JSON values differ, for people.

#pragma once

#include <boost/json/value.hpp>
#include <cstdint>
#include <string>

namespace authd::simulate {

enum class Members : std::uint8_t {
  all,       // objects have the same members
  expected,  // objects may have others besides; arrays have the same length all the same
};

// "jit_funding.amount: 31 was expected, 30 was found"; empty when there is none. 31, 31.0 and 31.00
// are the same number, the order of members does not matter.
std::string difference(const boost::json::value& expected, const boost::json::value& found,
                       Members members);

}  // namespace authd::simulate
