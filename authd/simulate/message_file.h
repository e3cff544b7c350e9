// A file of messages, NDJSON, to be sent as they are:
//
//   {"program": "demo", "endpoint": "authorizations", "body": {…}, "expect": {"status": 200}}
//   {"program": "demo", "endpoint": "events", "body": "{\"pings\": …}", "expect": {"body": {…}}}
//
// `body` is an object, which is written without blanks, or a text, which is sent byte for byte and
// need not be JSON. `expect` and each of its two may be missing; of a body that is expected the
// answer must have what stands there, and may have more. Empty lines are skipped.
//
// Errors: the first line that is wrong, by its number, before anything is sent.

#pragma once

#include <boost/json/value.hpp>
#include <cstdint>
#include <iosfwd>
#include <optional>
#include <string>
#include <vector>

#include "authd/simulate/life_cycle.h"
#include "core/result.h"

namespace authd::simulate {

struct FileMessage {
  std::uint64_t line = 0;
  std::string program;
  Message message;
  std::optional<std::int64_t> status;
  std::optional<boost::json::value> body;
};

core::Result<std::vector<FileMessage>, std::string> read_messages(std::istream& in);

// What is wrong with the answer; empty: nothing.
std::string wrong_answer(const FileMessage& message, const Heard& answer);

}  // namespace authd::simulate
