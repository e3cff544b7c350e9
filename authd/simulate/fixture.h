// Fixture: a life cycle as a folder of bodies and what is expected of them
// (tests/fixtures/README.md says what stands in expected.json).
//
// Errors: a folder that is not complete is refused with a sentence that names the file.

#pragma once

#include <boost/json/value.hpp>
#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "authd/simulate/life_cycle.h"
#include "core/money.h"
#include "core/result.h"

namespace authd::simulate {

struct FixtureMessage {
  std::string file;  // "03-webhook-clearing.json"
  Message message;
  boost::json::value expected_answer;  // of a question; null: any will do
};

struct Fixture {
  std::string name;       // "marqeta/a-auth-full-clearing"
  std::string processor;  // "marqeta"
  core::Currency currency;
  bool order_independent = false;
  std::vector<FixtureMessage> messages;
  Effect effect;                     // of all of them
  std::int64_t posted_minor = 0;     // on the account before the first
  std::int64_t available_minor = 0;  // likewise
  bool approves_in_part = false;     // needs a program that does
};

core::Result<Fixture, std::string> read_fixture(const std::filesystem::path& folder);

// Every fixture in `folder` and below it, by name; there is one at least.
core::Result<std::vector<Fixture>, std::string> read_fixtures(const std::filesystem::path& folder);

}  // namespace authd::simulate
