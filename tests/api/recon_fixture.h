// ReconTest: the API with suppliers, runs, lines and discrepancies, as the engine would have left
// them, and clearings in the ledger.
//
// After every test the ledger balances, and every chain of the audit trail is intact.

#pragma once

#include <string>

#include "tests/api/money_fixture.h"

namespace authd::test {

// Suppliers: "shop" (card books of "demo"; a second person above 10.00), "bank" (transfers of
// "demo"; above 0) and "far" (card books of "other").
class ReconTest : public MoneyTest {
 protected:
  void SetUp() override;
  void TearDown() override;

  // Rows. A run is done unless `state` says something else.
  std::string run(const std::string& supplier, int state = 5);
  void line(const std::string& run, int number, std::int64_t minor, const std::string& reference);
  // The item (1, sequence), of a notice that cleared so much.
  std::string cleared(const std::string& notice, std::int64_t minor);

  struct Wrong {
    int kind = 1;
    std::int64_t difference_minor = -500;
    int line = 0;           // of the run
    std::string item = {};  // its sequence
    int state = 2;
    std::string match = {};
  };
  std::string exception(const std::string& run, const Wrong& wrong);
  // The run's own, of a line and an item.
  std::string matched(const std::string& run, int line, const std::string& item, int method = 9);

  // POST …/exceptions/<id>/<action> with the version that it has.
  ApiAnswer act(const std::string& exception, const std::string& action, const std::string& body,
                const std::string& fields = "");
  std::string path(const std::string& exception, const std::string& action = "") const;
  std::string version_field(const std::string& exception);

  std::string state_of(const std::string& exception);  // "resolved dismissed", "open"
  std::string trail_of(const std::string& exception);  // "assigned,commented"
  std::string book(int number);                        // its sum, of all currencies

  // Two people who see "demo", with all scopes.
  const std::string& first() const { return first_; }
  const std::string& second() const { return second_; }
  static std::string actor(const std::string& key_field);  // "key:…"

 private:
  std::string first_;
  std::string second_;
};

}  // namespace authd::test
