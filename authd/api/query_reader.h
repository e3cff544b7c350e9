// QueryReader: strict reading of the part of a target behind '?'. All that is wrong is named at
// once.
//
// After an error the values returned are placeholders within their bounds.

#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "authd/api/problem.h"
#include "core/time.h"

namespace authd::api {

class QueryReader {
 public:
  explicit QueryReader(std::string_view query);

  // Nothing when it is not given.
  std::optional<std::string> text(std::string_view name, std::size_t size_max);
  std::optional<std::int64_t> integer(std::string_view name, std::int64_t min, std::int64_t max);
  std::optional<core::Timestamp> time(std::string_view name);

  // The position of the value in `names`, counted from 1; 0 when it is not given.
  std::size_t position(std::string_view name, std::span<const std::string_view> names);

  void refuse(std::string_view name, std::string message);

  // Refuses parameters that nobody asked for. Call last.
  core::Result<void, Problem> finish();

 private:
  std::map<std::string, std::string, std::less<>> values_;  // those nobody asked for yet
  std::vector<FieldError> errors_;
};

}  // namespace authd::api
