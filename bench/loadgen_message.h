// AuthorizationMessages: an endless series of distinct Marqeta authorization requests, ready to be
// sent.
//
// The whole HTTP request is rendered once; a message only overwrites what differs (tokens, card,
// amount), all of fixed width. Values are invented. Threads: one at a time.

#pragma once

#include <cstddef>
#include <cstdint>
#include <random>
#include <string>
#include <string_view>
#include <vector>

#include "bench/messages.h"

namespace authd::bench {

struct MessageOptions {
  std::string host;  // of the Host field
  std::string path;
  std::string user;
  std::string password;
  std::string card_prefix = "card-";
  std::uint32_t first_card = 0;  // cards are named by the prefix and eight digits: card-00000042
  std::uint32_t cards = 10'000;  // messages are spread evenly over them; at least 1
  std::uint64_t seed = 1;
};

class AuthorizationMessages final : public Messages {
 public:
  explicit AuthorizationMessages(const MessageOptions& options);

  // Valid until the next call. Every message has tokens of its own and asks for 1.00 to 9.99 USD.
  std::string_view next() override;

 private:
  enum class Part : std::uint8_t { token, order_token, jit_token, card_number, amount };
  struct Place {
    Part part;
    std::size_t offset;
  };

  std::string rendered_body(const MessageOptions& options);
  void overwrite(Part part, std::string_view text) noexcept;

  std::mt19937_64 random_;
  std::uniform_int_distribution<std::uint32_t> card_;
  std::uniform_int_distribution<std::uint32_t> cents_{100, 999};
  std::string request_;
  std::vector<Place> places_;
};

}  // namespace authd::bench
