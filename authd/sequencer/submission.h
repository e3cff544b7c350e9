// Submission: one request on its way through the sequencer, in the frame of the coroutine that
// waits for it.

#pragma once

#include <cstdint>

#include "authd/net/completion.h"
#include "core/apply.h"

namespace authd {

struct Submission {
  Submission(const core::Request& asked, net::Mailbox& mailbox) : request(asked), done(mailbox) {}

  core::Request request;
  core::Answer answer;  // set when `done` completes
  net::Completion done;
};

}  // namespace authd
