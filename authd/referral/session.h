// A connection whose statements may do what referral needs, and nothing else.

#pragma once

#include "store/postgres/connection.h"

namespace authd::referral {

// It has taken on the role authd_referral.
core::Result<store::Connection, store::PgError> connect_for_referral(
    const store::Connection::Options& options);

}  // namespace authd::referral
