// Report: what `authd explain` says about a message and its authorization.

#pragma once

#include <string>

#include "authd/explain/search.h"

namespace authd::explain {

// The decision on the message, or all of the authorization when the id is a life cycle's or a
// notice's; then the history of the authorization, when there is more than one record.
std::string report_text(const Found& found, const core::MessageId& id);

// {"message":…,"program":…,"source":"journal","searched":{…},"controls":[…],"records":[…]} in one
// line; the records as in the journal dump, the controls that their findings name as far as they
// are known.
std::string report_json(const Found& found, const core::MessageId& id);

// "records 1 to 42 of the journal", or that there is none.
std::string searched(const Found& found);

}  // namespace authd::explain
