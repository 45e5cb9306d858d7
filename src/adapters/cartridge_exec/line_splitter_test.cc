// Lines out of pieces, whatever the pieces are.
#include "adapters/cartridge_exec/line_splitter.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace cairn {
namespace {

using ::testing::ElementsAre;

// The lines of the pieces; an overlong one with a star behind what was kept of it.
std::vector<std::string> Split(LineSplitter& splitter, const std::vector<std::string>& pieces) {
  std::vector<std::string> lines;
  for (const std::string& piece : pieces) {
    splitter.Feed(piece, [&](std::string_view line, bool overlong) {
      lines.push_back(std::string(line) + (overlong ? "*" : ""));
      return true;
    });
  }
  return lines;
}

std::vector<std::string> Split(const std::vector<std::string>& pieces) {
  LineSplitter splitter(8);
  return Split(splitter, pieces);
}

TEST(LineSplitterTest, CutsAtEachEnd) {
  EXPECT_THAT(Split({"a\nbc\n\nd\n"}), ElementsAre("a", "bc", "", "d"));
  EXPECT_THAT(Split({"a\r\n\r\n"}), ElementsAre("a", ""));
}

TEST(LineSplitterTest, JoinsPieces) {
  EXPECT_THAT(Split({"a", "b", "c\nd", "\n"}), ElementsAre("abc", "d"));
  EXPECT_THAT(Split({"ab\r", "\ncd", ""}), ElementsAre("ab"));
}

TEST(LineSplitterTest, EveryWayToCutGivesTheSameLines) {
  const std::string text = "one\n\n12345678\n123456789\nx\r\nend\n";
  const std::vector<std::string> whole = Split({text});
  EXPECT_THAT(whole, ElementsAre("one", "", "12345678", "12345678*", "x", "end"));
  for (std::size_t i = 0; i <= text.size(); ++i) {
    for (std::size_t j = i; j <= text.size(); ++j) {
      EXPECT_EQ(Split({text.substr(0, i), text.substr(i, j - i), text.substr(j)}), whole);
    }
  }
}

TEST(LineSplitterTest, KeepsNoMoreThanItsLimit) {
  LineSplitter splitter(8);
  EXPECT_TRUE(Split(splitter, std::vector<std::string>(1'000, "123456")).empty());
  EXPECT_EQ(splitter.begun(), "12345612");
  EXPECT_THAT(Split(splitter, {"\nok\n"}), ElementsAre("12345612*", "ok"));
}

TEST(LineSplitterTest, StopsWhenToldTo) {
  LineSplitter splitter(8);
  int lines = 0;
  splitter.Feed("a\nb\nc\n", [&](std::string_view, bool) { return ++lines < 2; });
  EXPECT_EQ(lines, 2);
}

}  // namespace
}  // namespace cairn
