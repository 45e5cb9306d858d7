#include "edges/http/if_match.h"

#include <gtest/gtest.h>

namespace cairn::http {
namespace {

TEST(IfMatch, NamesOneVersionOrAny) {
  EXPECT_EQ(ParseIfMatch("", ErrorStyle::kProblem), 0U);
  EXPECT_EQ(ParseIfMatch("*", ErrorStyle::kProblem), 0U);
  EXPECT_EQ(ParseIfMatch("\"7\"", ErrorStyle::kProblem), 7U);
  EXPECT_EQ(ParseIfMatch("7", ErrorStyle::kProblem), 7U);
  EXPECT_EQ(ParseIfMatch("18446744073709551615", ErrorStyle::kProblem), UINT64_MAX);
}

TEST(IfMatch, AnythingElseIsRefused) {
  for (const char* header :
       {"abc", "\"abc\"", "\"\"", "\"", "\"7", "7\"", "W/\"7\"", "\"7\", \"8\"", "7, 8", "-7",
        "7.0", " 7", "0", "18446744073709551616"}) {
    const auto version = ParseIfMatch(header, ErrorStyle::kProblem);
    ASSERT_FALSE(version) << header;
    EXPECT_EQ(version.error().status, 400U);
    EXPECT_NE(version.error().body.find("bad-version"), std::string::npos);
  }
}

}  // namespace
}  // namespace cairn::http
