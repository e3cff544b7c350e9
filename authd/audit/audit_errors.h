// describe: why an audit or a rebuild came to no result, as a sentence for operators.

#pragma once

#include <string>

#include "store/audit/audit_error.h"
#include "store/audit/rebuild.h"

namespace authd {

std::string describe(const store::AuditError& error);

// `import`: what the source of the import says, when it failed.
std::string describe(const store::RebuildError& error, const std::string& import);

}  // namespace authd
