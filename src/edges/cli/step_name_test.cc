// What steps are called.
#include "edges/cli/step_name.h"

#include <gtest/gtest.h>

namespace cairn::cli {
namespace {

std::string NameOf(const char* json) { return StepName(ParseJson(json).value()); }

TEST(StepName, SaysWhoIsCalledOrWhatIsDone) {
  EXPECT_EQ(NameOf(R"({"step":"s","cartridge":"hlr","operation":"create"})"), "hlr.create");
  EXPECT_EQ(NameOf(R"({"step":"s","kind":"compensation","cartridge":"hlr","operation":"remove",
                       "compensates":"create"})"),
            "hlr.remove, undoes create");
  EXPECT_EQ(NameOf(R"({"step":"which","kind":"choice"})"), "choice which");
  EXPECT_EQ(NameOf(R"({"step":"choice:6","kind":"choice"})"), "choice:6");
  EXPECT_EQ(NameOf("{\"step\":\"\\u001b[2J\",\"kind\":\"set\"}").find('\x1b'), std::string::npos);
}

}  // namespace
}  // namespace cairn::cli
