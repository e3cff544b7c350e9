#include "authd/api/referral_phone.h"

#include <algorithm>

namespace authd::api {

namespace {

bool is_e164(std::string_view text) noexcept {
  constexpr std::size_t size_min = 8;
  constexpr std::size_t size_max = 16;
  return text.size() >= size_min && text.size() <= size_max && text[0] == '+' && text[1] != '0' &&
         std::all_of(text.begin() + 1, text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

}  // namespace

std::string read_phone(BodyReader& body) {
  const auto phone = body.text("phone", {1, 100}, Need::required);
  if (phone.value && !is_e164(*phone.value)) {
    body.refuse("phone", "must be a number such as +4915112345678");
  }
  return phone.value.value_or("");
}

core::Result<void, Problem> lock_phone(store::Connection& connection, std::string_view program,
                                       std::string_view phone) {
  AUTHD_TRY_VOID(
      connection.exec_prepared("referral_phone_lock", store::PgParams().text(program).text(phone)));
  return {};
}

std::vector<Statement> referral_phone_statements() {
  return {{"referral_phone_lock",
           "SELECT pg_advisory_xact_lock(hashtextextended("
           "'authd.referral_invitation ' || $1::text || ' ' || $2::text, 0))"}};
}

}  // namespace authd::api
