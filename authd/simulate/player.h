// Player: plays life cycles as processors do whose networks are not good: one message after the
// other, several life cycles at a time, some messages twice, too late, in another order or lost.
//
// Each life cycle has a source of chance of its own (std::mt19937_64, seeded with the player's seed
// and the number of the life cycle), of which every message takes the same numbers in the same
// order: the same seed plays the same plan, whatever the answers and however quick. A plan says of
//
//  - a question that it is lost: half of those are not sent, of the others the connection is closed
//    when they are sent; of those that are not, perhaps that it is sent twice;
//  - an event that it is late, or else delayed, and perhaps that it is sent twice.
//
// Twice means at the same time on two connections, or again at once, or at the end of the run. Late
// events come when all other messages have been sent; delayed ones behind the next event of their
// life cycle, or behind several. A question waits for the events of its life cycle before it. Where
// the order of events matters none is delayed, and after a late one nothing else of the life cycle
// comes.
//
// The repetition of a question must be answered with the same bytes, every event with 200.
//
// Threads: run() runs the io_context and returns when all is played.

#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <random>
#include <vector>

#include "authd/simulate/sender.h"

namespace authd::simulate {

struct PlayerOptions {
  std::uint32_t connections = 8;  // life cycles at a time; twice as many while messages come twice
  std::uint32_t duplicates_percent = 0;
  std::uint32_t reordered_percent = 0;
  std::uint32_t late_percent = 0;
  std::uint32_t lost_percent = 0;
  std::uint64_t seed = 0;
};

struct Play {
  std::unique_ptr<LifeCycle> life_cycle;
  const Target* target = nullptr;
  std::size_t account = 0;
};

class Player {
 public:
  using Source = std::function<std::optional<Play>()>;  // nothing: that was the last
  using Sink = std::function<void(const Play&)>;        // of what was played to its end

  Player(boost::asio::io_context& io, const http::Server& server, const PlayerOptions& options,
         Sender& sender);

  void run(const Source& next, const Sink& ended);

 private:
  enum class Again : std::uint8_t { no, at_once, next, at_the_end };

  struct Lane {
    http::Client first;
    http::Client second;  // for what is sent twice at once
  };
  struct Scene {
    Play play;
    std::mt19937_64 chance;
    std::vector<Message> delayed;
    std::vector<Message> late;
    std::optional<Message> waiting;  // a question behind late events
    bool is_resumed = false;         // nothing is late any more
  };
  struct Repetition {
    Delivery delivery;
    std::optional<http::Answer> first;
  };

  bool happens(Scene& scene, std::uint32_t percent) const;
  Again draw_repetition(Scene& scene) const;
  bool put_off(Scene& scene, const Message& event) const;

  void step(net::Awaitable<void> (Player::*part)(Lane&));
  net::Awaitable<void> play_new(Lane& lane);
  net::Awaitable<void> play_late(Lane& lane);
  net::Awaitable<void> repeat_at_the_end(Lane& lane);

  net::Awaitable<void> advance(Lane& lane, Scene& scene);
  net::Awaitable<void> tell_delayed(Lane& lane, Scene& scene);
  net::Awaitable<void> ask(Lane& lane, Scene& scene, const Message& question);
  net::Awaitable<void> tell(Lane& lane, Scene& scene, const Message& event);
  net::Awaitable<std::optional<http::Answer>> deliver(Lane& lane, const Delivery& delivery,
                                                      Again again);
  net::Awaitable<std::optional<http::Answer>> deliver_twice(Lane& lane, const Delivery& delivery);
  net::Awaitable<void> repeat(http::Client& client, const Delivery& delivery,
                              const std::optional<http::Answer>& first);
  void compare(const Delivery& delivery, const std::optional<http::Answer>& first,
               const std::optional<http::Answer>& again);

  boost::asio::io_context& io_;
  PlayerOptions options_;
  Sender& sender_;
  std::vector<std::unique_ptr<Lane>> lanes_;
  Source next_;
  Sink ended_;
  std::deque<std::unique_ptr<Scene>> held_back_;
  std::deque<Repetition> repetitions_;
};

}  // namespace authd::simulate
