// No answer leaves before its record is on the disk: read off the system calls of a real daemon.

#include <gtest/gtest.h>

#include <sstream>

#include "tests/e2e/daemon.h"
#include "tests/e2e/eventually.h"
#include "tests/e2e/flush_trace.h"
#include "tests/e2e/four_processors.h"
#include "tests/e2e/gateway.h"

namespace authd::test {
namespace {

constexpr std::uint16_t port = 8080;

const std::string request_line =
    "11 recvmsg(9<TCP:[127.0.0.1:8080->127.0.0.1:50000]>, "
    "{msg_iov=[{iov_base=\"POST /programs/d\"..., iov_len=16384}]}, 0) = 800\n";
const std::string write_line =
    "12 pwrite64(7</s/journal/segment-00000001.journal>, \"\\0\\1\"..., 512, 4096) = 512\n";
const std::string flush_line = "12 fdatasync(7</s/journal/segment-00000001.journal>) = 0\n";
const std::string answer_line =
    "11 sendmsg(9<TCP:[127.0.0.1:8080->127.0.0.1:50000]>, "
    "{msg_iov=[{iov_base=\"HTTP/1.1 200 OK\\r\"..., iov_len=300}]}, MSG_NOSIGNAL) = 300\n";
const std::string decline_line =
    "11 sendmsg(9<TCP:[127.0.0.1:8080->127.0.0.1:50000]>, "
    "{msg_iov=[{iov_base=\"HTTP/1.1 402 Pay\"..., iov_len=300}]}, MSG_NOSIGNAL) = 300\n";
const std::string good = request_line + write_line + flush_line + answer_line;

std::string violation_of(const std::string& trace) {
  return read_flush_trace(trace, port).violation;
}

std::string without(const std::string& trace, const std::string& call) {
  std::istringstream in(trace);
  std::string kept;
  for (std::string line; std::getline(in, line);) {
    if (line.find(call) == std::string::npos) kept += line + "\n";
  }
  return kept;
}

TEST(FlushTrace, AcceptsAnswersBehindTheirFlush) {
  const FlushTrace found =
      read_flush_trace(good + request_line + write_line + flush_line + decline_line, port);
  EXPECT_EQ(found.violation, "");
  EXPECT_EQ(found.requests, 2U);
  EXPECT_EQ(found.batches, 2U);
  EXPECT_EQ(found.flushes, 2U);
  EXPECT_EQ(found.answers, 2U);
}

TEST(FlushTrace, RefusesAnAnswerWithoutFlush) {
  EXPECT_NE(violation_of(request_line + write_line + answer_line), "");
  EXPECT_NE(violation_of(request_line + write_line + decline_line), "");
  EXPECT_NE(violation_of(good + request_line + write_line + answer_line), "");
  EXPECT_NE(violation_of(request_line + flush_line + answer_line), "");
}

TEST(FlushTrace, RefusesAnAnswerBeforeItsFlush) {
  EXPECT_NE(violation_of(request_line + write_line + answer_line + flush_line), "");
  EXPECT_NE(violation_of(request_line + flush_line + write_line + answer_line), "");
  EXPECT_NE(violation_of(write_line + flush_line + request_line + answer_line), "");
}

TEST(FlushTrace, CountsNoFlushThatFailedOrWasOfAnotherFile) {
  const std::string failed =
      "12 fdatasync(7</s/journal/segment-00000001.journal>) = -1 EIO (Input/output error)\n";
  const std::string other = "12 fdatasync(8</s/snapshot/data.mdb>) = 0\n";
  EXPECT_NE(violation_of(request_line + write_line + failed + answer_line), "");
  EXPECT_NE(violation_of(request_line + write_line + other + answer_line), "");
}

TEST(FlushTrace, PutsInterruptedLinesTogether) {
  const std::string begun =
      "12 fdatasync(7</s/journal/segment-00000001.journal> <unfinished ...>\n";
  const std::string resumed = "12 <... fdatasync resumed>) = 0\n";
  const std::string write_begun =
      "12 pwrite64(7</s/journal/segment-00000001.journal>, \"\\0\"..., 512, 4096 <unfinished "
      "...>\n";
  const std::string write_resumed = "12 <... pwrite64 resumed>) = 512\n";
  EXPECT_EQ(violation_of(request_line + write_line + begun + resumed + answer_line), "");
  EXPECT_NE(violation_of(request_line + write_line + begun + answer_line + resumed), "");
  // A flush that began before the write had ended need not cover it.
  EXPECT_NE(violation_of(request_line + write_begun + flush_line + write_resumed + answer_line),
            "");
}

TEST(Flush, ComesBeforeEveryAnswer) {
  const Site site;
  ASSERT_EQ(site.load(account_line(1, 5'000) + card_line("card-1", 1)).code, 0);
  const auto trace_file = site.path("trace");
  // -D: the daemon is our child, strace its tracer. -yy: files and addresses instead of numbers.
  // The search for leaks of a build with sanitizers is a tracer itself: there can be only one.
  Daemon daemon(site, {"strace", "-D", "-f", "-yy", "-E", "ASAN_OPTIONS=detect_leaks=0", "-e",
                       "trace=fdatasync,pwrite64,read,readv,recvfrom,recvmsg,write,writev,sendto,"
                       "sendmsg",
                       "-o", trace_file.string()});
  ASSERT_TRUE(daemon.await_ready()) << daemon.log();

  constexpr std::uint64_t decisions = 200;
  constexpr std::uint64_t events = 50;  // a force post each
  std::uint64_t approved = 0;
  HttpClient client(daemon.port());
  for (std::uint64_t i = 0; i < decisions; ++i) {
    const auto answer =
        client.exchange(post(purchase_body("m-" + std::to_string(i), "card-1", "0.50")));
    ASSERT_TRUE(answer) << daemon.log();
    ASSERT_TRUE(answer->status == 200 || answer->status == 402) << answer->body;
    approved += answer->status == 200 ? 1U : 0U;
  }
  EXPECT_EQ(approved, 100U);  // the other half had no money left
  for (std::uint64_t i = 0; i < events; ++i) {
    const std::string body = forced_post("marqeta", "f-" + std::to_string(i), "card-1", 50);
    const auto answer = client.exchange(post(body, gateway_credentials, "/programs/demo/events"));
    ASSERT_EQ(answer, (HttpAnswer{200, R"({"events":1})"}));
  }
  const std::uint16_t own_port = daemon.port();
  ASSERT_EQ(daemon.terminate(), 0) << daemon.log();
  // The tracer ends a moment after the daemon.
  std::string trace;
  ASSERT_TRUE(eventually([&] {
    trace = read_file(trace_file);
    return trace.find("+++ exited with 0 +++\n", trace.rfind('\n', trace.size() - 2) + 1) !=
           std::string::npos;
  }));

  const FlushTrace found = read_flush_trace(trace, own_port);
  EXPECT_EQ(found.violation, "");
  EXPECT_EQ(found.requests, decisions + events);
  EXPECT_EQ(found.batches, decisions + events);
  EXPECT_EQ(found.flushes, decisions + events);
  EXPECT_EQ(found.answers, decisions + events);
  // The same daemon without its flushes would be caught.
  EXPECT_NE(read_flush_trace(without(trace, "fdatasync"), own_port).violation, "");
}

}  // namespace
}  // namespace authd::test
