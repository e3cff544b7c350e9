#include "authd/simulate/message_file.h"

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <istream>
#include <string_view>

#include "authd/load/strict_json.h"
#include "authd/simulate/json_difference.h"

namespace authd::simulate {

namespace {

namespace json = boost::json;
using core::Unexpected;
using Checked = core::Result<void, std::string>;

Unexpected<std::string> wrong(std::string what) { return Unexpected{std::move(what)}; }

// Refuses members besides `names`.
Checked check_members(const json::object& object, std::initializer_list<std::string_view> names) {
  for (const auto& [key, value] : object) {
    bool is_known = false;
    for (const std::string_view name : names) is_known = is_known || key == name;
    if (!is_known) return wrong("\"" + std::string(key) + "\" is not known");
  }
  return {};
}

core::Result<std::string, std::string> text_of(const json::object& object, std::string_view name) {
  const json::value* const value = object.if_contains(name);
  if (value == nullptr || !value->is_string())
    return wrong("\"" + std::string(name) + "\" must be a text");
  return std::string(std::string_view(value->get_string()));
}

core::Result<std::string, std::string> body_of(const json::object& object) {
  const json::value* const body = object.if_contains("body");
  if (body != nullptr && body->is_object()) return json::serialize(*body);
  if (body != nullptr && body->is_string())
    return std::string(std::string_view(body->get_string()));
  return wrong("\"body\" must be an object or a text");
}

Checked read_expected(const json::value& expect, FileMessage& message) {
  constexpr std::int64_t status_min = 100;
  constexpr std::int64_t status_max = 599;
  const json::object* const object = expect.if_object();
  if (object == nullptr) return wrong("\"expect\" must be an object");
  AUTHD_TRY_VOID(check_members(*object, {"status", "body"}));
  const json::value* const status = object->if_contains("status");
  if (status != nullptr) {
    const std::int64_t* const number = status->if_int64();
    if (number == nullptr || *number < status_min || *number > status_max)
      return wrong("\"status\" must be 100 to 599");
    message.status = *number;
  }
  const json::value* const body = object->if_contains("body");
  if (body != nullptr) message.body = *body;
  return {};
}

core::Result<FileMessage, std::string> read_message(std::string_view line) {
  AUTHD_TRY(root, parse_strict_json(line));
  const json::object* const object = root.if_object();
  if (object == nullptr) return wrong("must be an object");
  AUTHD_TRY_VOID(check_members(*object, {"program", "endpoint", "body", "expect"}));
  FileMessage message;
  AUTHD_TRY(program, text_of(*object, "program"));
  AUTHD_TRY(endpoint, text_of(*object, "endpoint"));
  if (endpoint != "authorizations" && endpoint != "events")
    return wrong("\"endpoint\" must be \"authorizations\" or \"events\"");
  AUTHD_TRY(body, body_of(*object));
  message.program = std::move(program);
  message.message.is_question = endpoint == "authorizations";
  message.message.body = std::move(body);
  const json::value* const expect = object->if_contains("expect");
  if (expect != nullptr) AUTHD_TRY_VOID(read_expected(*expect, message));
  return message;
}

}  // namespace

core::Result<std::vector<FileMessage>, std::string> read_messages(std::istream& in) {
  std::vector<FileMessage> messages;
  std::string line;
  for (std::uint64_t number = 1; std::getline(in, line); ++number) {
    if (line.empty()) continue;
    auto message = read_message(line);
    if (!message) return wrong("line " + std::to_string(number) + ": " + message.error());
    message->line = number;
    messages.push_back(*std::move(message));
  }
  if (in.bad()) return wrong("cannot be read");
  if (messages.empty()) return wrong("there is no message in it");
  return messages;
}

std::string wrong_answer(const FileMessage& message, const Heard& answer) {
  if (message.status && *message.status != answer.status) {
    return "status " + std::to_string(*message.status) + " was expected, " +
           std::to_string(answer.status) + " was found";
  }
  if (!message.body) return {};
  boost::system::error_code error;
  const json::value found = json::parse(answer.body, error);
  if (error) return "the body is not JSON: " + error.message();
  return difference(*message.body, found, Members::expected);
}

}  // namespace authd::simulate
