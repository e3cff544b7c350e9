// Values that many objects of the API have.

#pragma once

#include <boost/json/object.hpp>
#include <boost/json/value.hpp>
#include <cstdint>
#include <optional>
#include <string_view>

#include "core/time.h"

namespace authd::api {

boost::json::object amount_json(std::int64_t minor, std::string_view currency);
boost::json::value time_or_null(const std::optional<core::Timestamp>& at);
boost::json::value text_or_null(std::string_view text);  // null when it is empty

}  // namespace authd::api
