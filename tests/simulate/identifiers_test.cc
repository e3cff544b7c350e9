#include "authd/simulate/identifiers.h"

#include <gtest/gtest.h>

#include <boost/json.hpp>
#include <vector>

#include "authd/processors/card_number.h"
#include "authd/simulate/fixture_life_cycle.h"

namespace authd::simulate {
namespace {

namespace json = boost::json;

constexpr const char* fixtures_folder = AUTHD_TEST_DATA "/fixtures";

const std::vector<Fixture>& fixtures() {
  static const std::vector<Fixture> all = *read_fixtures(fixtures_folder);
  return all;
}

TEST(Identifiers, AreRecognisedByTheirShape) {
  for (const char* const identifier :
       {"7f0c9a52-4c1e-4b7a-9d0b-5e2f8a61c3d4", "iauth_1LbU9a98XLGYhbcjt1bs56zQ",
        "evt_0123456789abcdef", "PIMF7R1WMHHC0648FASDGSB2N", "THDEQHGJX6SGAQ", "ABCDEFGHIJKL1"}) {
    EXPECT_TRUE(is_identifier(identifier)) << identifier;
  }
}

TEST(Identifiers, AreNotTheWordsOfAProtocol) {
  for (const char* const word :
       {"", "webhook_declined", "grocery_stores_supermarkets", "pgfs.authorization.clearing",
        "evt_0123456789abcde", "evt_abcdefghijklmnop", "_0123456789abcdef", "Evt_0123456789abcdef",
        "INSUFFICIENT_FUNDS", "MASTERCARDDEBIT", "ABCDEFGHIJK1", "0000000000128876",
        "2026-11-16T21:08:50Z", "d-20013580", "7f0c9a52-4c1e-4b7a-9d0b-5e2f8a61c3d",
        "7F0C9A52-4c1e-4b7a-9d0b-5e2f8a61c3d4", "7f0c9a52-4c1e-4b7a-9d0b-5e2f8a61c3dg"}) {
    EXPECT_FALSE(is_identifier(word)) << word;
  }
}

TEST(Identifiers, KeepTheirShape) {
  const Identifiers identifiers(1);
  for (const std::string identifier :
       {"7f0c9a52-4c1e-4b7a-9d0b-5e2f8a61c3d4", "iauth_1LbU9a98XLGYhbcjt1bs56zQ",
        "PIMF7R1WMHHC0648FASDGSB2N", "card-coffee-17"}) {
    const std::string made = identifiers.renewed(identifier);
    ASSERT_EQ(made.size(), identifier.size());
    EXPECT_NE(made, identifier);
    for (std::size_t i = 0; i < made.size(); ++i) {
      const auto kind = [](unsigned char c) {
        return std::make_tuple(std::isdigit(c) != 0, std::islower(c) != 0, std::isupper(c) != 0);
      };
      EXPECT_EQ(kind(static_cast<unsigned char>(made[i])),
                kind(static_cast<unsigned char>(identifier[i])))
          << identifier << " " << made;
    }
    EXPECT_EQ(is_identifier(made), is_identifier(identifier));
  }
  EXPECT_TRUE(identifiers.renewed("iauth_1LbU9a98XLGYhbcjt1bs56zQ").starts_with("iauth_"));
  EXPECT_TRUE(identifiers.renewed("PIMF7R1WMHHC0648FASDGSB2N").starts_with("PI"));
  const std::string uuid = identifiers.renewed("7f0c9a52-4c1e-4b7a-9d0b-5e2f8a61c3d4");
  EXPECT_EQ(uuid[14], '4');
  EXPECT_EQ(uuid[19], '9');
}

TEST(Identifiers, AreOfTheSeedAndTheOldOneAlone) {
  const std::string uuid = "7f0c9a52-4c1e-4b7a-9d0b-5e2f8a61c3d4";
  std::set<std::string> made;
  for (std::uint64_t seed = 0; seed < 10'000; ++seed) {
    EXPECT_EQ(Identifiers(seed).renewed(uuid), Identifiers(seed).renewed(uuid));
    made.insert(Identifiers(seed).renewed(uuid));
  }
  EXPECT_EQ(made.size(), 10'000U);
}

TEST(Identifiers, NeverLookLikeACardNumber) {
  const std::string sixteen = "A4242424242424242";
  EXPECT_TRUE(processors::holds_card_number(sixteen));
  for (std::uint64_t seed = 0; seed < 1'000; ++seed) {
    const std::string made = Identifiers(seed, {sixteen}).renewed(sixteen);
    EXPECT_FALSE(processors::holds_card_number(made)) << made;
  }
}

TEST(Identifiers, AreRenewedInATextWhoseNumbersKeepTheirDigits) {
  const Identifiers identifiers(7, {"card-coffee"});
  const std::string id = "evt_0123456789abcdef";
  const std::string text = R"({ "id":"evt_0123456789abcdef", "amount": 10.0, "n": 1e2,)"
                           R"("said": "\"evt_0123456789abcdef", "card":"card-coffee",)"
                           R"( "to": ["evt_0123456789abcdef"]} )";
  const std::string made = identifiers.renewed_in(text);
  EXPECT_EQ(made, R"({ "id":")" + identifiers.renewed(id) + R"(", "amount": 10.0, "n": 1e2,)" +
                      R"("said": "\"evt_0123456789abcdef", "card":")" +
                      identifiers.renewed("card-coffee") + R"(", "to": [")" +
                      identifiers.renewed(id) + R"("]} )");
}

TEST(Identifiers, LeaveATextAloneThatEndsInAString) {
  const Identifiers identifiers(7);
  for (const char* const text : {"", "{}", "\"", "\"abc", "\"abc\\", "{\"a\": \"b\\\""})
    EXPECT_EQ(identifiers.renewed_in(text), text);
}

void for_each_string(const json::value& value, const std::function<void(std::string_view)>& visit) {
  if (value.is_string()) visit(value.get_string());
  if (value.is_array())
    for (const json::value& element : value.get_array()) for_each_string(element, visit);
  if (value.is_object())
    for (const auto& [key, member] : value.get_object()) for_each_string(member, visit);
}

// So renewing whole strings renews all identifiers.
TEST(Identifiers, StandInNoLongerStringOfTheFixtures) {
  for (const Fixture& fixture : fixtures()) {
    std::set<std::string> strings;
    for (const FixtureMessage& each : fixture.messages) {
      for_each_string(json::parse(each.message.body),
                      [&strings](std::string_view text) { strings.emplace(text); });
    }
    for (const std::string& identifier : strings) {
      if (!is_identifier(identifier)) continue;
      for (const std::string& text : strings) {
        EXPECT_TRUE(text == identifier || text.find(identifier) == std::string::npos)
            << fixture.name << ": " << text << " has " << identifier << " in it";
      }
    }
  }
}

// What the adapters tell messages, life cycles and cards apart by.
std::set<std::string> names_in(const Fixture& fixture,
                               const std::function<std::string(const std::string&)>& changed) {
  const auto adapter = processors::make_adapter(*processors::adapter_options(fixture.processor));
  processors::JsonWalk walk(65'536);
  const auto program = *core::ProgramId::from("demo");
  std::set<std::string> names;
  std::vector<core::Event> events;
  for (const FixtureMessage& each : fixture.messages) {
    const std::string body = changed(each.message.body);
    const std::string padded = body + std::string(processors::PaddedBody::padding_bytes, ' ');
    const processors::PaddedBody view{std::string_view(padded).substr(0, body.size())};
    if (each.message.is_question) {
      const auto question = adapter->read_question(walk, program, view);
      if (!question) {
        ADD_FAILURE() << fixture.name << " " << each.file;
        continue;
      }
      names.emplace(question->request.message.view());
      names.emplace(question->request.authorization.view());
      names.emplace(question->request.card.view());
    } else {
      EXPECT_FALSE(adapter->read_events(walk, program, view, events))
          << fixture.name << " " << each.file;
    }
  }
  for (const core::Event& event : events) {
    names.emplace(event.notice.view());
    names.emplace(event.authorization.view());
    names.emplace(event.card.view());
  }
  names.erase("");
  return names;
}

TEST(Identifiers, LeaveNoNameInTheFixturesThatTheDaemonWouldRemember) {
  for (const Fixture& fixture : fixtures()) {
    const auto as_it_is = [](const std::string& body) { return body; };
    const auto cards = cards_of(fixture, *processors::adapter_options(fixture.processor));
    const auto old_names = names_in(fixture, as_it_is);
    const auto renewed_by = [&cards](std::uint64_t seed) {
      return [identifiers = Identifiers(seed, cards)](const std::string& body) {
        return identifiers.renewed_in(body);
      };
    };
    const auto once = names_in(fixture, renewed_by(1));
    const auto twice = names_in(fixture, renewed_by(2));
    EXPECT_EQ(once.size(), old_names.size()) << fixture.name;
    EXPECT_EQ(twice.size(), old_names.size()) << fixture.name;
    for (const std::string& name : once) {
      EXPECT_FALSE(old_names.contains(name)) << fixture.name << ": " << name;
      EXPECT_FALSE(twice.contains(name)) << fixture.name << ": " << name;
    }
  }
}

}  // namespace
}  // namespace authd::simulate
