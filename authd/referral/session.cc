#include "authd/referral/session.h"

namespace authd::referral {

core::Result<store::Connection, store::PgError> connect_for_referral(
    const store::Connection::Options& options) {
  return store::Connection::connect_as("authd_referral", options);
}

}  // namespace authd::referral
