#include "authd/api/referral_invitation_row.h"

#include "authd/api/sql_json.h"
#include "authd/referral/words.h"

namespace authd::api {

std::string referral_invitation_sql() {
  return "json_build_object('id', v.id, 'holder', v.inviter_id, 'program', v.program,"
         " 'template', v.template, 'state', " +
         sql_word("v.state", referral::invitation_state_names) +
         ", 'phone_end', right(v.phone, 3), 'text', v.body, 'attempts', v.attempts,"
         " 'created_at', " +
         sql_time("v.created_at") + ", 'next_at', CASE WHEN v.state = 1 THEN " +
         sql_time("v.next_at") + " END, 'sent_at', " + sql_time("v.sent_at") + ", 'ended_at', " +
         sql_time("v.ended_at") + ", 'gateway_id', v.gateway_id, 'error', v.error)::text";
}

}  // namespace authd::api
