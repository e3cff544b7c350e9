// The Asio types this server is made of, bound to one executor type.
//
// io_context::executor_type is named everywhere instead of the polymorphic any_io_executor: the
// calls are direct, and a coroutine, its socket and its timers cannot end up on different threads
// by accident.
//
// GCC 12 corrupts the frame of a coroutine that awaits a call with a braced aggregate among its
// arguments, co_await f({a, b}): name the aggregate first.

#pragma once

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/basic_socket_acceptor.hpp>
#include <boost/asio/basic_stream_socket.hpp>
#include <boost/asio/basic_waitable_timer.hpp>
#include <boost/asio/deferred.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <chrono>

namespace authd::net {

namespace asio = boost::asio;
using tcp = asio::ip::tcp;

using Clock = std::chrono::steady_clock;
using Executor = asio::io_context::executor_type;
using Socket = asio::basic_stream_socket<tcp, Executor>;
using Acceptor = asio::basic_socket_acceptor<tcp, Executor>;
using Timer = asio::basic_waitable_timer<Clock, asio::wait_traits<Clock>, Executor>;

template <class T>
using Awaitable = asio::awaitable<T, Executor>;

// co_await operation(..., as_result) gives [error, values...] and throws nothing. Deferred rather
// than use_awaitable: the operation then lives in the awaiting coroutine's own frame instead of in
// one allocated for it.
inline constexpr auto as_result = asio::as_tuple(asio::deferred);

}  // namespace authd::net
