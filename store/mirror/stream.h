// Stream: the messages that carry a replication stream: data and keepalives from the server, our
// status to it. "Streaming Replication Protocol" in PostgreSQL's manual.

#pragma once

#include <array>
#include <variant>

#include "store/mirror/pgoutput.h"

namespace authd::store {

struct StreamData {
  Bytes payload;  // a message of pgoutput; a view of what was given
};
struct Keepalive {
  pgoutput::Lsn position = 0;  // how far the server has sent everything
  bool wants_reply = false;
};
using StreamMessage = std::variant<StreamData, Keepalive>;

core::Result<StreamMessage, pgoutput::Malformed> decode_stream_message(Bytes message);

struct StreamStatus {
  pgoutput::Lsn received = 0;
  pgoutput::Lsn durable = 0;  // the server may forget everything before it
  core::Timestamp at;
  bool wants_reply = false;
};
std::array<std::byte, 34> encode(const StreamStatus& status) noexcept;

}  // namespace authd::store
