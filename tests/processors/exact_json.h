// JSON whose numbers keep their digits: Boost.JSON would write 42.75 as 4.275E1.

#pragma once

#include <boost/json/value.hpp>
#include <string>
#include <string_view>

namespace authd::test {

// Numbers with a decimal point or an exponent become strings with a mark, which to_text() removes.
boost::json::value parse_exactly(std::string_view text);

// A value that is written as it stands in `text`: a number, null, an object.
boost::json::value as_it_stands(std::string_view text);

std::string to_text(const boost::json::value& value);

}  // namespace authd::test
