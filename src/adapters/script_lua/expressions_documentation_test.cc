// The examples of docs/expressions.md give what stands beside them.
#include "adapters/script_lua/script_run_test.h"
#include "base/json.h"

#include <gtest/gtest.h>

#include <fstream>
#include <sstream>

namespace cairn {
namespace {

struct Block {
  std::string info;  // what follows ``` on the fence
  std::vector<std::string> lines;
};

std::vector<Block> BlocksOfThePage() {
  std::ifstream in(std::string(CAIRN_SOURCE_DIR) + "/docs/expressions.md");
  EXPECT_TRUE(in.good());
  std::vector<Block> blocks;
  bool inside = false;
  for (std::string line; std::getline(in, line);) {
    if (line.starts_with("```")) {
      inside = !inside;
      if (inside) blocks.push_back({line.substr(3), {}});
    } else if (inside) {
      blocks.back().lines.push_back(line);
    }
  }
  return blocks;
}

std::string Joined(const std::vector<std::string>& lines) {
  std::string text;
  for (const std::string& line : lines) text += line + "\n";
  return text;
}

ScriptScope ScopeOf(const std::string& json) {
  ScriptScope scope;
  const auto parsed = ParseJson(json);
  EXPECT_TRUE(parsed.has_value());
  for (const Json::Member& member : parsed->members()) {
    if (member.value.is_object()) {
      scope.push_back({member.key, Fields::FromJson(member.value).value()});
    } else {
      scope.push_back({member.key, member.value.Serialize()});
    }
  }
  return scope;
}

// "EXPRESSION  --> JSON" or "EXPRESSION  --! PART OF THE ERROR"
void ExpectLine(ScriptEngine& engine, const std::string& line, const ScriptScope& scope) {
  SCOPED_TRACE(line);
  const std::size_t value = line.find("--> ");
  const std::size_t error = line.find("--! ");
  ASSERT_NE(value == std::string::npos, error == std::string::npos);
  const std::string shown =
      RunScript(engine, line.substr(0, std::min(value, error)), ScriptForm::kExpression, scope);
  if (error == std::string::npos) {
    EXPECT_EQ(shown, line.substr(value + 4));
  } else {
    EXPECT_TRUE(shown.starts_with("error")) << shown;
    EXPECT_NE(shown.find(line.substr(error + 4)), std::string::npos) << shown;
  }
}

// Behind "--> " at the beginning of a line: the value, or one change a line.
void ExpectBlock(ScriptEngine& engine, const Block& block, const ScriptScope& scope) {
  const bool hook = block.info == "lua hook";
  std::string expected = hook ? "null" : "";
  std::string source;
  for (const std::string& line : block.lines) {
    if (!line.starts_with("--> ")) {
      source += line + "\n";
      continue;
    }
    std::string text = line.substr(4);
    if (const std::size_t at = text.find(" = "); hook && at != std::string::npos) {
      text = " " + text.replace(at, 3, "=");
    }
    expected += text;
  }
  const ScriptForm form = hook ? ScriptForm::kHook : ScriptForm::kExpression;
  EXPECT_EQ(RunScript(engine, source, form, scope), expected) << source;
}

TEST(ExpressionsDocumentation, EveryExampleGivesWhatItSays) {
  LuaScripts scripts;
  ScriptScope scope;
  std::size_t examples = 0;
  for (const Block& block : BlocksOfThePage()) {
    if (block.info == "json scope") {
      scope = ScopeOf(Joined(block.lines));
    } else if (block.info == "lua expressions") {
      for (const std::string& line : block.lines) {
        ExpectLine(scripts, line, scope);
        ++examples;
      }
    } else {
      ASSERT_TRUE(block.info == "lua statements" || block.info == "lua hook") << block.info;
      ExpectBlock(scripts, block, scope);
      ++examples;
    }
  }
  EXPECT_GE(examples, 40U);
}

}  // namespace
}  // namespace cairn
