#include "authd/api/program_member.h"

#include "core/identifiers.h"

namespace authd::api {

std::string read_program(BodyReader& body, const Call& call, Need need) {
  const bool bound = !call.caller.program.empty();
  const auto program =
      body.token("program", core::ProgramId::size_max, bound ? Need::optional : need);
  if (bound && program.value && *program.value != call.caller.program) {
    body.refuse("program", "is not the program of this key");
  }
  return program.value.value_or(call.caller.program);
}

}  // namespace authd::api
