#include "authd/api/referral.h"

#include "authd/api/referral_adjustments.h"
#include "authd/api/referral_cases.h"
#include "authd/api/referral_chain.h"
#include "authd/api/referral_earnings.h"
#include "authd/api/referral_invitations.h"
#include "authd/api/referral_leaderboard.h"
#include "authd/api/referral_members.h"
#include "authd/api/referral_opt_outs.h"
#include "authd/api/referral_payout_runs.h"
#include "authd/api/referral_payouts.h"
#include "authd/api/referral_programs.h"
#include "authd/api/referral_receipts.h"
#include "authd/api/referral_stats.h"
#include "authd/api/referral_templates.h"
#include "authd/api/referral_terms.h"

namespace authd::api {

std::vector<Resource> referral_resources() {
  return {referral_members_resource(),     referral_chain_resource(),
          referral_stats_resource(),       referral_earnings_resource(),
          referral_payouts_resource(),     referral_leaderboard_resource(),
          referral_invitations_resource(), referral_receipts_resource(),
          referral_opt_outs_resource(),    referral_programs_resource(),
          referral_terms_resource(),       referral_templates_resource(),
          referral_adjustments_resource(), referral_cases_resource(),
          referral_payout_runs_resource()};
}

}  // namespace authd::api
