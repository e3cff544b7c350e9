// ApiTest: the API over loopback, on a real server and a real database, with a client that writes
// down every exchange for the check against the document.

#pragma once

#include <gtest/gtest.h>
#include <zlib.h>

#include <atomic>
#include <boost/json/value.hpp>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "authd/api/api_service.h"
#include "authd/api/key_table.h"
#include "authd/net/server.h"
#include "store/postgres/numbers.h"
#include "store/postgres/pool.h"
#include "tests/net/peer.h"
#include "tests/postgres/cluster.h"

namespace authd::test {

struct ApiAnswer {
  int status = 0;
  std::map<std::string, std::string> fields;  // names in lower case
  std::string raw_body;                       // as it came
  std::string body;                           // without its content coding

  // Of the body, which must be JSON: a member by its path ("items.0.id").
  boost::json::value json() const;
  boost::json::value at(std::string_view path) const;
  std::string text(std::string_view path) const;  // of a string
  std::string field(const std::string& name) const;
  std::string problem() const;  // the last part of its type; empty: it is none

  // "field: message" of each, in the order of the answer.
  std::vector<std::string> errors() const;
};

class ApiTest : public LedgerTest {
 protected:
  void SetUp() override;
  void TearDown() override;

  // What a test wants to be different; call before the first request.
  void restart(api::ApiOptions options, std::vector<api::Resource> more = {});

  // A request with the fixture's key of all scopes, unless `fields` holds an Authorization.
  ApiAnswer get(const std::string& target, const std::string& fields = "");
  ApiAnswer post(const std::string& target, const std::string& body,
                 const std::string& fields = "");  // with a key of its own unless one is given
  ApiAnswer patch(const std::string& target, const std::string& body, const std::string& version);
  ApiAnswer send(const std::string& method, const std::string& target, const std::string& body,
                 const std::string& fields);

  // A key as a field: "Authorization: Bearer …\r\n".
  std::string key(const std::string& program, std::vector<api::Scope> scopes);
  static std::vector<api::Scope> all_scopes();

  std::uint16_t port() const { return server_->port(); }
  store::Pool& pool() { return *pool_; }
  api::ApiService& service() { return *service_; }

  struct Measured {
    std::string operation;
    int status;
  };
  std::vector<Measured> measured();

  // Uploads of this test; how often the runner was woken.
  const std::filesystem::path& spool() const { return desk_.spool; }
  int woken() const { return woken_; }
  static constexpr std::uint64_t file_bytes_max = std::uint64_t{9} << 20U;

  // What the state knows when restart() is called.
  std::optional<store::Numbers> numbers_ = store::Numbers{};

 private:
  std::unique_ptr<store::Pool> pool_;
  std::unique_ptr<api::ApiService> service_;
  std::unique_ptr<net::Server> server_;
  api::ReconciliationDesk desk_;
  std::atomic<int> woken_ = 0;
  std::string all_programs_;
  std::mutex mutex_;
  std::vector<Measured> measured_;  // under mutex_
};

}  // namespace authd::test
