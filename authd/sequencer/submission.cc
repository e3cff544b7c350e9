#include "authd/sequencer/submission.h"

namespace authd {

net::Awaitable<core::Answer> answer_of(std::unique_ptr<Submission> submission) {
  if (co_await submission->done.wait(submission->deadline)) co_return submission->answer;
  if (submission->fate.exchange(Submission::Fate::abandoned) == Submission::Fate::waiting) {
    const core::Answer answer = Submission::too_late(submission->asked());
    submission.release();  // the sequencer frees it
    co_return answer;
  }
  co_await submission->done.wait();  // answered at the last moment: it is on its way
  co_return submission->answer;
}

}  // namespace authd
