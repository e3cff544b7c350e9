#include "tests/processors/marqeta_bodies.h"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <stdexcept>

#include "tests/core/fixture_life_cycle.h"
#include "tests/processors/padded.h"

namespace authd::test {

namespace {

std::string contents(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) throw std::runtime_error("cannot read " + path.string());
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

std::vector<GatewayFixture> read_fixtures() {
  std::vector<GatewayFixture> fixtures;
  const std::filesystem::path root = AUTHD_TEST_DATA "/fixtures/marqeta";
  for (const auto& folder : std::filesystem::directory_iterator(root)) {
    if (!folder.is_directory()) continue;
    const auto expected = core::test::read_fixture("marqeta/" + folder.path().filename().string());
    for (const auto& message : expected.at("messages").as_array()) {
      if (message.at("channel").as_string() != "gateway") continue;
      const auto file = folder.path() / message.at("file").as_string().c_str();
      fixtures.push_back({folder.path().filename().string() + "/" + file.stem().string(),
                          contents(file), message.as_object()});
    }
  }
  std::sort(fixtures.begin(), fixtures.end(),
            [](const GatewayFixture& a, const GatewayFixture& b) { return a.name < b.name; });
  return fixtures;
}

const std::vector<Change>& purchase_fields() {
  static const std::vector<Change> fields{
      {"type", R"("authorization")"},
      {"token", R"("c869d995-f1dc-4f9a-a147-c2ebc4f9933a")"},
      {"card_token", R"("5c65a9ad-2024-426c-a92f-4b77ecb260d4")"},
      {"gpa_order.token", R"("a211f50f-c945-494c-96e3-b2b2f75e8ceb")"},
      {"gpa_order.amount", "42.75"},
      {"gpa_order.jit_funding.token", R"("600f8749-fb3b-4dff-8b76-64f5291db5ac")"},
      {"gpa_order.jit_funding.method", R"("pgfs.authorization")"},
      {"gpa_order.jit_funding.user_token", R"("owner")"},
      {"gpa_order.jit_funding.acting_user_token", R"("actor")"},
      {"gpa_order.jit_funding.amount", "42.75"},
      {"gpa_order.currency_code", R"("USD")"},
      {"amount", "42.75"},
      {"currency_code", R"("USD")"},
      {"card_acceptor.mid", R"("000000000471183")"},
      {"card_acceptor.mcc", R"("5814")"},
      {"card_acceptor.name", R"("KESTREL COFFEE 04")"},
      {"card_acceptor.country_code", R"("USA")"}};
  return fields;
}

void apply(std::vector<Change>& fields, const Change& change) {
  std::erase_if(
      fields, [&change](const Change& field) { return field.path.starts_with(change.path + "."); });
  const auto found = std::find_if(fields.begin(), fields.end(), [&change](const Change& field) {
    return field.path == change.path;
  });
  if (found == fields.end()) {
    fields.push_back(change);
  } else {
    found->json = change.json;
  }
}

// The members of the object at `prefix` ("" or "order."), each once, in order.
std::string object(const std::vector<Change>& fields, const std::string& prefix) {
  std::string members;
  std::vector<std::string> seen;
  for (const Change& field : fields) {
    if (!field.path.starts_with(prefix) || field.json.empty()) continue;
    const std::string rest = field.path.substr(prefix.size());
    const std::string key = rest.substr(0, rest.find('.'));
    if (std::find(seen.begin(), seen.end(), key) != seen.end()) continue;
    seen.push_back(key);
    if (!members.empty()) members += ", ";
    members += "\"" + key + "\": ";
    members += key == rest ? field.json : object(fields, prefix + key + ".");
  }
  return "{" + members + "}";
}

}  // namespace

const std::vector<GatewayFixture>& gateway_fixtures() {
  static const std::vector<GatewayFixture> fixtures = read_fixtures();
  return fixtures;
}

std::string purchase(std::initializer_list<Change> changes) {
  std::vector<Change> fields = purchase_fields();
  for (const Change& change : changes) apply(fields, change);
  return object(fields, "");
}

std::string credit(std::initializer_list<Change> changes) {
  std::vector<Change> fields = purchase_fields();
  for (Change& field : fields) {
    if (field.path.starts_with("gpa_order.")) field.path.replace(0, 9, "gpa_order_unload");
  }
  apply(fields, {"gpa_order_unload.jit_funding.method", R"("pgfs.original.credit.authorization")"});
  for (const Change& change : changes) apply(fields, change);
  return object(fields, "");
}

std::string transaction(std::initializer_list<Change> changes) {
  std::vector<Change> fields = purchase_fields();
  apply(fields, {"state", R"("PENDING")"});
  for (const Change& change : changes) apply(fields, change);
  return object(fields, "");
}

std::string webhook(std::initializer_list<std::string> transactions) {
  std::string elements;
  for (const std::string& element : transactions) {
    if (!elements.empty()) elements += ", ";
    elements += element;
  }
  return R"({"transactions": [)" + elements + "]}";
}

core::Result<processors::Question, processors::ParseError> parse(std::string_view body) {
  static processors::JsonWalk walk(65'536);
  return processors::MarqetaAdapter().read_question(walk, *core::ProgramId::from("heron"),
                                                    Padded(body).body());
}

processors::Reply reply_to(const processors::Question& question, const core::Answer& answer) {
  processors::Reply reply{500, "left", "over"};
  processors::MarqetaAdapter().render_answer(question, answer, reply);
  return reply;
}

}  // namespace authd::test
