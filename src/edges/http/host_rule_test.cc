#include "edges/http/host_rule.h"

#include <gtest/gtest.h>

namespace cairn::http {
namespace {

TEST(HostRule, LoopbackIsCalledByItsOwnNamesOnAnyPort) {
  for (const char* host : {"localhost", "LocalHost:8080", "127.0.0.1", "127.0.0.1:1", "[::1]",
                           "[::1]:8080", "localhost:"}) {
    EXPECT_TRUE(IsAllowedHost(host, LoopbackHosts())) << host;
  }
  for (const char* host : {"", "evil.example", "evil.example:8080", "localhost.evil.example",
                           "127.0.0.1.evil.example", "127.0.0.2", "::1", "[::1", "[::1]x",
                           "localhost:80x", "localhost:80:80", " localhost", "user@localhost"}) {
    EXPECT_FALSE(IsAllowedHost(host, LoopbackHosts())) << host;
  }
}

TEST(HostRule, WithoutAListAnyNameWillDo) {
  EXPECT_TRUE(IsAllowedHost("evil.example", {}));
  EXPECT_TRUE(IsAllowedHost("Cairn.example:80", {"cairn.example"}));
}

TEST(HostRule, AListHoldsNamesWithoutPorts) {
  for (const char* name : {"localhost", "cairn.example", "10.0.0.7", "[fe80::1]", "node_2"}) {
    EXPECT_TRUE(IsHostName(name)) << name;
  }
  for (const char* name : {"", "cairn:80", "::1", "a b", "http://cairn", "*", "[x]"}) {
    EXPECT_FALSE(IsHostName(name)) << name;
  }
}

}  // namespace
}  // namespace cairn::http
