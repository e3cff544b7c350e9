#include "authd/http/origin.h"

#include <gtest/gtest.h>

#include <tuple>

namespace authd::http {
namespace {

std::string read(std::string_view url) {
  const auto origin = parse_origin(url);
  return origin ? origin->text() : origin.error();
}

TEST(Origin, HasSchemeHostAndPort) {
  EXPECT_EQ(read("http://127.0.0.1:8080"), "http://127.0.0.1:8080");
  EXPECT_EQ(read("https://authd.example:8443"), "https://authd.example:8443");
  EXPECT_EQ(read("http://localhost:1"), "http://localhost:1");
  EXPECT_EQ(read("http://localhost:65535"), "http://localhost:65535");
}

TEST(Origin, HasThePortOfTheSchemeWithoutOne) {
  EXPECT_EQ(read("http://localhost"), "http://localhost:80");
  EXPECT_EQ(read("https://[::1]"), "https://[::1]:443");
}

TEST(Origin, HasAnIpv6AddressInBrackets) {
  const auto origin = parse_origin("http://[::1]:8080");
  ASSERT_TRUE(origin);
  EXPECT_EQ(origin->host, "::1");
  EXPECT_EQ(origin->host_field(), "[::1]:8080");
}

TEST(Origin, IsNothingElse) {
  for (const char* const url : {"",
                                "localhost:8080",
                                "ftp://localhost",
                                "HTTP://localhost",
                                "http:/localhost",
                                "http://",
                                "http://:8080",
                                "http://a b",
                                "http://localhost:",
                                "http://localhost:0",
                                "http://localhost:65536",
                                "http://localhost:80 ",
                                "http://localhost:+80",
                                "http://localhost:80/",
                                "http://localhost/v1",
                                "http://localhost?a",
                                "http://localhost#a",
                                "http://user@localhost",
                                "http://[::1",
                                "http://[]:80",
                                "http://[localhost]:80",
                                "http://[::1]8080",
                                "http://::1:8080"}) {
    const auto origin = parse_origin(url);
    ASSERT_FALSE(origin) << url;
    EXPECT_TRUE(origin.error().starts_with("\"" + std::string(url) + "\": ")) << origin.error();
  }
}

TEST(Url, HasAnOriginAndATarget) {
  for (const auto& [text, origin, target] :
       {std::tuple("http://a.example", "http://a.example:80", "/"),
        std::tuple("https://a.example/", "https://a.example:443", "/"),
        std::tuple("https://[::1]:8443/v1/x-y?a=b%20c&d", "https://[::1]:8443",
                   "/v1/x-y?a=b%20c&d"),
        std::tuple("http://a.example?a=http://b", "http://a.example:80", "/?a=http://b")}) {
    const auto url = parse_url(text);
    ASSERT_TRUE(url) << url.error();
    EXPECT_EQ(url->origin.text(), origin);
    EXPECT_EQ(url->target, target);
  }
}

TEST(Url, IsNothingElse) {
  for (const char* const text :
       {"", "/v1", "ftp://a.example/", "http:///v1", "http://user@a.example/",
        "http://a.example/#a", "http://a.example/a b", "http://a.example/\r\nX: y",
        "http://a.example/{id}", "http://a.example/\"", "http://a.example:0/",
        "http://a.example/\x80"}) {
    EXPECT_FALSE(parse_url(text)) << text;
  }
}

}  // namespace
}  // namespace authd::http
