// Connection: one peer, from accept to close; its requests one after the other, read downwards.
//
// Deadlines need no timer of their own: each phase writes its end into the connection, and a sweep
// over all connections of the thread cancels what is late (see NetworkThread). A timer armed for
// each phase instead was measured at 0.4 us more a request, of 6.5 us. While a request is served
// there is nothing to cancel: a Service takes the time it takes.
//
// Threads: its network thread only. Lifetime: lives in the frame of the coroutine that runs it.

#pragma once

#include <boost/intrusive/list.hpp>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "authd/net/completion.h"
#include "authd/net/io.h"
#include "authd/net/read_buffer.h"
#include "authd/net/response.h"
#include "authd/net/server_options.h"
#include "authd/net/service.h"

namespace authd::net {

class Connection;
using ConnectionHook =
    boost::intrusive::list_base_hook<boost::intrusive::link_mode<boost::intrusive::auto_unlink>>;
using ConnectionList =
    boost::intrusive::list<Connection, boost::intrusive::base_hook<ConnectionHook>,
                           boost::intrusive::constant_time_size<false>>;

// What the connections of one network thread share.
struct ConnectionContext {
  Service& service;
  const ServerOptions& options;
  Mailbox mailbox;
  ConnectionList connections;
  DateText date;
  Clock::time_point now;  // when a sweep or a read last looked: at most `sweep_every` ago
  bool stopping = false;
};

class Connection : public ConnectionHook {
 public:
  Connection(ConnectionContext& context, Socket socket, const asio::ip::address& peer);

  // Serves requests until the peer, a deadline, a refusal or the stop of the server ends it.
  Awaitable<void> run();

  // Answers with the refusal, whatever the peer asks.
  Awaitable<void> turn_away(Refusal refusal);

  void cancel_if_late(Clock::time_point now);
  void cancel_if_idle();

 private:
  enum class Phase : std::uint8_t { handshake, idle, header, body, writing, lingering };
  enum class Next : std::uint8_t { request, linger, close };

  // Why there is no request to serve: what to answer, or nothing when nobody would read it.
  using NoRequest = std::optional<Refusal>;

  Awaitable<bool> shake_hands();
  Awaitable<Next> exchange();
  Awaitable<core::Result<Head, NoRequest>> read_head();
  Awaitable<core::Result<void, NoRequest>> read_body(Head& head);
  Awaitable<Next> serve(const Head& head);
  Awaitable<Next> refuse(NoRequest why, MethodSet allowed = {});
  Awaitable<std::size_t> read_some(std::size_t unread_bytes_wanted);  // 0: the connection has ended
  Awaitable<bool> write(std::string_view bytes);
  Awaitable<void> linger();

  void enter(Phase phase, Clock::duration time_max);
  void note_read(std::size_t bytes);
  void cancel();

  ConnectionContext& context_;
  Socket socket_;
  std::shared_ptr<asio::ssl::context> tls_context_;  // none: plain HTTP
  std::optional<TlsStream> tls_;
  const asio::ip::address peer_;
  std::vector<std::string> certificate_names_;
  ReadBuffer buffer_;
  HttpResponse response_;
  std::string outgoing_;
  Clock::time_point first_byte_;  // of the request at hand
  Clock::time_point last_read_;
  Clock::time_point deadline_ = Clock::time_point::max();
  Phase phase_ = Phase::idle;
  bool late_ = false;  // the deadline of this phase has passed
};

}  // namespace authd::net
