#include "apps/cairnd/log_setup.h"

#include "base/json.h"

#include <gtest/gtest.h>

namespace cairn {
namespace {

TEST(LogMessage, IsAJsonStringWhateverItHolds) {
  EXPECT_EQ(LogMessageAsJson("plain"), "\"plain\"");
  EXPECT_EQ(LogMessageAsJson("a \"quote\" and a\nline"), R"("a \"quote\" and a\nline")");
  EXPECT_EQ(LogMessageAsJson("caf\xc3\xa9"), "\"caf\xc3\xa9\"");
  EXPECT_EQ(LogMessageAsJson("caf\xc3"), "\"caf?\"");
  EXPECT_TRUE(ParseJson(LogMessageAsJson(std::string("a\0b\x01", 4))));
}

}  // namespace
}  // namespace cairn
