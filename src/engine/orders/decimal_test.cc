#include "engine/orders/decimal.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace cairn {
namespace {

TEST(Decimal, NumbersOfEachLineAreEqualAndTheLinesRise) {
  const std::vector<std::vector<std::string>> lines = {
      {"-1e99999999999999999999"},
      {"-10", "-1e1", "-1.0E+1"},
      {"-1.5"},
      {"-0.001"},
      {"0", "-0", "0.000", "0e7"},
      {"1e-99999999999999999999", "1e-88888888888888888888"},
      {"0.001", "1e-3", "0.0010"},
      {"0.01"},
      {"1", "1.0", "10e-1", "0.01e2"},
      {"1.00000000000000000000000000000000000001"},
      {"9007199254740992"},
      {"9007199254740993"},
      {"1e18", "1000000000000000000"},
      {"18446744073709551616"},
      {"1e400"},
  };
  for (std::size_t i = 0; i < lines.size(); ++i) {
    for (const std::string& a : lines[i]) {
      for (const std::string& b : lines[i]) EXPECT_EQ(CompareDecimals(a, b), 0) << a << " " << b;
      for (std::size_t k = i + 1; k < lines.size(); ++k) {
        for (const std::string& b : lines[k]) {
          EXPECT_LT(CompareDecimals(a, b), 0) << a << " " << b;
          EXPECT_GT(CompareDecimals(b, a), 0) << a << " " << b;
        }
      }
    }
  }
}

TEST(Decimal, ValuesAreComparedByWhatTheyMean) {
  const auto same = [](std::string_view a, std::string_view b) {
    return IsSameValue(ParseJson(a).value(), ParseJson(b).value());
  };
  EXPECT_TRUE(same("1.10", "1.1"));
  EXPECT_TRUE(same(R"({"a":[1,{"b":null}],"c":"x"})", R"({"c":"x","a":[1.0,{"b":null}]})"));
  EXPECT_FALSE(same(R"("1")", "1"));
  EXPECT_FALSE(same("true", "false"));
  EXPECT_FALSE(same("[1,2]", "[2,1]"));
  EXPECT_FALSE(same("[1]", "[1,1]"));
  EXPECT_FALSE(same(R"({"a":1})", R"({"b":1})"));
  EXPECT_FALSE(same(R"({"a":1})", R"({"a":1,"b":1})"));
}

}  // namespace
}  // namespace cairn
