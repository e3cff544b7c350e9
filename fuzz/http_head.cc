// Fuzzes the header gate: whatever the bytes are, parse_head must not read outside of them, and
// what it lets through must keep the promises a Service relies on.

#include "authd/net/http_head.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "core/assert.h"

namespace {

namespace net = authd::net;

std::string lower_case(std::string_view text) {
  std::string lowered(text);
  std::transform(lowered.begin(), lowered.end(), lowered.begin(), [](char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  });
  return lowered;
}

std::size_t count(std::string_view text, std::string_view part) {
  std::size_t found = 0;
  for (std::size_t at = text.find(part); at != std::string_view::npos;
       at = text.find(part, at + 1)) {
    ++found;
  }
  return found;
}

void check_promises(const net::Head& head, std::string_view raw, const net::HeadRules& rules) {
  AUTHD_ASSERT(head.size() == raw.size() && raw.size() <= rules.header_bytes_max);
  AUTHD_ASSERT(raw.find('\0') == std::string_view::npos);
  AUTHD_ASSERT(count(raw, "\n") == count(raw, "\r\n") && count(raw, "\r") == count(raw, "\r\n"));
  AUTHD_ASSERT(count(raw, "\n ") == 0 && count(raw, "\n\t") == 0);

  AUTHD_ASSERT(head.target().starts_with('/') && head.path().starts_with('/'));
  AUTHD_ASSERT(std::all_of(head.target().begin(), head.target().end(),
                           [](char c) { return c > 0x20 && c < 0x7F; }));
  const std::size_t question_mark = head.query().empty() ? 0 : 1;
  AUTHD_ASSERT(head.target().size() >= head.path().size() + question_mark + head.query().size());

  const std::string lowered = lower_case(raw);
  AUTHD_ASSERT(count(lowered, "\r\ntransfer-encoding:") == 0);
  const std::size_t hosts = count(lowered, "\r\nhost:");
  AUTHD_ASSERT(hosts == 1 || (hosts == 0 && head.minor_version() == 0));
  AUTHD_ASSERT(count(lowered, "\r\ncontent-length:") == (head.has_content_length() ? 1U : 0U));
  if (head.has_content_length()) {
    AUTHD_ASSERT(head.field("Content-Length") == std::to_string(head.content_length()));
  } else {
    AUTHD_ASSERT(head.content_length() == 0);
  }
  AUTHD_ASSERT(!head.field("no such field, for it has blanks"));

  std::string moved(raw);
  net::Head rebased = head;
  rebased.rebase(moved.data());
  AUTHD_ASSERT(rebased.target() == head.target() && rebased.field("host") == head.field("host"));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  // A copy of the exact size, so that AddressSanitizer sees every byte that is read beyond it.
  const std::string input(reinterpret_cast<const char*>(bytes), size);
  const std::size_t end = net::find_head_end(input, 0);
  AUTHD_ASSERT(end == 0 || std::string_view(input).substr(0, end).ends_with("\r\n\r\n"));
  for (const net::Http10 http_1_0 : {net::Http10::refused, net::Http10::probes}) {
    const net::HeadRules rules{.header_bytes_max = 4'096, .fields_max = 16, .http_1_0 = http_1_0};
    for (const std::string_view raw :
         {std::string_view(input), std::string_view(input).substr(0, end)}) {
      const auto head = net::parse_head(raw, rules);
      if (!head) continue;
      check_promises(*head, raw, rules);
      const net::RouteRules route{net::MethodSet(net::Method::post, net::Method::get), 65'536};
      if (!net::check_route(*head, route)) continue;
      AUTHD_ASSERT(head->content_length() <= 65'536);
      AUTHD_ASSERT(head->method() == net::Method::post ? head->has_content_length()
                                                       : head->content_length() == 0);
    }
  }
  return 0;
}
