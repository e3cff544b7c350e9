#include "tests/api/api_fixture.h"

#include <array>
#include <atomic>
#include <boost/json/parse.hpp>
#include <charconv>

#include "authd/api/session.h"
#include "tests/api/exchanges.h"

namespace authd::test {

namespace {

namespace json = boost::json;

std::string lower(std::string text) {
  for (char& c : text) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  return text;
}

std::map<std::string, std::string> fields_of(const std::string& head) {
  std::map<std::string, std::string> fields;
  std::size_t begin = head.find("\r\n") + 2;
  for (std::size_t end = 0; (end = head.find("\r\n", begin)) != std::string::npos && end > begin;
       begin = end + 2) {
    const std::string line = head.substr(begin, end - begin);
    const std::size_t colon = line.find(": ");
    fields[lower(line.substr(0, colon))] = line.substr(colon + 2);
  }
  return fields;
}

std::string gunzip(const std::string& bytes) {
  z_stream stream{};
  EXPECT_EQ(inflateInit2(&stream, 15 + 16), Z_OK);
  std::string plain(std::size_t{1} << 20U, '\0');
  std::string input = bytes;
  stream.next_in = reinterpret_cast<Bytef*>(input.data());
  stream.avail_in = static_cast<uInt>(input.size());
  stream.next_out = reinterpret_cast<Bytef*>(plain.data());
  stream.avail_out = static_cast<uInt>(plain.size());
  EXPECT_EQ(inflate(&stream, Z_FINISH), Z_STREAM_END);
  plain.resize(stream.total_out);
  inflateEnd(&stream);
  return plain;
}

}  // namespace

json::value ApiAnswer::json() const {
  boost::system::error_code error;
  json::value value = json::parse(body, error);
  EXPECT_FALSE(error) << body;
  return value;
}

json::value ApiAnswer::at(std::string_view path) const {
  json::value value = json();
  while (!path.empty()) {
    const std::string part(path.substr(0, path.find('.')));
    path.remove_prefix(std::min(part.size() + 1, path.size()));
    json::value next;
    std::size_t index = 0;
    const bool is_index =
        std::from_chars(part.data(), part.data() + part.size(), index).ec == std::errc();
    if (is_index && value.is_array() && index < value.get_array().size()) {
      next = value.get_array()[index];
    } else if (value.is_object() && value.get_object().contains(part)) {
      next = value.get_object()[part];
    } else {
      ADD_FAILURE() << "no " << part << " in " << body;
      return {};
    }
    value = next;
  }
  return value;
}

std::string ApiAnswer::text(std::string_view path) const {
  const json::value value = at(path);
  if (!value.is_string()) return "not a string";
  return std::string(std::string_view(value.get_string()));
}

std::string ApiAnswer::field(const std::string& name) const {
  const auto found = fields.find(name);
  return found == fields.end() ? std::string() : found->second;
}

std::string ApiAnswer::problem() const {
  if (field("content-type") != "application/problem+json") return "";
  const std::string type = text("type");
  return type.substr(type.rfind('/') + 1);
}

std::vector<std::string> ApiAnswer::errors() const {
  std::vector<std::string> result;
  const json::value all = at("errors");
  for (const json::value& error : all.get_array()) {
    const json::object& object = error.get_object();
    result.push_back(std::string(std::string_view(object.at("field").get_string())) + ": " +
                     std::string(std::string_view(object.at("message").get_string())));
  }
  return result;
}

void ApiTest::SetUp() {
  LedgerTest::SetUp();
  std::string folder = (std::filesystem::temp_directory_path() / "authd-spool-XXXXXX").string();
  ASSERT_NE(mkdtemp(folder.data()), nullptr);
  desk_ = {std::filesystem::path(folder) / "spool", file_bytes_max, [this] { ++woken_; }};
  all_programs_ = key("", all_scopes());
  restart({});
}

void ApiTest::TearDown() {
  if (server_) server_->stop(std::chrono::seconds(10));
  if (pool_) pool_->stop(std::chrono::seconds(10));
  server_.reset();
  service_.reset();
  pool_.reset();
  if (!desk_.spool.empty()) std::filesystem::remove_all(desk_.spool.parent_path());
  LedgerTest::TearDown();
}

void ApiTest::restart(api::ApiOptions options, std::vector<api::Resource> more) {
  if (server_) server_->stop(std::chrono::seconds(10));
  if (pool_) pool_->stop(std::chrono::seconds(10));
  server_.reset();
  std::vector<api::Resource> resources = api::all_resources(desk_);
  resources.insert(resources.end(), more.begin(), more.end());
  store::Pool::Options pool_options;
  pool_options.connection.conninfo = conninfo();
  pool_options.connections_min = 1;
  pool_options.connections_max = 4;
  pool_options.acquire_timeout = std::chrono::seconds(5);
  pool_options.on_connect =
      api::session_preparer(resources, [numbers = numbers_] { return numbers; });
  pool_ = std::make_unique<store::Pool>(pool_options);
  options.answered = [this](std::string_view operation, int status, net::Clock::duration) {
    const std::lock_guard lock(mutex_);
    measured_.push_back({std::string(operation), status});
  };
  service_ = std::make_unique<api::ApiService>(*pool_, std::move(resources), std::move(options));
  auto server = net::Server::start(*service_, {});
  ASSERT_TRUE(server) << server.error().message();
  server_ = std::move(*server);
}

std::vector<ApiTest::Measured> ApiTest::measured() {
  const std::lock_guard lock(mutex_);
  return measured_;
}

ApiAnswer ApiTest::get(const std::string& target, const std::string& fields) {
  return send("GET", target, "", fields);
}

ApiAnswer ApiTest::post(const std::string& target, const std::string& body,
                        const std::string& fields) {
  static std::atomic<int> number = 0;
  const bool keyed = fields.find("Idempotency-Key") != std::string::npos;
  return send("POST", target, body,
              fields + (keyed ? "" : "Idempotency-Key: own-" + std::to_string(++number) + "\r\n"));
}

ApiAnswer ApiTest::patch(const std::string& target, const std::string& body,
                         const std::string& version) {
  return send("PATCH", target, body, version.empty() ? "" : "If-Match: " + version + "\r\n");
}

ApiAnswer ApiTest::send(const std::string& method, const std::string& target,
                        const std::string& body, const std::string& fields) {
  std::string all = fields;
  if (fields.find("Authorization:") == std::string::npos) all += all_programs_;
  if (!body.empty() && fields.find("Content-Type:") == std::string::npos) {
    all += "Content-Type: application/json\r\n";
  }
  net::Peer peer(server_->port());
  EXPECT_TRUE(peer.send(net::request(method, target, body, all)));
  const auto received =
      peer.receive(method == "HEAD" ? net::Peer::Body::absent : net::Peer::Body::follows);
  ApiAnswer answer;
  if (!received) {
    ADD_FAILURE() << method << " " << target << " was not answered";
    return answer;
  }
  answer.status = received->status;
  answer.fields = fields_of(received->head);
  answer.raw_body = received->body;
  const bool compressed = answer.field("content-encoding") == "gzip" && method != "HEAD";
  answer.body = compressed ? gunzip(received->body) : received->body;
  write_down(method, target, body, answer);
  return answer;
}

std::string ApiTest::key(const std::string& program, std::vector<api::Scope> scopes) {
  static int number = 0;
  auto connection = connect();
  const api::NewKey wanted{program, "test " + std::to_string(++number), std::move(scopes), "tests",
                           std::nullopt};
  const auto made = api::create_key(connection, wanted);
  if (!made) {
    ADD_FAILURE() << made.error().postgres.message;
    return "";
  }
  return "Authorization: Bearer " + made->key + "\r\n";
}

std::vector<api::Scope> ApiTest::all_scopes() {
  std::vector<api::Scope> scopes;
  for (std::uint8_t i = 1; i <= api::scope_max; ++i) scopes.push_back(static_cast<api::Scope>(i));
  return scopes;
}

}  // namespace authd::test
