#include "authd/referral/invitations/address_guard.h"

#include <gtest/gtest.h>

namespace authd::referral {
namespace {

bool judged(const std::string& address) {
  return is_public(boost::asio::ip::make_address(address));
}

// The first and the last address of what is refused, and their neighbours that are not.
struct Range {
  const char* before;  // empty: there is none, or it belongs to another range
  const char* first;
  const char* last;
  const char* after;
};

void expect_refused(const Range& range) {
  EXPECT_FALSE(judged(range.first)) << range.first;
  EXPECT_FALSE(judged(range.last)) << range.last;
  for (const std::string neighbour : {range.before, range.after}) {
    if (neighbour.empty()) continue;
    EXPECT_TRUE(judged(neighbour)) << neighbour;
  }
}

TEST(AddressGuard, RefusesRangesOfVersion4ThatAreNotPublic) {
  for (const Range& range : {
           Range{"", "0.0.0.0", "0.255.255.255", "1.0.0.0"},
           Range{"9.255.255.255", "10.0.0.0", "10.255.255.255", "11.0.0.0"},
           Range{"100.63.255.255", "100.64.0.0", "100.127.255.255", "100.128.0.0"},
           Range{"126.255.255.255", "127.0.0.0", "127.255.255.255", "128.0.0.0"},
           Range{"169.253.255.255", "169.254.0.0", "169.254.255.255", "169.255.0.0"},
           Range{"172.15.255.255", "172.16.0.0", "172.31.255.255", "172.32.0.0"},
           Range{"191.255.255.255", "192.0.0.0", "192.0.0.255", "192.0.1.0"},
           Range{"192.0.1.255", "192.0.2.0", "192.0.2.255", "192.0.3.0"},
           Range{"192.167.255.255", "192.168.0.0", "192.168.255.255", "192.169.0.0"},
           Range{"198.17.255.255", "198.18.0.0", "198.19.255.255", "198.20.0.0"},
           Range{"198.51.99.255", "198.51.100.0", "198.51.100.255", "198.51.101.0"},
           Range{"203.0.112.255", "203.0.113.0", "203.0.113.255", "203.0.114.0"},
           Range{"223.255.255.255", "224.0.0.0", "239.255.255.255", ""},
           Range{"", "240.0.0.0", "255.255.255.255", ""},
       }) {
    expect_refused(range);
  }
  EXPECT_FALSE(judged("169.254.169.254"));  // metadata of clouds
  EXPECT_TRUE(judged("8.8.8.8"));
}

TEST(AddressGuard, RefusesWhatIsNotGlobalUnicastOfVersion6) {
  for (const char* const address : {"::",
                                    "::1",
                                    "::2",
                                    "::7f00:1",
                                    "100::",
                                    "1fff:ffff:ffff:ffff:ffff:ffff:ffff:ffff",
                                    "4000::",
                                    "64:ff9b:1::",
                                    "64:ff9b:1:ffff:ffff:ffff:808:808",
                                    "fbff:ffff:ffff:ffff:ffff:ffff:ffff:ffff",
                                    "fc00::",
                                    "fdff:ffff:ffff:ffff:ffff:ffff:ffff:ffff",
                                    "fe00::",
                                    "fe80::",
                                    "febf:ffff:ffff:ffff:ffff:ffff:ffff:ffff",
                                    "fec0::",
                                    "feff::",
                                    "ff00::",
                                    "ff02::1",
                                    "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff",
                                    "fe80::1%1"}) {
    EXPECT_FALSE(judged(address)) << address;
  }
}

TEST(AddressGuard, RefusesRangesInsideOfGlobalUnicast) {
  const char* const last_of_protocols = "2001:1ff:ffff:ffff:ffff:ffff:ffff:ffff";
  for (const Range& range : {
           Range{"2000:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "2001:1::", last_of_protocols,
                 "2001:200::"},
           Range{"2001:db7:ffff:ffff:ffff:ffff:ffff:ffff",
                 "2001:db8::", "2001:db8:ffff:ffff:ffff:ffff:ffff:ffff", "2001:db9::"},
           Range{"3ffe:ffff:ffff:ffff:ffff:ffff:ffff:ffff",
                 "3fff::", "3fff:fff:ffff:ffff:ffff:ffff:ffff:ffff", "3fff:1000::"},
       }) {
    expect_refused(range);
  }
  EXPECT_TRUE(judged("2000::"));
  EXPECT_TRUE(judged("3fff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"));
  EXPECT_TRUE(judged("2606:4700:4700::1111"));
}

TEST(AddressGuard, JudgesVersion4InsideOfVersion6) {
  for (const char* const address :
       {"::ffff:8.8.8.8", "::ffff:9.255.255.255", "64:ff9b::8.8.8.8", "64:ff9b::11.0.0.0",
        "2002:808:808::1", "2002:9ff:ffff::", "2002:b00::",
        "2001:0:808:808::f7f7:f7f7"}) {  // Teredo, of 8.8.8.8 at 8.8.8.8
    EXPECT_TRUE(judged(address)) << address;
  }
  for (const char* const address :
       {"::ffff:10.0.0.0", "::ffff:10.255.255.255", "::ffff:127.0.0.1", "::ffff:0.0.0.0",
        "64:ff9b::10.0.0.1", "64:ff9b::169.254.169.254", "2002:a00::", "2002:aff:ffff::1",
        "2002:7f00:1::1",
        "2001:0:808:808::80ff:fffe",  // its client is 127.0.0.1
        "2001:0:7f00:1::f7f7:f7f7",   // its server is
        "2001::"}) {
    EXPECT_FALSE(judged(address)) << address;
  }
}

}  // namespace
}  // namespace authd::referral
