#include "adapters/catalog_yaml/yaml_tree.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace cairn {
namespace {

std::string JsonOf(const std::string& text) {
  const auto root = ParseYaml(text);
  return root ? YamlToJson(**root).Serialize() : root.error().front().message;
}

// "line rule" of the only problem.
std::string ProblemOf(const std::string& text) {
  const auto root = ParseYaml(text);
  if (root) return "none";
  if (root.error().size() != 1) return "several";
  return std::to_string(root.error()[0].line) + " " + root.error()[0].rule;
}

TEST(YamlTree, ScalarsBecomeJson) {
  EXPECT_EQ(JsonOf("[1, -2, 1.10, 1e3, 0]"), "[1,-2,1.10,1e3,0]");
  EXPECT_EQ(JsonOf("[123456789012345678901234567890]"), "[123456789012345678901234567890]");
  EXPECT_EQ(JsonOf("[true, false, null, '~', ]"), "[true,false,null,\"~\"]");
  EXPECT_EQ(JsonOf("['1', \"true\", 'null', '']"), R"(["1","true","null",""])");
  EXPECT_EQ(JsonOf("[yes, No, TRUE, 0123, .5, 1_000, +44, 0x1f, 1., -, .inf]"),
            R"(["yes","No","TRUE","0123",".5","1_000","+44","0x1f","1.","-",".inf"])");
  EXPECT_EQ(JsonOf("a: {b: [x], c: }"), R"({"a":{"b":["x"],"c":null}})");
  EXPECT_EQ(JsonOf("text: |\n  one\n  two\n"), R"({"text":"one\ntwo\n"})");
  EXPECT_EQ(JsonOf("!!str 12"), "\"12\"");
  EXPECT_EQ(JsonOf("\"\\u00e9\""), "\"\xc3\xa9\"");
}

TEST(YamlTree, AnEmptyTextIsNothing) {
  for (const char* text : {"", "# only a comment\n", "---\n", "\n\n"}) {
    const auto root = ParseYaml(text);
    ASSERT_TRUE(root.has_value()) << text;
    EXPECT_EQ((*root)->kind, YamlNode::Kind::kNull);
  }
}

TEST(YamlTree, NodesKnowTheirLines) {
  const auto root = ParseYaml("\n# comment\na:\n  b: 1\n  c:\n    - x\n    - {y: 2}\n");
  ASSERT_TRUE(root.has_value());
  const YamlEntry& a = (*root)->entries.at(0);
  EXPECT_EQ(a.line, 3);
  EXPECT_EQ(a.value->entries.at(0).line, 4);
  EXPECT_EQ(a.value->entries.at(1).line, 5);
  EXPECT_EQ(a.value->entries.at(1).value->items.at(0)->line, 6);
  EXPECT_EQ(a.value->entries.at(1).value->items.at(1)->line, 7);
}

TEST(YamlTree, AliasesAreTheSameNode) {
  EXPECT_EQ(JsonOf("a: &x [1, 2]\nb: *x\n"), R"({"a":[1,2],"b":[1,2]})");
  EXPECT_EQ(JsonOf("&k key: 1\nother: *k\n"), R"({"key":1,"other":"key"})");
}

TEST(YamlTree, RefusesWhatIsNotPlainYaml) {
  EXPECT_EQ(ProblemOf("a: 1\nb: [1\n"), "3 yaml-syntax");
  EXPECT_EQ(ProblemOf("a: 1\n\tb: 2\n"), "2 yaml-syntax");
  EXPECT_EQ(ProblemOf("a: 1\nb: 2\na: 3\n"), "3 duplicate-key");
  EXPECT_EQ(ProblemOf("x:\n  - {a: 1, 'a': 2}\n"), "2 duplicate-key");
  EXPECT_EQ(ProblemOf("a: *nowhere\n"), "1 yaml-syntax");
  EXPECT_EQ(ProblemOf("a: &a\n  - *a\n"), "2 yaml-alias");
  EXPECT_EQ(ProblemOf("base: &b {x: 1}\nuse:\n  <<: *b\n"), "3 yaml-merge");
  EXPECT_EQ(ProblemOf("a: !mine 1\n"), "1 yaml-tag");
  EXPECT_EQ(ProblemOf("a: !!binary aGk=\n"), "1 yaml-tag");
  EXPECT_EQ(ProblemOf("? [a, b]\n: 1\n"), "1 yaml-key");
  EXPECT_EQ(ProblemOf("~: 1\n"), "1 yaml-key");
  EXPECT_EQ(ProblemOf("a: 1\n---\nb: 2\n"), "2 yaml-documents");
}

TEST(YamlTree, ReportsEveryRepeatedKey) {
  const auto root = ParseYaml("a: 1\na: 2\nb: 1\nb: 2\n");
  ASSERT_FALSE(root.has_value());
  ASSERT_EQ(root.error().size(), 2U);
  EXPECT_EQ(root.error()[0].line, 2);
  EXPECT_EQ(root.error()[1].line, 4);
}

TEST(YamlTree, RefusesBytesThatAreNotUtf8) {
  EXPECT_EQ(ProblemOf("a: \xff\n"), "1 bad-utf8");
  EXPECT_EQ(ProblemOf("a: 1\nb: caf\xc3\xa9\nc: \xc3\nd: 1\n"), "3 bad-utf8");
  EXPECT_EQ(ProblemOf(std::string("a: 1\na: \0\n", 10)), "2 bad-utf8");
  EXPECT_EQ(ProblemOf(std::string("\xff\xfe"
                                  "a\0",
                                  4)),
            "1 bad-utf8");
  EXPECT_EQ(ProblemOf("a: 1\nb: \"\\0\"\n"), "2 bad-utf8");
}

TEST(YamlTree, OnlyNullAndNothingAreNull) {
  EXPECT_EQ(JsonOf("a:\nb: null\nc: [null, ]\n"), R"({"a":null,"b":null,"c":[null]})");
  EXPECT_EQ(ProblemOf("a: 1\nb: ~\n"), "2 yaml-null");
  EXPECT_EQ(ProblemOf("a: ~"), "1 yaml-null");
  EXPECT_EQ(ProblemOf("\xef\xbb\xbf"
                      "a: [1, ~]\n"),
            "1 yaml-null");
  EXPECT_EQ(ProblemOf("caf\xc3\xa9: {a: Null}\n"), "1 yaml-null");
  EXPECT_EQ(ProblemOf("a: # none\n  NULL\n"), "2 yaml-null");
  // Where nothing stands, what follows is not its value.
  EXPECT_EQ(JsonOf("a:\n~b: 1\n"), R"({"a":null,"~b":1})");
  EXPECT_EQ(JsonOf("[~x, Nullable, NULLs]"), R"(["~x","Nullable","NULLs"])");
}

TEST(YamlTree, DepthHasALimit) {
  const auto nested = [](int depth) {
    return std::string(static_cast<std::size_t>(depth), '[') +
           std::string(static_cast<std::size_t>(depth), ']');
  };
  EXPECT_EQ(ProblemOf(nested(kYamlDepthMax)), "none");
  EXPECT_EQ(ProblemOf(nested(kYamlDepthMax + 1)), "1 too-deep");
  EXPECT_EQ(ProblemOf(nested(100'000)), "1 too-deep");
  std::string indented;
  for (int i = 0; i < 300; ++i) indented += std::string(static_cast<std::size_t>(i), ' ') + "a:\n";
  EXPECT_EQ(ProblemOf(indented), std::to_string(kYamlDepthMax + 1) + " too-deep");
}

TEST(YamlTree, ManyAliasesDoNotBecomeAHugeTree) {
  std::string text = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n";
  for (int i = 1; i < 30; ++i) {
    const std::string before = "*a" + std::to_string(i - 1);
    text += "a" + std::to_string(i) + ": &a" + std::to_string(i) + " [";
    for (int k = 0; k < 9; ++k) text += before + ", ";
    text += before + "]\n";
  }
  EXPECT_EQ(ProblemOf(text), "6 too-many-nodes");
}

TEST(YamlTree, AliasesOfALongTextDoNotBecomeAHugeOne) {
  const std::size_t size = kYamlTextBytesMax / 8;
  const auto text = [&](int aliases) {
    std::string out = "a: &a " + std::string(size, 'x') + "\nb:\n";
    for (int i = 0; i < aliases; ++i) out += "- *a\n";
    return out;
  };
  EXPECT_TRUE(ParseYaml(text(6)).has_value());
  EXPECT_EQ(ProblemOf(text(9)), "11 too-much-text");
}

TEST(YamlTree, SizesHaveLimits) {
  EXPECT_EQ(ProblemOf(std::string(kYamlFileBytesMax + 1, ' ')), "0 file-too-large");
  std::string many = "[";
  for (std::size_t i = 0; i <= kYamlNodesMax; ++i) many += "1,";
  EXPECT_EQ(ProblemOf(many + "]"), "1 too-many-nodes");
}

}  // namespace
}  // namespace cairn
