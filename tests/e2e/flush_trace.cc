#include "tests/e2e/flush_trace.h"

#include <algorithm>
#include <cstdlib>
#include <map>
#include <sstream>
#include <string_view>

namespace authd::test {

namespace {

enum class Call { other, read_request, write_batch, flush, send_answer };

// What one line tells: a call that begins, or ends, or both.
struct Line {
  std::string thread;
  std::string text;  // behind the thread; of a resumed call, what it began with stands before it
  bool begins = true;
  bool ends = true;
};

bool contains(std::string_view text, std::string_view part) {
  return text.find(part) != std::string_view::npos;
}

// Puts the two halves of interrupted lines together.
class LineReader {
 public:
  explicit LineReader(const std::string& trace) : in_(trace) {}

  bool next(Line& line) {
    std::string whole;
    if (!std::getline(in_, whole)) return false;
    const std::size_t space = whole.find(' ');
    line = {whole.substr(0, space),
            whole.substr(std::min(whole.find_first_not_of(' ', space), whole.size()))};
    if (const std::size_t cut = line.text.find(" <unfinished ...>"); cut != std::string::npos) {
      line.text.erase(cut);
      line.ends = false;
      unfinished_[line.thread] = line.text;
    } else if (line.text.starts_with("<... ")) {
      const std::size_t rest = line.text.find(" resumed>");
      line.text =
          unfinished_[line.thread] + (rest == std::string::npos ? "" : line.text.substr(rest + 9));
      line.begins = false;
    }
    return true;
  }

 private:
  std::istringstream in_;
  std::map<std::string, std::string> unfinished_;  // by thread
};

// The value after the last " = "; -1 when there is none.
long result_of(const std::string& text) {
  const std::size_t at = text.rfind(" = ");
  return at == std::string::npos ? -1 : std::strtol(text.c_str() + at + 3, nullptr, 10);
}

Call call_of(const std::string& text, const std::string& own_port) {
  const std::string_view name = std::string_view(text).substr(0, text.find('('));
  const bool of_segment = contains(text, "/segment-") && contains(text, ".journal>");
  const bool of_processor = contains(text, own_port);
  if (name == "pwrite64" && of_segment) return Call::write_batch;
  if (name == "fdatasync" && of_segment) return Call::flush;
  if (!of_processor) return Call::other;
  if (contains(name, "recv") || contains(name, "read"))
    return contains(text, "\"POST /") ? Call::read_request : Call::other;
  const bool answers = contains(text, "\"HTTP/1.1 200") || contains(text, "\"HTTP/1.1 402");
  return answers ? Call::send_answer : Call::other;
}

// How far the one request under way has come.
class Order {
 public:
  void take(Call call, const Line& line, FlushTrace& trace) {
    switch (call) {
      case Call::read_request: return read(line, trace);
      case Call::write_batch: return write(line, trace);
      case Call::flush: return flush(line, trace);
      case Call::send_answer: return send(line, trace);
      case Call::other: return;
    }
  }

 private:
  enum class Stage { idle, asked, writing, written, flushing, durable };

  void read(const Line& line, FlushTrace& trace) {
    if (!line.ends || result_of(line.text) <= 0) return;
    trace.requests += 1;
    stage_ = Stage::asked;
  }
  void write(const Line& line, FlushTrace& trace) {
    if (line.begins && stage_ != Stage::idle) stage_ = Stage::writing;
    if (!line.ends || stage_ != Stage::writing || result_of(line.text) <= 0) return;
    trace.batches += 1;
    stage_ = Stage::written;
  }
  void flush(const Line& line, FlushTrace& trace) {
    if (line.begins && stage_ == Stage::written) stage_ = Stage::flushing;
    if (!line.ends || stage_ != Stage::flushing) return;
    const bool done = result_of(line.text) == 0;
    trace.flushes += done ? 1U : 0U;
    stage_ = done ? Stage::durable : Stage::written;
  }
  void send(const Line& line, FlushTrace& trace) {
    if (!line.begins) return;
    trace.answers += 1;
    if (stage_ != Stage::durable && trace.violation.empty())
      trace.violation = "answered before its batch was flushed: " + line.thread + " " + line.text;
    stage_ = Stage::idle;
  }

  Stage stage_ = Stage::idle;
};

}  // namespace

FlushTrace read_flush_trace(const std::string& trace, std::uint16_t port) {
  const std::string own_port = "<TCP:[127.0.0.1:" + std::to_string(port) + "->";
  FlushTrace found;
  Order order;
  LineReader lines(trace);
  for (Line line; lines.next(line);) order.take(call_of(line.text, own_port), line, found);
  return found;
}

}  // namespace authd::test
