// LifeCycle: one fixture as commands for core, and what each must do to the account.
//
// tests/fixtures/README.md describes the files. Errors: a file that is not there, not JSON, or has a word
// that the translation does not know throws, so that no message is left out silently.

#pragma once

#include <boost/json.hpp>
#include <cstdint>
#include <iosfwd>
#include <optional>
#include <string>
#include <vector>

#include "core/apply.h"

namespace authd::core::test {

// What a life cycle holds, has posted and announces; or by how much a message changes it.
struct Sums {
  std::int64_t held_minor = 0;
  std::int64_t posted_minor = 0;
  std::int64_t pending_credit_minor = 0;
  friend bool operator==(const Sums&, const Sums&) = default;
};
std::ostream& operator<<(std::ostream& out, const Sums& sums);

// What the booking of an event must be marked as.
struct Marks {
  bool unasked = false;
  bool over_captured = false;
  bool late = false;
  bool ghost = false;
  friend bool operator==(const Marks&, const Marks&) = default;
};
std::ostream& operator<<(std::ostream& out, const Marks& marks);

struct ExpectedAnswer {
  Reason reason = Reason::approved;
  std::int64_t approved_minor = 0;
  bool in_time = true;
  bool has_alternative = false;  // insufficient_funds where the program has no partial approval
};

// One message.
struct Step {
  std::string file;                      // names it in failures
  std::optional<Command> command;        // nothing: it tells core nothing
  std::optional<ExpectedAnswer> answer;  // of a request
  bool repeated = false;                 // the same message came before
  Marks marks;
  Sums change;
  Sums total;
};

struct LifeCycle {
  std::string name;  // "marqeta/a-auth-full-clearing"
  Currency currency;
  bool order_independent = false;
  std::int64_t posted_minor = 0;     // of the account before the first message
  std::int64_t available_minor = 0;  // likewise; less, because other purchases hold the rest
  std::vector<Step> steps;
  Sums total;  // after all of them
};

// Every file of the folder, sorted.
const std::vector<std::string>& life_cycle_names();

boost::json::object read_fixture(const std::string& name);
LifeCycle life_cycle(const std::string& name, const boost::json::object& fixture);

// Where the commands of the fixtures happen.
inline const ProgramId fixture_program = *ProgramId::from("demo");
inline const CardToken fixture_card = *CardToken::from("card-1");

// The command that a message is, with nothing for those that tell core nothing.
std::optional<Command> command_of(const std::string& life_cycle, const boost::json::object& fixture,
                                  const boost::json::object& message);

// Members of the fixtures' objects.
std::string text_of(const boost::json::object& object, const char* member);  // "": absent or null
Money money_of(const boost::json::object& object, const char* member);

}  // namespace authd::core::test
