#include "authd/api/compression.h"

#define ZLIB_CONST  // its input is not written to
#include <zlib.h>

#include <algorithm>
#include <memory>
#include <optional>

#include "core/assert.h"

namespace authd::api {

namespace {

constexpr int unknown_quality = -1;

std::string_view without_blanks(std::string_view text) noexcept {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
  return text;
}

std::string_view take_until(std::string_view& rest, char end) noexcept {
  const std::string_view part = rest.substr(0, rest.find(end));
  rest.remove_prefix(std::min(part.size() + 1, rest.size()));
  return without_blanks(part);
}

bool is_named(std::string_view coding, std::string_view lower) noexcept {
  return std::equal(coding.begin(), coding.end(), lower.begin(), lower.end(),
                    [](char a, char b) { return (a >= 'A' && a <= 'Z' ? a - 'A' + 'a' : a) == b; });
}

// "q=0.25" in thousandths: one digit and up to three decimals. Nothing when it is something else.
std::optional<int> quality_of(std::string_view weight) noexcept {
  if (!weight.starts_with("q=") && !weight.starts_with("Q=")) return std::nullopt;
  weight.remove_prefix(2);
  const bool shaped = !weight.empty() && weight.size() <= 5 && weight.size() != 2 &&
                      (weight.size() == 1 || weight[1] == '.');
  if (!shaped) return std::nullopt;
  int thousandths = 0;
  for (std::size_t i = 0; i < 5; ++i) {
    if (i == 1) continue;
    const char c = i < weight.size() ? weight[i] : '0';
    if (c < '0' || c > '9') return std::nullopt;
    thousandths = thousandths * 10 + (c - '0');
  }
  if (thousandths > 1'000) return std::nullopt;
  return thousandths;
}

// Deflate keeps 256 KiB of tables: one a thread, used again.
class Deflater {
 public:
  Deflater() {
    constexpr int gzip_window_bits = 15 + 16;
    constexpr int memory_level = 8;
    const int ready = deflateInit2(&stream_, Z_BEST_SPEED, Z_DEFLATED, gzip_window_bits,
                                   memory_level, Z_DEFAULT_STRATEGY);
    AUTHD_ASSERT(ready == Z_OK);  // only fails without memory
  }
  ~Deflater() { deflateEnd(&stream_); }
  Deflater(const Deflater&) = delete;
  Deflater& operator=(const Deflater&) = delete;

  std::string run(std::string_view bytes) {
    deflateReset(&stream_);
    std::string out(deflateBound(&stream_, bytes.size()), '\0');
    stream_.next_in = reinterpret_cast<const Bytef*>(bytes.data());
    stream_.avail_in = static_cast<uInt>(bytes.size());
    stream_.next_out = reinterpret_cast<Bytef*>(out.data());
    stream_.avail_out = static_cast<uInt>(out.size());
    const int ended = deflate(&stream_, Z_FINISH);
    AUTHD_ASSERT(ended == Z_STREAM_END);  // deflateBound is enough
    out.resize(stream_.total_out);
    return out;
  }

 private:
  z_stream stream_{};
};

}  // namespace

bool accepts_gzip(std::string_view accept_encoding) noexcept {
  int gzip = unknown_quality;
  int identity = unknown_quality;
  int any = unknown_quality;
  while (!accept_encoding.empty()) {
    std::string_view element = take_until(accept_encoding, ',');
    const std::string_view coding = take_until(element, ';');
    const auto quality = element.empty() ? 1'000 : quality_of(without_blanks(element));
    if (!quality) continue;
    if (is_named(coding, "gzip") || is_named(coding, "x-gzip")) gzip = *quality;
    if (is_named(coding, "identity")) identity = *quality;
    if (coding == "*") any = *quality;
  }
  if (gzip == unknown_quality) gzip = any;
  return gzip > 0 && gzip >= identity;
}

std::string gzip(std::string_view bytes) {
  thread_local Deflater deflater;
  return deflater.run(bytes);
}

}  // namespace authd::api
