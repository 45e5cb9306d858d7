#include "adapters/catalog_yaml/reference.h"

#include <gtest/gtest.h>

namespace cairn {
namespace {

TEST(Reference, ReadsEachForm) {
  const auto is = [](std::string_view text, const Reference& wanted) {
    const auto read = ParseReference(text);
    return read.has_value() && *read == wanted;
  };
  EXPECT_TRUE(is("plain", std::string("plain")));
  EXPECT_TRUE(is("", std::string()));
  EXPECT_TRUE(is("a$b", std::string("a$b")));
  EXPECT_TRUE(is("$$", std::string("$")));
  EXPECT_TRUE(is("$$name", std::string("$name")));
  EXPECT_TRUE(is("$$$x", std::string("$$x")));
  EXPECT_TRUE(is("$name", ParameterReference{"name"}));
  EXPECT_TRUE(is("$a-b_9", ParameterReference{"a-b_9"}));
  EXPECT_TRUE(is("${pop::X}", ParameterReference{"pop::X"}));
  EXPECT_TRUE(is("${a.b c}", ParameterReference{"a.b c"}));
  EXPECT_TRUE(is("$create.imsi", OutputReference{"create", "imsi"}));
  EXPECT_TRUE(is("$create.a.b/c", OutputReference{"create", "a.b/c"}));
  EXPECT_TRUE(is("${step.1}.field", OutputReference{"step.1", "field"}));
}

TEST(Reference, RefusesWhatIsNone) {
  for (const char* text :
       {"$", "${", "${}", "${a", "$.x", "$a b", "$a.", "${a}b", "$a::b", "${a}."}) {
    const auto read = ParseReference(text);
    ASSERT_FALSE(read.has_value()) << text;
    EXPECT_EQ(read.error().code, ErrorCode::kInvalidArgument);
    EXPECT_NE(read.error().message.find(text), std::string::npos);
  }
}

}  // namespace
}  // namespace cairn
