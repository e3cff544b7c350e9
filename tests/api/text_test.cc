// The small forms: base64url, percent-encoding, RFC 3339, Accept-Encoding, keys and scopes.

#include <gtest/gtest.h>

#include "authd/api/api_key.h"
#include "authd/api/base64url.h"
#include "authd/api/compression.h"
#include "authd/api/idempotency.h"
#include "authd/api/percent.h"
#include "authd/api/problem.h"
#include "authd/api/rfc3339.h"
#include "authd/api/scope.h"

namespace authd::test {

namespace {

using namespace api;

TEST(Base64Url, GivesTheVectorsOfTheRfc) {
  EXPECT_EQ(to_base64url(""), "");
  EXPECT_EQ(to_base64url("f"), "Zg");
  EXPECT_EQ(to_base64url("fo"), "Zm8");
  EXPECT_EQ(to_base64url("foo"), "Zm9v");
  EXPECT_EQ(to_base64url("foobar"), "Zm9vYmFy");
  EXPECT_EQ(to_base64url("\xFB\xFF"), "-_8");
}

TEST(Base64Url, ReadsEveryLengthBack) {
  std::string bytes;
  for (int i = 0; i < 300; ++i) {
    EXPECT_EQ(from_base64url(to_base64url(bytes)), bytes);
    bytes += static_cast<char>(static_cast<unsigned char>(i * 7));
  }
}

TEST(Base64Url, RefusesEverythingThatIsNotCanonical) {
  for (const char* const text : {"Z", "Zg==", "Zh", "Zm9", "Zm 8", "Zm+v", "Zm/v", "Zm9v\n"}) {
    EXPECT_EQ(from_base64url(text), std::nullopt) << text;
  }
}

TEST(Percent, DecodesTextAndNothingElse) {
  EXPECT_EQ(percent_decoded("a%20b+%C3%bc"), "a b+ü");
  EXPECT_EQ(percent_decoded("%41"), "A");
  for (const char* const text : {"%", "%4", "%4g", "a%", "%00", "%0A", "%7F", "%FF", "%C3"}) {
    EXPECT_EQ(percent_decoded(text), std::nullopt) << text;
  }
}

TEST(Percent, EncodesWhatIsNotUnreserved) {
  EXPECT_EQ(percent_encoded("a-Z_0.~/&ü"), "a-Z_0.~%2F%26%C3%BC");
}

TEST(Rfc3339, WritesUtcWithMicroseconds) {
  EXPECT_EQ(to_rfc3339({0}), "1970-01-01T00:00:00.000000Z");
  EXPECT_EQ(to_rfc3339({-1}), "1969-12-31T23:59:59.999999Z");
  EXPECT_EQ(to_rfc3339({1'790'000'000'123'456}), "2026-09-21T14:13:20.123456Z");
}

TEST(Rfc3339, ReadsOffsetsAndDecimals) {
  EXPECT_EQ(from_rfc3339("1970-01-01T00:00:00Z"), core::Timestamp{0});
  EXPECT_EQ(from_rfc3339("1970-01-01T01:00:00.5+01:00"), core::Timestamp{500'000});
  EXPECT_EQ(from_rfc3339("1969-12-31T18:30:00-05:30"), core::Timestamp{0});
  EXPECT_EQ(from_rfc3339("2026-09-21T14:13:20.123456Z"), core::Timestamp{1'790'000'000'123'456});
  EXPECT_EQ(from_rfc3339("2024-02-29T00:00:00Z"), core::Timestamp{1'709'164'800'000'000});
}

TEST(Rfc3339, RefusesWhatDoesNotExist) {
  for (const char* const text :
       {"", "2026-09-21", "2026-09-21 14:13:20Z", "2026-09-21T14:13:20", "2026-09-21T14:13:20z",
        "2026-02-29T00:00:00Z", "2026-13-01T00:00:00Z", "2026-00-01T00:00:00Z",
        "2026-01-32T00:00:00Z", "2026-01-01T24:00:00Z", "2026-01-01T00:60:00Z",
        "2026-01-01T00:00:60Z", "2026-01-01T00:00:00.Z", "2026-01-01T00:00:00.1234567Z",
        "2026-01-01T00:00:00+24:00", "2026-01-01T00:00:00+0100", "2026-01-01T00:00:00Zx",
        "0000-01-01T00:00:00Z", "+026-01-01T00:00:00Z"}) {
    EXPECT_EQ(from_rfc3339(text), std::nullopt) << text;
  }
}

TEST(AcceptEncoding, TakesGzipWhereItIsWantedAtLeastAsMuchAsNoCoding) {
  for (const char* const field :
       {"gzip", "GZIP", "x-gzip", "*", "br, gzip;q=0.1", "gzip;q=0.5, identity;q=0.5",
        "gzip ; q=1.000", "identity;q=0, *", "deflate,gzip"}) {
    EXPECT_TRUE(accepts_gzip(field)) << field;
  }
  for (const char* const field :
       {"", "br", "identity", "gzip;q=0", "gzip;q=0.000", "*;q=0", "gzip;q=0, *",
        "gzip;q=0.4, identity;q=0.5", "gzip;q=2", "gzip;q=", "gzip;q=0.", "gzip;q=1.001",
        "gzip;q=0.1234", "gzip;level=9"}) {
    EXPECT_FALSE(accepts_gzip(field)) << field;
  }
}

TEST(ApiKey, IsMadeWithAPrefixAndTwoHundredFiftySixBits) {
  const NewSecret made = make_secret();
  EXPECT_EQ(made.key.size(), 6U + 12 + 1 + 43);
  EXPECT_EQ(prefix_of(made.key), made.prefix);
  EXPECT_EQ(from_base64url(made.key.substr(made.key.size() - 43))->size(), 32U);
  EXPECT_TRUE(same_digest(sha256(made.key), made.digest));
  EXPECT_NE(make_secret().key, made.key);
}

TEST(ApiKey, HasOneFormAlone) {
  const std::string secret(43, 'A');
  EXPECT_TRUE(prefix_of("authd_abcdefghij27_" + secret));
  for (const std::string& text :
       {"authd_abcdefghij27_" + secret + "A", "authd_abcdefghij27_" + secret.substr(1),
        "authx_abcdefghij27_" + secret, "authd_abcdefghij2701" + secret.substr(1),
        "authd_abcdefghij_7_" + secret, "authd_ABCdefghij27_" + secret,
        "authd_abcdefghij27_" + secret.substr(1) + "B",  // stray bits
        "authd_abcdefghij27_" + secret.substr(1) + "="}) {
    EXPECT_FALSE(prefix_of(text)) << text;
  }
}

TEST(ApiKey, IsTheBearersInAnyCaseOfTheScheme) {
  EXPECT_EQ(bearer_key("Bearer abc"), "abc");
  EXPECT_EQ(bearer_key("bEARER   abc"), "abc");
  EXPECT_EQ(bearer_key("Basic abc"), std::nullopt);
  EXPECT_EQ(bearer_key("Bearer"), std::nullopt);
  EXPECT_EQ(bearer_key("Bearer "), std::nullopt);
}

TEST(ApiKey, DigestsDifferInAnyByteAndLength) {
  const Digest digest = sha256("x");
  for (std::size_t i = 0; i < digest.size(); ++i) {
    Digest other = digest;
    other[i] ^= std::byte{1};
    EXPECT_FALSE(same_digest(digest, other));
  }
  EXPECT_FALSE(same_digest(digest, store::Bytes(digest).first(31)));
  EXPECT_TRUE(same_digest(digest, digest));
}

TEST(Scope, NamesAreReadBack) {
  for (std::uint8_t i = 1; i <= scope_max; ++i) {
    const auto scope = static_cast<Scope>(i);
    EXPECT_EQ(scope_named(name(scope)), scope);
  }
  EXPECT_EQ(scope_named(""), std::nullopt);
  EXPECT_EQ(scope_named("holders"), std::nullopt);
  EXPECT_EQ(name(Scope::decisions_read), "decisions:read");
}

TEST(IdempotencyKey, HasOneToSixtyFourVisibleCharacters) {
  EXPECT_FALSE(is_idempotency_key(""));
  EXPECT_TRUE(is_idempotency_key("!"));
  EXPECT_TRUE(is_idempotency_key(std::string(64, '~')));
  EXPECT_FALSE(is_idempotency_key(std::string(65, '~')));
  EXPECT_FALSE(is_idempotency_key("a b"));
  EXPECT_FALSE(is_idempotency_key("\x7F"));
}

TEST(Problem, TellsWhetherTryingAgainMayHelp) {
  using Code = store::PgError::Code;
  const auto kind = [](Code code, std::string_view state) {
    store::PgError error{code, {}, "secret text"};
    std::copy(state.begin(), state.end(), error.sqlstate.begin());
    return Problem(error).kind;
  };
  EXPECT_EQ(kind(Code::lost, ""), Problem::Kind::unavailable);
  EXPECT_EQ(kind(Code::timeout, ""), Problem::Kind::unavailable);
  EXPECT_EQ(kind(Code::server, "57014"), Problem::Kind::unavailable);
  EXPECT_EQ(kind(Code::server, "40001"), Problem::Kind::unavailable);
  EXPECT_EQ(kind(Code::server, "23505"), Problem::Kind::internal);
  EXPECT_EQ(kind(Code::unexpected, ""), Problem::Kind::internal);
}

TEST(Problem, KeepsTheServersTextToItself) {
  const Problem problem(store::PgError{store::PgError::Code::server, {}, "column \"x\" is wrong"});
  EXPECT_EQ(to_json(problem, "/v1/x", "r1"),
            R"({"type":"https://authd.dev/problems/internal","title":"The request failed for a)"
            R"( reason of ours.","status":500,"instance":"/v1/x","request_id":"r1"})");
}

}  // namespace

}  // namespace authd::test
