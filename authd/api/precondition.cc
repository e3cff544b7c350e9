#include "authd/api/precondition.h"

#include <algorithm>

namespace authd::api {

core::Result<void, Problem> check_version(const Call& call, std::int64_t version) {
  const auto given = call.head.field("If-Match");
  if (!given) return core::Unexpected{Problem(Problem::Kind::precondition_required)};
  const std::string tag = "\"" + std::to_string(version) + "\"";
  for (std::string_view rest = *given; !rest.empty();) {
    std::string_view candidate = rest.substr(0, rest.find(','));
    rest.remove_prefix(std::min(candidate.size() + 1, rest.size()));
    while (candidate.starts_with(' ')) candidate.remove_prefix(1);
    while (candidate.ends_with(' ')) candidate.remove_suffix(1);
    if (candidate == tag) return {};
  }
  // "*" says nothing about what the change is based on, and a weak tag compares false.
  return core::Unexpected{
      Problem(Problem::Kind::version_mismatch, "The version is " + tag + " now.")};
}

}  // namespace authd::api
