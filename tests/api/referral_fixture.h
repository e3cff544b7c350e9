// ReferralTest: the API with two programs that have referral, holders who can become members, and
// earnings as the worker would have written them.
//
// After every test the sums of every member are those of his rows.

#pragma once

#include <string>

#include "tests/api/money_fixture.h"

namespace authd::test {

class ReferralTest : public MoneyTest {
 protected:
  // Programs "demo" (USD, Europe/Berlin) and "other" (USD, UTC).
  void SetUp() override;
  void TearDown() override;

  // Its number. Born `age_s` ago.
  std::string holder(const std::string& program = "demo", int age_s = 0);
  // A holder who has joined, with the code of an inviter or none.
  std::string member(const std::string& claims = "", const std::string& more = "",
                     const std::string& program = "demo");
  std::string code_of(const std::string& member);
  ApiAnswer join(const std::string& holder, const std::string& more = "");
  ApiAnswer claim(const std::string& member, const std::string& code, const std::string& more = "");

  // One row of authd.referral_book(): what `earner` has earned from `spender` at a level, under a
  // case or none. `source` names what it is of; `kind` 2 takes back, under another `entry`.
  struct Earned {
    std::int64_t minor = 100;
    int level = 1;
    int kind = 1;
    int source = 1;
    int entry = 0;  // 0: the source
    std::string under = "0";
    std::string at = "now()";
  };
  void book(const std::string& earner, const std::string& spender, const Earned& earned);

  static std::string path(const std::string& member, const std::string& more = "");
  std::int64_t stat(const std::string& member, const std::string& name);  // of /stats, in minor
  std::string refusal(const ApiAnswer& answer);
};

}  // namespace authd::test
