#include "authd/sequencer/submission.h"

namespace authd {

net::Awaitable<core::Answer> answer_of(std::unique_ptr<Submission> submission) {
  if (co_await submission->done.wait(submission->deadline)) co_return submission->answer;
  const core::Answer late = Submission::too_late(submission->asked());
  if (submission->fate.exchange(Submission::Fate::abandoned) == Submission::Fate::waiting) {
    submission.release();  // the sequencer frees it, perhaps already
    co_return late;
  }
  co_await submission->done.wait();  // answered at the last moment: it is on its way
  co_return submission->answer;
}

}  // namespace authd
