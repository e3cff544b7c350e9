#include "authd/simulate/player.h"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/experimental/awaitable_operators.hpp>
#include <utility>

namespace authd::simulate {

namespace {

namespace asio = boost::asio;
using net::Awaitable;

constexpr int http_ok = 200;

Awaitable<void> send_into(Sender& sender, http::Client& client, const Delivery& delivery,
                          Occasion occasion, std::optional<http::Answer>& answer) {
  answer = co_await sender.send(client, delivery, occasion);
}

}  // namespace

Player::Player(asio::io_context& io, const http::Server& server, const PlayerOptions& options,
               Sender& sender)
    : io_(io), options_(options), sender_(sender) {
  for (std::uint32_t i = 0; i < options.connections; ++i)
    lanes_.push_back(
        std::make_unique<Lane>(Lane{http::Client(io, server), http::Client(io, server)}));
}

void Player::run(const Source& next, const Sink& ended) {
  next_ = next;
  ended_ = ended;
  const net::Clock::time_point begun = net::Clock::now();
  step(&Player::play_new);
  step(&Player::play_late);
  step(&Player::repeat_at_the_end);
  sender_.report().seconds += std::chrono::duration<double>(net::Clock::now() - begun).count();
  if (sender_.has_given_up())
    sender_.report().problems.emplace_back("given up: one message after the other had no answer");
}

void Player::step(Awaitable<void> (Player::*part)(Lane&)) {
  io_.restart();
  for (const auto& lane : lanes_) asio::co_spawn(io_, (this->*part)(*lane), asio::detached);
  io_.run();
}

Awaitable<void> Player::play_new(Lane& lane) {
  while (!sender_.has_given_up()) {
    auto play = next_();
    if (!play) co_return;
    auto scene = std::make_unique<Scene>();
    scene->play = *std::move(play);
    scene->chance.seed(options_.seed + sender_.report().life_cycles++);
    co_await advance(lane, *scene);
    if (scene->late.empty()) {
      ended_(scene->play);
    } else {
      held_back_.push_back(std::move(scene));
    }
  }
}

Awaitable<void> Player::play_late(Lane& lane) {
  while (!held_back_.empty() && !sender_.has_given_up()) {
    const std::unique_ptr<Scene> scene = std::move(held_back_.front());
    held_back_.pop_front();
    scene->is_resumed = true;
    const std::vector<Message> late = std::exchange(scene->late, {});
    for (const Message& event : late) co_await tell(lane, *scene, event);
    co_await advance(lane, *scene);
    ended_(scene->play);
  }
}

Awaitable<void> Player::repeat_at_the_end(Lane& lane) {
  while (!repetitions_.empty() && !sender_.has_given_up()) {
    const Repetition repetition = std::move(repetitions_.front());
    repetitions_.pop_front();
    co_await repeat(lane.first, repetition.delivery, repetition.first);
  }
}

bool Player::happens(Scene& scene, std::uint32_t percent) const {
  constexpr std::uint64_t all = 100;
  return scene.chance() % all < percent;
}

Player::Again Player::draw_repetition(Scene& scene) const {
  constexpr std::uint64_t ways = 3;
  const bool is_repeated = happens(scene, options_.duplicates_percent);
  const std::uint64_t way = scene.chance() % ways;
  if (!is_repeated) return Again::no;
  return way == 0 ? Again::at_once : way == 1 ? Again::next : Again::at_the_end;
}

// Whether it was kept for later.
bool Player::put_off(Scene& scene, const Message& event) const {
  const bool is_late = happens(scene, options_.late_percent);
  const bool is_delayed = happens(scene, options_.reordered_percent);
  if (is_late && !scene.is_resumed) {
    scene.late.push_back(event);
    ++sender_.report().late;
    return true;
  }
  if (is_delayed && !scene.play.life_cycle->order_matters()) {
    scene.delayed.push_back(event);
    ++sender_.report().reordered;
    return true;
  }
  return false;
}

// To the end, or until late events stand in the way.
Awaitable<void> Player::advance(Lane& lane, Scene& scene) {
  LifeCycle& life_cycle = *scene.play.life_cycle;
  while (!sender_.has_given_up()) {
    std::optional<Message> message = std::exchange(scene.waiting, std::nullopt);
    if (!message) message = life_cycle.next();
    if (!message || message->is_question) co_await tell_delayed(lane, scene);
    if (!message) co_return;
    if (message->is_question) {
      if (!scene.late.empty()) {
        scene.waiting = std::move(message);
        co_return;
      }
      co_await ask(lane, scene, *message);
    } else if (!put_off(scene, *message)) {
      co_await tell(lane, scene, *message);
      constexpr std::uint32_t half = 50;
      if (happens(scene, half)) co_await tell_delayed(lane, scene);
    } else if (!scene.late.empty() && life_cycle.order_matters()) {
      co_return;
    }
  }
}

// The last one first.
Awaitable<void> Player::tell_delayed(Lane& lane, Scene& scene) {
  while (!scene.delayed.empty()) {
    const Message event = std::move(scene.delayed.back());
    scene.delayed.pop_back();
    co_await tell(lane, scene, event);
  }
}

Awaitable<void> Player::ask(Lane& lane, Scene& scene, const Message& question) {
  LifeCycle& life_cycle = *scene.play.life_cycle;
  Delivery delivery;
  delivery.target = scene.play.target;
  delivery.life_cycle = life_cycle.name();
  delivery.message = question;
  const bool is_lost = happens(scene, options_.lost_percent);
  const Again again = draw_repetition(scene);
  constexpr std::uint32_t half = 50;
  const bool is_sent = happens(scene, half);
  if (is_lost) {
    ++sender_.report().lost;
    if (is_sent) co_await sender_.send_and_hang_up(lane.first, delivery);
    life_cycle.unheard();
    co_return;
  }
  const auto answer = co_await deliver(lane, delivery, again);
  if (!answer) {
    life_cycle.unheard();
    co_return;
  }
  const std::string wrong = life_cycle.heard(*answer);
  if (!wrong.empty()) sender_.report_wrong(delivery, wrong, answer);
}

Awaitable<void> Player::tell(Lane& lane, Scene& scene, const Message& event) {
  Delivery delivery;
  delivery.target = scene.play.target;
  delivery.life_cycle = scene.play.life_cycle->name();
  delivery.message = event;
  const Again again = draw_repetition(scene);
  const auto answer = co_await deliver(lane, delivery, again);
  if (answer && answer->status != http_ok)
    sender_.report_wrong(delivery, "an event must be answered with 200", answer);
}

// The first answer.
Awaitable<std::optional<http::Answer>> Player::deliver(Lane& lane, const Delivery& delivery,
                                                       Again again) {
  if (again == Again::at_once) co_return co_await deliver_twice(lane, delivery);
  auto answer = co_await sender_.send(lane.first, delivery, Occasion::first);
  if (again == Again::next) co_await repeat(lane.first, delivery, answer);
  if (again == Again::at_the_end) repetitions_.push_back(Repetition{delivery, answer});
  co_return answer;
}

Awaitable<std::optional<http::Answer>> Player::deliver_twice(Lane& lane, const Delivery& delivery) {
  using namespace asio::experimental::awaitable_operators;
  std::optional<http::Answer> answer;
  std::optional<http::Answer> again;
  co_await (send_into(sender_, lane.first, delivery, Occasion::first, answer) &&
            send_into(sender_, lane.second, delivery, Occasion::repetition, again));
  compare(delivery, answer, again);
  co_return answer;
}

Awaitable<void> Player::repeat(http::Client& client, const Delivery& delivery,
                               const std::optional<http::Answer>& first) {
  const auto again = co_await sender_.send(client, delivery, Occasion::repetition);
  compare(delivery, first, again);
}

// Answers that did not come are reported already.
void Player::compare(const Delivery& delivery, const std::optional<http::Answer>& first,
                     const std::optional<http::Answer>& again) {
  if (!first || !again) return;
  if (!delivery.message.is_question) {
    if (again->status != http_ok)
      sender_.report_wrong(delivery, "the repetition of an event must be answered with 200", again);
    return;
  }
  if (first->status == again->status && first->body == again->body) return;
  sender_.report_wrong(delivery,
                       "the repetition was answered otherwise than " +
                           std::to_string(first->status) + " " + first->body,
                       again);
}

}  // namespace authd::simulate
