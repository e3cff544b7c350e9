// The stream that feeds the mirror: bytes as messages, one after the other, each behind its length.
// What can be decoded goes on to become changes of the state.

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "store/mirror/changes.h"
#include "store/mirror/stream.h"

namespace {

using namespace authd::store;

class Sink {
 public:
  void take(Bytes message) {
    static_cast<void>(decode_stream_message(message).has_value());
    const auto decoded = pgoutput::decode(message);
    if (!decoded) return;
    changed_.clear();
    std::visit([this](const auto& one) { change(one); }, *decoded);
  }

 private:
  void change(const pgoutput::Relation& relation) {
    static_cast<void>(changes_.learn(relation).has_value());
  }
  template <class Message>
  void change(const Message& message) {
    if constexpr (requires { changes_.take(message, changed_); }) {
      if (const auto taken = changes_.take(message, changed_); !taken) {
        static_cast<void>(describe(taken.error()));
      }
    }
  }

  Changes changes_;
  std::vector<Change> changed_;
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  Bytes rest = std::as_bytes(std::span(data, size));
  Sink sink;
  while (rest.size() >= 2) {
    const auto wanted =
        std::to_integer<std::size_t>(rest[0]) * 256U + std::to_integer<std::size_t>(rest[1]);
    rest = rest.subspan(2);
    const Bytes message = rest.first(std::min(wanted, rest.size()));
    rest = rest.subspan(message.size());
    sink.take(message);
  }
  return 0;
}
