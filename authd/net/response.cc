#include "authd/net/response.h"

#include <boost/beast/http/status.hpp>
#include <charconv>
#include <ctime>
#include <limits>
#include <ostream>  // Boost's string_view uses it without including it

#include "core/assert.h"

namespace authd::net {

namespace {

constexpr std::string_view days = "SunMonTueWedThuFriSat";
constexpr std::string_view months = "JanFebMarAprMayJunJulAugSepOctNovDec";

void append_number(std::string& out, std::size_t number) {
  std::array<char, std::numeric_limits<std::size_t>::digits10 + 1> digits{};
  const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), number).ptr;
  out.append(digits.data(), end);
}

void append_status_line(std::string& out, int status) {
  const auto reason =
      boost::beast::http::obsolete_reason(static_cast<boost::beast::http::status>(status));
  out += "HTTP/1.1 ";
  append_number(out, static_cast<std::size_t>(status));
  out += ' ';
  out.append(reason.data(), reason.size());
  out += "\r\n";
}

void append_field(std::string& out, std::string_view name, std::string_view value) {
  out += name;
  out += ": ";
  out += value;
  out += "\r\n";
}

char* put_three(char* to, std::string_view names, int index) noexcept {
  return std::copy_n(names.data() + std::ptrdiff_t{3} * index, 3, to);
}

char* put_digits(char* to, int number, int width) noexcept {
  for (int i = width - 1; i >= 0; --i) {
    to[i] = static_cast<char>('0' + number % 10);
    number /= 10;
  }
  return to + width;
}

}  // namespace

void DateText::set(std::int64_t unix_s) noexcept {
  if (unix_s == unix_s_) return;
  unix_s_ = unix_s;
  const auto time = static_cast<std::time_t>(unix_s);
  std::tm utc{};
  gmtime_r(&time, &utc);
  char* to = put_three(text_.data(), days, utc.tm_wday);
  *to++ = ',';
  *to++ = ' ';
  to = put_digits(to, utc.tm_mday, 2);
  *to++ = ' ';
  to = put_three(to, months, utc.tm_mon);
  *to++ = ' ';
  to = put_digits(to, utc.tm_year + 1900, 4);
  *to++ = ' ';
  to = put_digits(to, utc.tm_hour, 2);
  *to++ = ':';
  to = put_digits(to, utc.tm_min, 2);
  *to++ = ':';
  to = put_digits(to, utc.tm_sec, 2);
  std::copy_n(" GMT", 4, to);
}

void render(const HttpResponse& response, AnswerTo request, Persistence persistence,
            std::string_view date, std::string& out) {
  AUTHD_ASSERT(response.status >= 200 && response.status <= 599);
  const bool bodiless = response.status == 204 || response.status == 304;
  out.clear();
  append_status_line(out, response.status);
  append_field(out, "Date", date);
  if (!bodiless) {
    append_field(out, "Content-Type", response.content_type);
    out += "Content-Length: ";
    append_number(out, response.body.size());
    out += "\r\n";
  }
  if (persistence == Persistence::close) {
    append_field(out, "Connection", "close");
  } else if (request.minor_version == 0) {
    append_field(out, "Connection", "keep-alive");  // not the default of HTTP/1.0
  }
  out += response.fields;
  out += "\r\n";
  if (!bodiless && request.method != Method::head) out += response.body;
}

void set_refusal(HttpResponse& response, Refusal refusal, MethodSet allowed) {
  response.reset();
  response.status = status(refusal);
  if (refusal == Refusal::method) append_field(response.fields, "Allow", to_string(allowed));
  response.body += R"({"error":")";
  response.body += name(refusal);
  response.body += R"(","message":")";
  response.body += explanation(refusal);  // holds nothing that JSON would escape
  response.body += "\"}\n";
}

void HttpResponse::reset() {
  status = 200;
  content_type = "application/json";
  fields.clear();
  body.clear();
  close = false;
  label = 0;
}

}  // namespace authd::net
