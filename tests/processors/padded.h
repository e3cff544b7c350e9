// A body in memory of its own: its padding ends where the allocation ends, so a sanitizer sees
// every byte read too far.

#pragma once

#include <string_view>
#include <vector>

#include "authd/processors/json_walk.h"

namespace authd::test {

class Padded {
 public:
  // `padding` fills the bytes behind the body; a walk must not take them for part of it.
  explicit Padded(std::string_view body, char padding = '}')
      : bytes_(body.size() + processors::PaddedBody::padding_bytes, padding), size_(body.size()) {
    body.copy(bytes_.data(), body.size());
  }

  processors::PaddedBody body() const noexcept { return {{bytes_.data(), size_}}; }

 private:
  std::vector<char> bytes_;
  std::size_t size_;
};

}  // namespace authd::test
