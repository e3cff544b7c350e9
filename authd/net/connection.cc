#include "authd/net/connection.h"

#include <boost/asio/buffer.hpp>
#include <tuple>
#include <utility>

namespace authd::net {

namespace {

asio::mutable_buffer room_for(ReadBuffer& buffer, std::size_t unread_bytes_wanted) {
  const auto room = buffer.prepare(unread_bytes_wanted);
  return {room.data(), room.size()};
}

}  // namespace

Connection::Connection(ConnectionContext& context, Socket socket, const asio::ip::address& peer)
    : context_(context),
      socket_(std::move(socket)),
      tls_context_(context.options.tls ? context.options.tls->context() : nullptr),
      peer_(peer),
      buffer_(context.options.read_buffer_bytes) {
  context_.connections.push_back(*this);
}

Awaitable<void> Connection::run() {
  if (tls_context_) {
    const bool encrypted = co_await shake_hands();
    if (!encrypted) co_return;
  }
  Next next = Next::request;
  while (next == Next::request) next = co_await exchange();
  if (next == Next::linger) co_await linger();
}

// Not encrypted: a handshake is what an overload can do without.
Awaitable<void> Connection::turn_away(Refusal refusal) {
  if (tls_context_) {
    context_.service.refused(refusal);
    co_return;
  }
  const Next next = co_await refuse(refusal);
  if (next == Next::linger) co_await linger();
}

Awaitable<bool> Connection::shake_hands() {
  tls_.emplace(socket_, *tls_context_);
  enter(Phase::handshake, context_.options.handshake_time_max);
  const auto [error] = co_await tls_->async_handshake(TlsStream::server, as_result);
  if (error) {
    context_.service.refused(Refusal::tls_handshake);
    co_return false;
  }
  certificate_names_ = net::certificate_names(*tls_);
  last_read_ = Clock::now();
  co_return true;
}

Awaitable<Connection::Next> Connection::exchange() {
  auto head = co_await read_head();
  if (!head) co_return co_await refuse(head.error());

  const RouteRules rules = context_.service.rules(*head);
  if (const auto checked = check_route(*head, rules); !checked) {
    co_return co_await refuse(checked.error(), rules.methods);
  }
  if (buffer_.unread().size() - head->size() < head->content_length()) {
    const auto read = co_await read_body(*head);
    if (!read) co_return co_await refuse(read.error());
  }
  co_return co_await serve(*head);
}

Awaitable<core::Result<Head, Connection::NoRequest>> Connection::read_head() {
  first_byte_ = last_read_;  // of what the peer has pipelined, if anything
  if (!buffer_.unread().empty()) {
    enter(Phase::header, context_.options.header_time_max);
  } else if (context_.stopping) {
    co_return core::Unexpected{NoRequest{}};
  } else {
    enter(Phase::idle, context_.options.idle_time_max);
  }
  std::size_t searched = 0;
  for (;;) {
    const std::string_view unread = buffer_.unread();
    if (const std::size_t size = find_head_end(unread, searched); size > 0) {
      auto head = parse_head(unread.substr(0, size), context_.options.head);
      if (!head) co_return core::Unexpected{NoRequest{head.error()}};
      co_return *head;
    }
    if (unread.size() >= context_.options.head.header_bytes_max) {
      co_return core::Unexpected{NoRequest{Refusal::header_too_long}};
    }
    searched = unread.size();
    const std::size_t bytes = co_await read_some(unread.size() + 1);
    if (late_ && phase_ == Phase::header) {
      co_return core::Unexpected{NoRequest{Refusal::header_timeout}};
    }
    if (bytes == 0) co_return core::Unexpected{NoRequest{}};
    note_read(bytes);
    if (phase_ == Phase::idle) {
      first_byte_ = last_read_;
      enter(Phase::header, context_.options.header_time_max);
    }
  }
}

Awaitable<core::Result<void, Connection::NoRequest>> Connection::read_body(Head& head) {
  const std::size_t request_bytes = head.size() + static_cast<std::size_t>(head.content_length());
  if (head.expects_continue()) {
    const bool written = co_await write(continue_line);
    if (!written) co_return core::Unexpected{NoRequest{}};
  }
  enter(Phase::body, context_.options.body_time_max);
  while (buffer_.unread().size() < request_bytes) {
    const std::size_t bytes = co_await read_some(request_bytes);
    if (late_) co_return core::Unexpected{NoRequest{Refusal::body_timeout}};
    if (bytes == 0) co_return core::Unexpected{NoRequest{}};
    note_read(bytes);
  }
  head.rebase(buffer_.unread().data());
  co_return core::Result<void, NoRequest>{};
}

Awaitable<Connection::Next> Connection::serve(const Head& head) {
  const std::string_view body =
      buffer_.unread().substr(head.size(), static_cast<std::size_t>(head.content_length()));
  response_.reset();
  // A deadline that passes from here on finds no operation to cancel.
  const HttpRequest request{head, body, peer_, certificate_names_, first_byte_, context_.mailbox};
  bool failed = false;
  try {
    co_await context_.service.serve(request, response_);
  } catch (...) {
    failed = true;
  }
  if (failed) co_return co_await refuse(Refusal::service_failed);

  const bool keep = head.keep_alive() && !response_.close && !context_.stopping;
  render(response_, {head.method(), head.minor_version()},
         keep ? Persistence::keep_alive : Persistence::close, context_.date.view(), outgoing_);
  buffer_.consume(head.size() + body.size());  // `head` and `body` are gone
  const bool written = co_await write(outgoing_);
  if (!written) co_return Next::close;
  context_.service.answered(response_, Clock::now() - first_byte_);
  co_return keep ? Next::request : Next::linger;
}

Awaitable<Connection::Next> Connection::refuse(NoRequest why, MethodSet allowed) {
  if (!why) co_return Next::close;
  context_.service.refused(*why);
  set_refusal(response_, *why, allowed);
  render(response_, {}, Persistence::close, context_.date.view(), outgoing_);
  const bool written = co_await write(outgoing_);
  co_return written ? Next::linger : Next::close;
}

Awaitable<std::size_t> Connection::read_some(std::size_t unread_bytes_wanted) {
  const asio::mutable_buffer room = room_for(buffer_, unread_bytes_wanted);
  boost::system::error_code error;
  std::size_t bytes = 0;
  if (tls_) {
    std::tie(error, bytes) = co_await tls_->async_read_some(room, as_result);
  } else {
    std::tie(error, bytes) = co_await socket_.async_read_some(room, as_result);
  }
  co_return error ? 0 : bytes;
}

Awaitable<bool> Connection::write(std::string_view bytes) {
  enter(Phase::writing, context_.options.write_time_max);
  while (!bytes.empty()) {
    boost::system::error_code error;
    std::size_t written = 0;
    if (tls_) {
      std::tie(error, written) = co_await tls_->async_write_some(asio::buffer(bytes), as_result);
    } else {
      std::tie(error, written) = co_await socket_.async_write_some(asio::buffer(bytes), as_result);
    }
    if (late_) {
      // Closed with a reset: the kernel would keep the rest for a peer that does not read.
      boost::system::error_code ignored;
      socket_.set_option(Socket::linger(true, 0), ignored);
      socket_.close(ignored);  // the destructor would undo the option
    }
    if (error || late_) co_return false;
    bytes.remove_prefix(written);
  }
  co_return true;
}

Awaitable<void> Connection::linger() {
  // Closing with unread bytes resets the connection, and a reset can overtake the answer.
  enter(Phase::lingering, context_.options.linger_time_max);
  buffer_.consume(buffer_.unread().size());
  if (tls_) co_await tls_->async_shutdown(as_result);  // a peer that hangs up at once is fine too
  boost::system::error_code error;
  socket_.shutdown(Socket::shutdown_send, error);
  for (std::size_t drained = 0; !error && !late_ && drained < context_.options.linger_bytes_max;) {
    std::size_t bytes = 0;
    std::tie(error, bytes) = co_await socket_.async_read_some(room_for(buffer_, 1), as_result);
    drained += bytes;
  }
}

void Connection::enter(Phase phase, Clock::duration time_max) {
  phase_ = phase;
  late_ = false;
  deadline_ = context_.now + time_max;
}

void Connection::note_read(std::size_t bytes) {
  buffer_.commit(bytes);
  last_read_ = context_.now = Clock::now();
}

void Connection::cancel_if_late(Clock::time_point now) {
  if (now >= deadline_) cancel();
}

void Connection::cancel_if_idle() {
  if (phase_ == Phase::idle) cancel();
}

void Connection::cancel() {
  late_ = true;
  deadline_ = Clock::time_point::max();
  boost::system::error_code ignored;  // the pending operation ends with it or has ended already
  socket_.cancel(ignored);
}

}  // namespace authd::net
