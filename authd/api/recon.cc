#include "authd/api/recon.h"

#include "authd/api/recon_analytics.h"
#include "authd/api/recon_exceptions.h"
#include "authd/api/recon_lines.h"
#include "authd/api/recon_matching.h"
#include "authd/api/recon_proposals.h"
#include "authd/api/recon_runs.h"
#include "authd/api/recon_suppliers.h"
#include "authd/api/recon_trail.h"
#include "authd/api/recon_upload.h"
#include "authd/api/recon_work.h"

namespace authd::api {

std::vector<Resource> reconciliation_resources(ReconciliationDesk desk) {
  return {recon_suppliers_resource(), recon_runs_resource(desk),   recon_upload_resource(desk),
          recon_lines_resource(),     recon_exceptions_resource(), recon_work_resource(),
          recon_matching_resource(),  recon_proposals_resource(),  recon_analytics_resource(),
          recon_trail_resource()};
}

}  // namespace authd::api
