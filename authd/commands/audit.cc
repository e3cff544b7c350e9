// `authd audit`: asks the daemon to audit itself; where none runs, does it here.

#include <unistd.h>

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

namespace json = boost::json;
using core::Unexpected;

std::uint64_t number_at(const json::object& object, std::string_view key) {
  const json::value* const value = object.if_contains(key);
  boost::system::error_code failed;
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
  AUTHD_TRY(accepted, ask_daemon(admin, "POST", "/audit"));
  const std::uint64_t wanted = number_at(accepted, "requested");
  for (;;) {
    std::this_thread::sleep_for(std::chrono::milliseconds(200));
    AUTHD_TRY(status, ask_daemon(admin, "GET", "/audit"));
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
    const Endpoint& admin = config->server.admin_listen;
    auto there = audit_by_daemon(admin);
    if (!there) {
      std::fprintf(stderr, "authd at %s:%u: %s\n", admin.address.c_str(), unsigned{admin.port},
                   there.error().c_str());
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
