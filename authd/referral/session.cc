#include "authd/referral/session.h"

namespace authd::referral {

core::Result<store::Connection, store::PgError> connect_for_referral(
    const store::Connection::Options& options) {
  AUTHD_TRY(connection, store::Connection::connect(options));
  AUTHD_TRY_VOID(connection.exec("SET ROLE authd_referral"));
  return std::move(connection);
}

}  // namespace authd::referral
