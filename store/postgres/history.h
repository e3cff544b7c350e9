// History: what was decided and what has happened, on their way into authd.decision and
// authd.event. Written once and never changed.

#pragma once

#include <string>
#include <vector>

#include "core/apply.h"
#include "store/postgres/connection.h"

namespace authd::store {

class History {
 public:
  explicit History(std::int32_t shard) : shard_(shard) {}

  // `account`: whose money it moved, or 0. `message`: the request's own row after it.
  void add(const core::Moment& moment, const core::Request& request, const core::Answer& answer,
           const core::Explanation& explanation, core::AccountId account,
           const core::Message& message);

  void add(const core::Moment& moment, const core::Event& event, const core::Booking& booking);
  void add_expiry(const core::Moment& moment, const core::Authorization& expired,
                  const core::Booking& booking);
  void add_abandonment(const core::Moment& moment, const core::Abandon& abandon,
                       const core::Booking& booking);

  core::Result<void, PgError> write(Connection& connection);
  void clear() noexcept;
  std::size_t bytes() const noexcept { return decisions_.size() + events_.size(); }

 private:
  void add_merchant(CopyRows& row, const core::Merchant& merchant);
  void begin_event(const core::Moment& moment, std::int16_t kind, const core::Booking& booking,
                   core::Currency currency);

  const std::int32_t shard_;
  CopyRows decisions_;
  CopyRows events_;
  std::string text_scratch_;
  std::vector<std::byte> scratch_;
};

}  // namespace authd::store
