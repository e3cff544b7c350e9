// Submission: one request on its way through the sequencer.
//
// Two sides hold it: the coroutine that waits for the answer, and the sequencer. They agree by one
// atomic step which of them ends the wait: the sequencer with an answer, or the coroutine because
// the deadline has passed. Whoever comes second frees it.

#pragma once

#include <atomic>
#include <chrono>
#include <memory>

#include "authd/net/completion.h"
#include "core/apply.h"

namespace authd {

struct Submission {
  Submission(const core::Request& asked, std::chrono::steady_clock::time_point answer_by,
             net::Mailbox& mailbox)
      : request(asked), deadline(answer_by), done(mailbox) {}

  // The answer to a request whose deadline has passed: the processor's decline.
  static core::Answer too_late(const core::Request& request) {
    return {core::Answer::Origin::decided,
            {core::Reason::too_late, {0, request.amount.currency}, {}},
            {},
            {}};
  }

  enum class Fate : std::uint8_t { waiting, answered, abandoned };

  core::Command request;      // always a core::Request
  bool until_ledger = false;  // the answer waits until the ledger has the record, too
  const std::chrono::steady_clock::time_point deadline;
  core::Answer answer;  // set when `done` completes
  net::Completion done;
  std::atomic<Fate> fate{Fate::waiting};

  const core::Request& asked() const { return std::get<core::Request>(request); }
};

// Waits for the sequencer's answer to a submission that it has taken, at most until the deadline.
// What nobody waits for any more stays with the sequencer.
net::Awaitable<core::Answer> answer_of(std::unique_ptr<Submission> submission);

}  // namespace authd
