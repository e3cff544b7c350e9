// Uploads: the file of a run in pieces, each behind the one before, so that an upload that broke
// off goes on where it stands.

#pragma once

#include "authd/api/recon.h"

namespace authd::api {

inline constexpr std::size_t upload_piece_bytes_max = std::size_t{8} << 20U;

Resource recon_upload_resource(const ReconciliationDesk& desk);

}  // namespace authd::api
