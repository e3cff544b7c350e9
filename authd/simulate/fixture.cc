#include "authd/simulate/fixture.h"

#include <algorithm>
#include <boost/json/parse.hpp>
#include <fstream>
#include <iterator>
#include <optional>
#include <set>
#include <string_view>

namespace authd::simulate {

namespace {

namespace fs = std::filesystem;
namespace json = boost::json;
using boost::system::error_code;
using core::Unexpected;

constexpr const char* description = "expected.json";
constexpr std::int64_t plenty_minor = 1'000'000'00;

core::Result<std::string, std::string> contents(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  std::string text{std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
  if (!file.is_open() || file.bad()) return Unexpected{path.string() + ": cannot be read"};
  return text;
}

std::optional<std::string> text_at(const json::value& root, std::string_view pointer) {
  error_code error;
  const json::value* const value = root.find_pointer(pointer, error);
  if (value == nullptr || !value->is_string()) return std::nullopt;
  return std::string(std::string_view(value->get_string()));
}

std::optional<std::int64_t> integer_at(const json::value& root, std::string_view pointer) {
  error_code error;
  const json::value* const value = root.find_pointer(pointer, error);
  if (value == nullptr || !value->is_int64()) return std::nullopt;
  return value->get_int64();
}

std::optional<bool> boolean_at(const json::value& root, std::string_view pointer) {
  error_code error;
  const json::value* const value = root.find_pointer(pointer, error);
  if (value == nullptr || !value->is_bool()) return std::nullopt;
  return value->get_bool();
}

// What one message assumes of the balance, where it does: a decline for want of money, one minor
// unit too little.
void assume(const json::value& message, Fixture& fixture) {
  const auto asked = integer_at(message, "/amount/minor");
  const auto outcome = text_at(message, "/decision/outcome");
  if (!asked || !outcome) return;
  if (outcome == "decline") fixture.available_minor = *asked - 1;
  if (outcome == "approve_partial") fixture.approves_in_part = true;
}

// Says what is missing; nothing: added, or it stands in a body that was added.
std::optional<std::string> add_message(const json::value& message, const fs::path& folder,
                                       Fixture& fixture) {
  const auto file = text_at(message, "/file");
  const auto channel = text_at(message, "/channel");
  if (!file || !channel) return "a message without file or channel";
  assume(message, fixture);
  if (!fixture.messages.empty() && fixture.messages.back().file == *file) return std::nullopt;
  auto body = contents(folder / *file);
  if (!body) return body.error();
  FixtureMessage added;
  added.file = *file;
  added.message.is_question = channel == "gateway";
  added.message.body = *std::move(body);
  error_code error;
  const json::value* const answer = message.find_pointer("/expected_response", error);
  if (answer != nullptr) added.expected_answer = *answer;
  fixture.messages.push_back(std::move(added));
  return std::nullopt;
}

std::optional<std::string> add_messages(const json::value& root, const fs::path& folder,
                                        Fixture& fixture) {
  error_code error;
  const json::value* const messages = root.find_pointer("/messages", error);
  if (messages == nullptr || !messages->is_array() || messages->get_array().empty())
    return "no messages";
  for (const json::value& message : messages->get_array()) {
    auto missing = add_message(message, folder, fixture);
    if (missing) return missing;
  }
  return std::nullopt;
}

std::optional<std::string> read(const json::value& root, const fs::path& folder, Fixture& fixture) {
  const auto name = text_at(root, "/lifecycle");
  if (!name || name->find('/') == std::string::npos)
    return "lifecycle must be \"processor/what happens\"";
  fixture.name = *name;
  fixture.processor = name->substr(0, name->find('/'));
  const auto currency = core::Currency::from_alpha(text_at(root, "/currency").value_or(""));
  if (!currency) return "currency must be one of ISO 4217";
  fixture.currency = *currency;
  fixture.order_independent = boolean_at(root, "/order_independent").value_or(false);
  const auto held = integer_at(root, "/final/open_hold/minor");
  const auto posted = integer_at(root, "/final/posted_total/minor");
  if (!held || !posted) return "final needs open_hold and posted_total";
  fixture.effect.held_minor = *held;
  fixture.effect.posted_minor = *posted;

  fixture.available_minor = plenty_minor;
  auto missing = add_messages(root, folder, fixture);
  if (missing) return missing;
  const auto available = integer_at(root, "/preconditions/available_balance/minor");
  if (available) fixture.available_minor = *available;
  fixture.posted_minor =
      integer_at(root, "/preconditions/ledger_balance/minor").value_or(fixture.available_minor);
  // An account is opened with less available than posted by a minimum balance, and never with more.
  if (fixture.available_minor < 0 || fixture.posted_minor < fixture.available_minor)
    return "preconditions: 0 <= available_balance <= ledger_balance";
  return std::nullopt;
}

}  // namespace

core::Result<Fixture, std::string> read_fixture(const fs::path& folder) {
  const fs::path path = folder / description;
  AUTHD_TRY(text, contents(path));
  error_code error;
  const json::value root = json::parse(text, error);
  if (error) return Unexpected{path.string() + ": " + error.message()};
  Fixture fixture;
  const auto missing = read(root, folder, fixture);
  if (missing) return Unexpected{path.string() + ": " + *missing};
  return fixture;
}

core::Result<std::vector<Fixture>, std::string> read_fixtures(const fs::path& folder) {
  std::set<fs::path> folders;
  std::error_code error;
  fs::recursive_directory_iterator entry(folder, error);
  for (; !error && entry != fs::recursive_directory_iterator(); entry.increment(error)) {
    if (entry->path().filename() == description) folders.insert(entry->path().parent_path());
  }
  if (error) return Unexpected{folder.string() + ": " + error.message()};
  if (folders.empty())
    return Unexpected{folder.string() + ": no " + description + " in it or below it"};
  std::vector<Fixture> fixtures;
  for (const fs::path& one : folders) {
    AUTHD_TRY(fixture, read_fixture(one));
    fixtures.push_back(std::move(fixture));
  }
  return fixtures;
}

}  // namespace authd::simulate
