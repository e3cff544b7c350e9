// `authd audit`: asks the daemon to audit itself; where none runs, does it here.

#include <unistd.h>

#include <boost/asio/connect.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/write.hpp>
#include <boost/json.hpp>
#include <chrono>
#include <cstdio>
#include <string>
#include <thread>

#include "authd/audit/offline_audit.h"
#include "authd/audit/report_json.h"
#include "authd/commands/commands.h"

namespace authd::commands {

namespace {

namespace asio = boost::asio;
namespace json = boost::json;
using boost::system::error_code;
using core::Unexpected;

// The object that the daemon answers to `method` /audit; the error is what went wrong.
core::Result<json::object, std::string> ask(const Endpoint& admin, std::string_view method) {
  asio::io_context io;
  asio::ip::tcp::socket socket(io);
  error_code failed;
  socket.connect({asio::ip::make_address(admin.address), admin.port}, failed);
  if (failed) return Unexpected{failed.message()};
  const std::string request = std::string(method) +
                              " /audit HTTP/1.1\r\nHost: authd\r\nConnection: close\r\n"
                              "Content-Length: 0\r\n\r\n";
  asio::write(socket, asio::buffer(request), failed);
  if (failed) return Unexpected{failed.message()};
  std::string answer;
  asio::read(socket, asio::dynamic_buffer(answer), failed);
  if (failed != asio::error::eof) return Unexpected{failed.message()};
  const std::size_t body = answer.find("\r\n\r\n");
  if (!answer.starts_with("HTTP/1.1 20") || body == std::string::npos) {
    return Unexpected{answer.substr(0, answer.find("\r\n"))};
  }
  json::value root = json::parse(answer.substr(body + 4), failed);
  if (failed || !root.is_object()) return Unexpected{std::string("the answer is not JSON")};
  return std::move(root.get_object());
}

std::uint64_t number_at(const json::object& object, std::string_view key) {
  const json::value* const value = object.if_contains(key);
  error_code failed;
  const auto number = value == nullptr ? 0 : value->to_number<std::uint64_t>(failed);
  return failed ? 0 : number;
}

std::string text_at(const json::object& object, std::string_view key) {
  const json::value* const value = object.if_contains(key);
  return value != nullptr && value->is_string() ? std::string(std::string_view(value->get_string()))
                                                : std::string();
}

// One line that is written over, on a terminal alone.
void show(std::string_view step, std::uint64_t rows) {
  if (isatty(STDERR_FILENO) == 0) return;
  std::fprintf(stderr, "\r\x1b[K%.*s", static_cast<int>(step.size()), step.data());
  if (rows > 0) std::fprintf(stderr, " %llu rows", static_cast<unsigned long long>(rows));
}

void clear() {
  if (isatty(STDERR_FILENO) != 0) std::fputs("\r\x1b[K", stderr);
}

// Until the audit that was asked for has ended.
core::Result<json::object, std::string> audit_by_daemon(const Endpoint& admin) {
  AUTHD_TRY(accepted, ask(admin, "POST"));
  const std::uint64_t wanted = number_at(accepted, "requested");
  for (;;) {
    std::this_thread::sleep_for(std::chrono::milliseconds(200));
    AUTHD_TRY(status, ask(admin, "GET"));
    show(text_at(status, "step"), number_at(status, "rows"));
    if (number_at(status, "ended") < wanted) continue;
    clear();
    if (const std::string error = text_at(status, "error"); !error.empty()) {
      return Unexpected{error};
    }
    const json::value* const report = status.if_contains("report");
    if (report == nullptr || !report->is_object()) return Unexpected{std::string("no report")};
    return report->get_object();
  }
}

}  // namespace

int audit(const std::filesystem::path& config_file, const AuditArguments& arguments) {
  const auto config = configured(config_file);
  if (!config) return exit_cannot_start;
  if (!config->postgres) {
    std::fputs("there is no [postgres] in the configuration: nothing to compare with\n", stderr);
    return exit_cannot_start;
  }
  json::object report;
  const auto here = audit_offline(
      *config, [](store::AuditStep step, std::uint64_t rows) { show(store::name(step), rows); });
  clear();
  if (here) {
    report = report_json(*here);
  } else if (!here.error().in_use) {
    std::fprintf(stderr, "%s\n", here.error().text.c_str());
    return exit_failed;
  } else {
    auto there = audit_by_daemon(config->server.admin_listen);
    if (!there) {
      std::fprintf(stderr, "authd at %s:%u: %s\n", config->server.admin_listen.address.c_str(),
                   unsigned{config->server.admin_listen.port}, there.error().c_str());
      return exit_failed;
    }
    report = std::move(*there);
  }
  std::printf("%s", arguments.json ? (json::serialize(report) + "\n").c_str()
                                   : report_text(report).c_str());
  const json::value* const clean = report.if_contains("clean");
  return clean != nullptr && clean->is_bool() && clean->get_bool() ? exit_ok : exit_failed;
}

}  // namespace authd::commands
