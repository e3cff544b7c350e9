// Sender: posts messages to their endpoints, signed and no faster than is allowed, and writes down
// what came back.
//
// Threads: that of its io_context.

#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "authd/http/client.h"
#include "authd/simulate/life_cycle.h"
#include "authd/simulate/report.h"
#include "authd/simulate/target.h"

namespace authd::simulate {

// A message on its way.
struct Delivery {
  const Target* target = nullptr;  // outlives it
  std::string life_cycle;          // for people
  Message message;
};

enum class Occasion : std::uint8_t { first, repetition };

class Sender {
 public:
  // `messages_per_s` of all together; 0: as many as there are.
  Sender(boost::asio::io_context& io, std::uint32_t messages_per_s, Report& report);

  // Nothing when there was no answer, which is reported.
  net::Awaitable<std::optional<http::Answer>> send(http::Client& client, const Delivery& delivery,
                                                   Occasion occasion);

  // Sends it without waiting for an answer, on purpose.
  net::Awaitable<void> send_and_hang_up(http::Client& client, const Delivery& delivery);

  void report_wrong(const Delivery& delivery, const std::string& what,
                    const std::optional<http::Answer>& answer);

  // So many in a row had no answer that there is nobody who could give one.
  bool has_given_up() const noexcept { return unanswered_ >= unanswered_max; }

  Report& report() noexcept { return report_; }

 private:
  static constexpr int unanswered_max = 20;

  net::Awaitable<void> wait_for_turn();

  boost::asio::io_context& io_;
  net::Clock::duration interval_;
  net::Clock::time_point next_turn_{};
  int unanswered_ = 0;
  Report& report_;
};

}  // namespace authd::simulate
