#include "authd/sequencer/changes.h"

#include "authd/sequencer/sequencer.h"

namespace authd {

net::Awaitable<core::Reason> durably(Sequencer& sequencer, Changes& changes,
                                     net::Mailbox& mailbox) {
  net::Completion done(mailbox);
  changes.done = &done;
  const core::Reason taken = sequencer.submit(changes);
  if (taken == core::Reason::approved) co_await done.wait();
  co_return taken;
}

}  // namespace authd
