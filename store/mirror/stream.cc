#include "store/mirror/stream.h"

#include <cstring>

#include "store/postgres/encoding.h"

namespace authd::store {

namespace {

constexpr std::size_t data_header_bytes = 1 + 3 * sizeof(std::uint64_t);  // begin, end, time
constexpr std::size_t keepalive_bytes = 1 + 2 * sizeof(std::uint64_t) + 1;

pgoutput::Lsn position_at(Bytes bytes, std::size_t offset) noexcept {
  pgoutput::Lsn value = 0;
  std::memcpy(&value, &bytes[offset], sizeof value);
  return big_endian(value);
}

}  // namespace

core::Result<StreamMessage, pgoutput::Malformed> decode_stream_message(Bytes message) {
  const char kind = message.empty() ? '\0' : static_cast<char>(message[0]);
  if (kind == 'w' && message.size() > data_header_bytes) {
    return StreamMessage(StreamData{message.subspan(data_header_bytes)});
  }
  if (kind == 'k' && message.size() == keepalive_bytes) {
    return StreamMessage(Keepalive{position_at(message, 1), message.back() != std::byte{0}});
  }
  return core::Unexpected{pgoutput::Malformed{message.size()}};
}

std::array<std::byte, 34> encode(const StreamStatus& status) noexcept {
  std::array<std::byte, 34> out{};
  out[0] = std::byte{'r'};
  std::size_t at = 1;
  const auto put = [&](std::uint64_t value) {
    const std::uint64_t swapped = big_endian(value);
    std::memcpy(&out[at], &swapped, sizeof swapped);
    at += sizeof swapped;
  };
  put(status.received);
  put(status.durable);
  put(status.durable);  // applied
  put(static_cast<std::uint64_t>(pg_time(status.at)));
  out[at] = status.wants_reply ? std::byte{1} : std::byte{0};
  return out;
}

}  // namespace authd::store
