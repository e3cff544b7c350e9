// HttpResponse: an answer, and its bytes: status line, fields and body in one contiguous buffer, so
// that one write sends it.
//
// Threads: one at a time. Cost: no allocation once the buffer has its size.

#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

#include "authd/net/http_head.h"
#include "authd/net/refusal.h"

namespace authd::net {

// Owned by the connection and used again for its next answer: the strings keep their memory.
struct HttpResponse {
  int status = 200;
  std::string_view content_type = "application/json";  // must outlive the connection: a literal
  std::string fields;                                  // further header lines, each ended by CRLF
  std::string body;
  bool close = false;      // end the connection after this answer
  std::uint8_t label = 0;  // the Service's own, for when it has been answered

  void reset();
};

// The value of the Date field (RFC 9110 section 5.6.7), rendered once a second: "Sun, 06 Nov 1994
// 08:49:37 GMT".
class DateText {
 public:
  void set(std::int64_t unix_s) noexcept;
  std::string_view view() const noexcept { return {text_.data(), text_.size()}; }

 private:
  std::int64_t unix_s_ = -1;
  std::array<char, 29> text_{};
};

enum class Persistence : std::uint8_t { keep_alive = 1, close = 2 };

// What the request asked for decides what an answer to it looks like.
struct AnswerTo {
  Method method = Method::other;
  int minor_version = 1;
};

// Replaces `out`. An answer to HEAD has the fields of the body and no body; 204 and 304 have
// neither.
void render(const HttpResponse& response, AnswerTo request, Persistence persistence,
            std::string_view date, std::string& out);

// The answer to a refused request: a JSON object that names what was wrong. `allowed` is sent with
// 405.
void set_refusal(HttpResponse& response, Refusal refusal, MethodSet allowed);

inline constexpr std::string_view continue_line = "HTTP/1.1 100 Continue\r\n\r\n";

}  // namespace authd::net
