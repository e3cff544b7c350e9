// Bodies that were damaged on the way: nothing that simdjson's validating DOM parser refuses may be
// accepted, nothing it accepts may be called malformed, and nothing may crash or yield an answer
// that is not JSON.

#include <gtest/gtest.h>
#include <simdjson.h>

#include <array>
#include <random>

#include "tests/processors/marqeta_bodies.h"

namespace authd::processors::marqeta {
namespace {

// Characters that are wrong in most places, each in another way.
constexpr std::array<char, 24> intruders{'"',  '\\', '{',  '}',    '[',    ']',    ',',    ':',
                                         '0',  'e',  '-',  '.',    'n',    'u',    '/',    ' ',
                                         '\n', '\t', '\0', '\x1F', '\x7F', '\x80', '\xC3', '\xFF'};

bool valid_json(const std::string& body) {
  static simdjson::dom::parser parser;
  return parser.parse(body).error() == simdjson::SUCCESS;
}

// Of a body that has no more than the refusals of our own.
bool is_malformed(const ParseError& error) {
  return error.fault == ParseFault::malformed || error.fault == ParseFault::not_an_object;
}

void compare_with_dom(const std::string& body) {
  const auto message = test::parse(body);
  const bool valid = valid_json(body);
  if (message) {
    ASSERT_TRUE(valid) << "accepted: " << body;
  } else if (is_malformed(message.error())) {
    ASSERT_FALSE(valid) << "called malformed: " << body;
  }
}

class MarqetaMutations : public testing::TestWithParam<std::size_t> {
 protected:
  const std::string& fixture() const { return test::gateway_fixtures()[GetParam()].body; }
};

TEST_P(MarqetaMutations, OfOneByteAreJudgedAsByTheDomParser) {
  // The whole square of positions and intruders would take minutes without optimisation: each
  // fixture takes another diagonal.
  constexpr std::size_t diagonals = 3;
  for (std::size_t at = 0; at < fixture().size(); ++at) {
    for (std::size_t diagonal = 0; diagonal < diagonals; ++diagonal) {
      std::string body = fixture();
      body[at] = intruders[(at + GetParam() + diagonal * 8) % intruders.size()];
      compare_with_dom(body);
      if (HasFatalFailure()) return;
    }
  }
}

TEST_P(MarqetaMutations, ThatCutTheBodyShortAreRefused) {
  const std::size_t end = fixture().find_last_of('}');
  for (std::size_t size = 0; size <= end; ++size) {
    ASSERT_FALSE(test::parse(std::string_view(fixture()).substr(0, size))) << size;
  }
  EXPECT_TRUE(test::parse(std::string_view(fixture()).substr(0, end + 1)));
}

INSTANTIATE_TEST_SUITE_P(Each, MarqetaMutations,
                         testing::Range<std::size_t>(0, test::gateway_fixtures().size()));

std::string mutated(std::string body, std::mt19937& random) {
  const auto below = [&random](std::size_t bound) { return random() % bound; };
  for (std::size_t left = 1 + below(4); left > 0 && !body.empty(); --left) {
    const std::size_t at = below(body.size());
    const std::size_t size = below(std::min<std::size_t>(body.size() - at, 60)) + 1;
    switch (below(5)) {
      case 0: body[at] = intruders[below(intruders.size())]; break;
      case 1: body.insert(at, 1, static_cast<char>(below(256))); break;
      case 2: body.erase(at, size); break;
      case 3: body.insert(below(body.size()), body.substr(at, size)); break;
      default: body.replace(at, size, body.substr(below(body.size()), size)); break;
    }
  }
  return body;
}

TEST(MarqetaMutations, NeverCrashAndAlwaysYieldJson) {
  constexpr unsigned seed = 20261112;
  SCOPED_TRACE(seed);
  std::mt19937 random(seed);
  core::Answer approval;
  core::Answer decline;
  decline.decision.reason = core::Reason::card_unknown;
  std::string answer;
  int accepted = 0;
  for (int i = 0; i < 20'000; ++i) {
    const auto& fixtures = test::gateway_fixtures();
    const std::string source =
        i % 2 == 0 ? test::purchase() : fixtures[random() % fixtures.size()].body;
    const std::string body = mutated(source, random);
    ASSERT_NO_FATAL_FAILURE(compare_with_dom(body));
    const auto message = test::parse(body);
    if (!message) {
      render_parse_error(message.error(), answer);
      ASSERT_TRUE(valid_json(answer)) << answer;
      continue;
    }
    ++accepted;
    ASSERT_GE(message->request.amount.minor_units, 0);
    answer = test::reply_to(*message, approval).body;
    ASSERT_TRUE(valid_json(answer)) << answer;
    answer = test::reply_to(*message, decline).body;
    ASSERT_TRUE(valid_json(answer)) << answer;
  }
  EXPECT_GT(accepted, 1000);
}

}  // namespace
}  // namespace authd::processors::marqeta
