// Messages: an endless series of HTTP requests, ready to be sent.

#pragma once

#include <string_view>

namespace authd::bench {

class Messages {
 public:
  virtual ~Messages() = default;
  virtual std::string_view next() = 0;  // valid until the next call
};

}  // namespace authd::bench
