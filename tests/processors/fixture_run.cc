#include "tests/processors/fixture_run.h"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <numeric>
#include <ostream>
#include <set>
#include <stdexcept>

#include "tests/processors/json_mutations.h"
#include "tests/processors/padded.h"

namespace authd::test {

namespace {

namespace fs = std::filesystem;
namespace json = boost::json;
using core::test::Marks;
using core::test::Stage;
using core::test::Step;
using core::test::Sums;

constexpr std::size_t body_bytes_max = 65'536;
constexpr core::Timestamp answered_at{1'794'470'561'490'000};  // 2026-11-12T08:02:41.49Z

fs::path folder_of(std::string_view name) { return fs::path(AUTHD_TEST_DATA "/fixtures") / name; }

std::string contents(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) throw std::runtime_error("cannot read " + path.string());
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

processors::JsonWalk& walk() {
  static processors::JsonWalk walk(body_bytes_max);
  return walk;
}

}  // namespace

Sums FixtureBody::change() const {
  Sums sum;
  for (const Step& step : steps) {
    sum.held_minor += step.change.held_minor;
    sum.posted_minor += step.change.posted_minor;
    sum.pending_credit_minor += step.change.pending_credit_minor;
  }
  return sum;
}

Marks FixtureBody::marks() const {
  Marks any;
  for (const Step& step : steps) {
    any.unasked |= step.marks.unasked;
    any.over_captured |= step.marks.over_captured;
    any.late |= step.marks.late;
    any.ghost |= step.marks.ghost;
  }
  return any;
}

bool FixtureBody::is_repeated() const {
  return std::all_of(steps.begin(), steps.end(), [](const Step& step) { return step.repeated; });
}

Fixture read_body_fixture(const std::string& name) {
  const json::object expected = core::test::read_fixture(name);
  Fixture fixture{core::test::life_cycle(name, expected), {}};
  const json::array& messages = expected.at("messages").as_array();
  for (std::size_t i = 0; i < messages.size(); ++i) {
    const json::object& message = messages[i].as_object();
    const std::string file = core::test::text_of(message, "file");
    if (fixture.bodies.empty() || fixture.bodies.back().file != file) {
      FixtureBody body;
      body.file = file;
      body.body = contents(folder_of(name) / file);
      body.is_question = core::test::text_of(message, "channel") == "gateway";
      if (const auto* const reply = message.if_contains("expected_response")) body.reply = *reply;
      fixture.bodies.push_back(std::move(body));
    }
    fixture.bodies.back().steps.push_back(fixture.life_cycle.steps[i]);
  }
  return fixture;
}

std::ostream& operator<<(std::ostream& out, const FixtureCase& tested) {
  return out << tested.name;
}

std::vector<FixtureCase> fixture_cases(std::string_view processor,
                                       const processors::Adapter& adapter) {
  std::vector<FixtureCase> cases;
  for (const std::string& name : core::test::life_cycle_names()) {
    if (name.starts_with(std::string(processor) + "/")) cases.push_back({name, &adapter});
  }
  if (cases.empty()) throw std::runtime_error("no fixtures of " + std::string(processor));
  return cases;
}

std::string fixture_name(const testing::TestParamInfo<FixtureCase>& tested) {
  std::string name = tested.param.name.substr(tested.param.name.find('/') + 1);
  std::replace_if(
      name.begin(), name.end(), [](unsigned char c) { return std::isalnum(c) == 0; }, '_');
  return name;
}

core::Result<processors::Question, processors::ParseError> read_question(
    const processors::Adapter& adapter, std::string_view body) {
  return adapter.read_question(walk(), core::test::fixture_program, Padded(body).body());
}

ReadEvents read_events(const processors::Adapter& adapter, std::string_view body) {
  ReadEvents read;
  read.error =
      adapter.read_events(walk(), core::test::fixture_program, Padded(body).body(), read.events);
  return read;
}

std::vector<core::Command> commands_of(const processors::Adapter& adapter,
                                       const FixtureBody& body) {
  SCOPED_TRACE(body.file);
  std::vector<core::Command> commands;
  if (body.is_question) {
    const auto question = read_question(adapter, body.body);
    if (!question) {
      ADD_FAILURE() << question.error().field << ": " << name(question.error().fault);
      return {};
    }
    commands.emplace_back(question->request);
    std::get<core::Request>(commands.back()).card = core::test::fixture_card;
    return commands;
  }
  const ReadEvents read = read_events(adapter, body.body);
  if (read.error) ADD_FAILURE() << read.error->field << ": " << name(read.error->fault);
  for (core::Event event : read.events) {
    event.card = core::test::fixture_card;
    commands.emplace_back(event);
  }
  return commands;
}

bool same_json(const json::value& a, const json::value& b) {
  if (a.is_number() && b.is_number()) return a.to_number<double>() == b.to_number<double>();
  if (a.kind() != b.kind()) return false;
  if (const auto* const members = a.if_object()) {
    const json::object& others = b.get_object();
    return members->size() == others.size() &&
           std::all_of(members->begin(), members->end(), [&others](const auto& member) {
             const auto* const other = others.if_contains(member.key());
             return other != nullptr && same_json(member.value(), *other);
           });
  }
  if (const auto* const elements = a.if_array()) {
    return std::equal(elements->begin(), elements->end(), b.get_array().begin(),
                      b.get_array().end(), same_json);
  }
  return a == b;
}

namespace {

// What the answer is: a repetition of the question gets it again, with the balance of then.
void expect_reply(const processors::Adapter& adapter, const FixtureBody& body, Stage& stage,
                  const core::Command& asked) {
  const auto question = read_question(adapter, body.body);
  ASSERT_TRUE(question);
  core::Answer answer = std::get<core::Answer>(stage.deliver(asked).outcome);
  const Step& step = body.steps.front();
  EXPECT_EQ(name(answer.decision.reason), name(step.answer->reason));
  EXPECT_EQ(answer.decision.approved.minor_units, step.answer->approved_minor);
  if (body.reply.is_null()) return;

  answer.decided_at = answered_at;
  processors::Reply reply{500, "left", "over"};
  adapter.render_answer(*question, answer, reply);
  EXPECT_EQ(reply.status, body.reply.at("http_status").as_int64());
  EXPECT_TRUE(same_json(json::parse(reply.body), body.reply.at("body"))) << reply.body;
  const auto* const fields = body.reply.as_object().if_contains("headers");
  std::string lines;
  for (const auto& field : fields != nullptr ? fields->as_object() : json::object()) {
    if (field.key() == "Content-Type") continue;  // the same for all
    lines += std::string(field.key()) + ": " + field.value().as_string().c_str() + "\r\n";
  }
  EXPECT_EQ(reply.fields, lines);

  processors::Reply again;
  answer.origin = core::Answer::Origin::decided;
  adapter.render_answer(*question, answer, again);
  EXPECT_EQ(again.body, reply.body);
}

Marks with(Marks marks, const core::Booking& booking) {
  marks.unasked |= booking.unasked;
  marks.over_captured |= booking.over_captured;
  marks.late |= booking.late;
  marks.ghost |= booking.ghost;
  return marks;
}

Sums difference(const Sums& after, const Sums& before) {
  return {after.held_minor - before.held_minor, after.posted_minor - before.posted_minor,
          after.pending_credit_minor - before.pending_credit_minor};
}

// Delivers the body and compares all that it does with what the fixture says it does, or with
// nothing when it came before.
void expect_body(const processors::Adapter& adapter, const FixtureBody& body, Stage& stage,
                 bool came_before, const Sums& total) {
  SCOPED_TRACE(body.file + (came_before ? " again" : ""));
  const bool repeated = came_before || body.is_repeated();
  const Sums before = stage.sums();
  Marks marks;
  for (const core::Command& command : commands_of(adapter, body)) {
    const core::Applied applied = stage.deliver(command);
    EXPECT_TRUE(!repeated || applied.rows.empty());
    if (const auto* const booking = std::get_if<core::Booking>(&applied.outcome)) {
      EXPECT_NE(booking->origin, core::Booking::Origin::refused);
      marks = with(marks, *booking);
    } else {
      EXPECT_EQ(std::get<core::Answer>(applied.outcome).origin == core::Answer::Origin::repeated,
                repeated);
      expect_reply(adapter, body, stage, command);
    }
  }
  EXPECT_EQ(difference(stage.sums(), before), came_before ? Sums{} : body.change());
  EXPECT_EQ(stage.sums(), total);
  EXPECT_EQ(marks, came_before ? Marks{} : body.marks());
  EXPECT_EQ(stage.balance().available_minor,
            stage.available_at_start() + total.posted_minor - total.held_minor);
  stage.expect_rows_to_agree();
}

}  // namespace

TEST_P(ProcessorFixtures, MoveWhatEachBodySays) {
  Stage stage(fixture_.life_cycle);
  for (const FixtureBody& body : fixture_.bodies) {
    expect_body(adapter(), body, stage, false, body.total());
  }
  EXPECT_EQ(stage.sums(), fixture_.life_cycle.total);
}

TEST_P(ProcessorFixtures, MoveNothingWhenABodyComesAgain) {
  Stage stage(fixture_.life_cycle);
  for (const FixtureBody& body : fixture_.bodies) {
    expect_body(adapter(), body, stage, false, body.total());
    expect_body(adapter(), body, stage, true, body.total());
  }
  for (const FixtureBody& body : fixture_.bodies) {  // and all of them long after
    expect_body(adapter(), body, stage, true, fixture_.life_cycle.total);
  }
}

TEST_P(ProcessorFixtures, EndTheSameInEveryOrder) {
  if (!fixture_.life_cycle.order_independent) return;  // the fixture does not claim it
  std::vector<std::vector<core::Command>> told;
  for (const FixtureBody& body : fixture_.bodies) told.push_back(commands_of(adapter(), body));
  ASSERT_LE(told.size(), 7U) << "too many orders to try them all";
  std::vector<std::size_t> order(told.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::map<std::set<std::size_t>, Sums> known;  // what a set of bodies has come to
  do {
    SCOPED_TRACE(testing::PrintToString(order));
    Stage stage(fixture_.life_cycle);
    std::set<std::size_t> delivered;
    for (const std::size_t i : order) {
      for (const core::Command& command : told[i]) stage.deliver(command);
      delivered.insert(i);
      EXPECT_EQ(stage.sums(), known.try_emplace(delivered, stage.sums()).first->second);
    }
    EXPECT_EQ(stage.sums(), fixture_.life_cycle.total);
    stage.expect_rows_to_agree();
    if (HasFailure()) return;  // the first is enough
  } while (std::next_permutation(order.begin(), order.end()));
}

void expect_the_same_in_every_order(const FixtureCase& tested) {
  SCOPED_TRACE(tested.name);
  const Fixture fixture = read_body_fixture(tested.name);
  std::vector<std::size_t> order(fixture.bodies.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  do {
    SCOPED_TRACE(testing::PrintToString(order));
    Stage stage(fixture.life_cycle);
    for (const std::size_t i : order) {
      for (const core::Command& command : commands_of(*tested.adapter, fixture.bodies[i])) {
        stage.deliver(command);
      }
    }
    EXPECT_EQ(stage.sums(), fixture.life_cycle.total);
    stage.expect_rows_to_agree();
  } while (std::next_permutation(order.begin(), order.end()));
}

namespace {

void expect_amounts(const core::Money& amount) {
  EXPECT_GE(amount.minor_units, 0);
  EXPECT_LE(amount.minor_units, core::minor_units_max);
}

void expect_replies(const processors::Adapter& adapter, const processors::Question& question) {
  processors::Reply reply;
  for (const core::Reason reason : core::all_reasons()) {
    core::Answer answer;
    answer.decision.reason = reason;
    if (reason == core::Reason::approved) answer.decision.approved = question.request.amount;
    adapter.render_answer(question, answer, reply);
    EXPECT_NO_THROW(json::parse(reply.body)) << reply.body;
    EXPECT_GE(reply.status, 200);
  }
}

// An answer, events or an error that names a field; whichever it is, it can be told.
void expect_understood_or_named(const processors::Adapter& adapter, bool is_question,
                                const std::string& body) {
  std::optional<processors::ParseError> error;
  if (is_question) {
    const auto question = read_question(adapter, body);
    if (question) {
      expect_amounts(question->request.amount);
      expect_replies(adapter, *question);
    } else {
      error = question.error();
    }
  } else {
    const ReadEvents read = read_events(adapter, body);
    for (const core::Event& event : read.events) expect_amounts(event.amount);
    error = read.error;
  }
  EXPECT_TRUE(!error || !error->field.empty()) << name(error->fault);
}

}  // namespace

TEST_P(ProcessorFixtures, SurviveEveryMemberThatIsGoneNullOrOfAnotherType) {
  for (const FixtureBody& body : fixture_.bodies) {
    SCOPED_TRACE(body.file);
    for_each_mutation(body.body, [&](const std::string& what, const std::string& now) {
      SCOPED_TRACE(what);
      expect_understood_or_named(adapter(), body.is_question, now);
      return !HasFailure();  // the first is enough
    });
    if (HasFailure()) return;
  }
}

TEST_P(ProcessorFixtures, MayBeAsLongAsABodyMayBeAndNoLonger) {
  for (const FixtureBody& body : fixture_.bodies) {
    SCOPED_TRACE(body.file);
    std::string longest = body.body;
    longest.resize(body_bytes_max, ' ');
    const std::string longer = longest + ' ';
    const processors::ParseError too_long{processors::ParseFault::body_too_long, {}};
    if (body.is_question) {
      const auto question = read_question(adapter(), longest);
      const auto refused = read_question(adapter(), longer);
      ASSERT_TRUE(question && !refused);
      EXPECT_EQ(refused.error(), too_long);
      EXPECT_EQ(*question, *read_question(adapter(), body.body));
    } else {
      const ReadEvents read = read_events(adapter(), longest);
      EXPECT_EQ(read.error, std::nullopt);
      EXPECT_EQ(read.events, read_events(adapter(), body.body).events);
      const ReadEvents refused = read_events(adapter(), longer);
      EXPECT_EQ(refused.error, too_long);
      EXPECT_TRUE(refused.events.empty());
    }
  }
}

}  // namespace authd::test
