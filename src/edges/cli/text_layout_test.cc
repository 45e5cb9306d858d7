// Text as it stands on a screen: widths, cutting, cleaning, durations.
#include "edges/cli/text_layout.h"

#include <gtest/gtest.h>

namespace cairn::cli {
namespace {

TEST(TextLayout, ControlCharactersCannotTakeTheScreenOver) {
  EXPECT_EQ(CleanForTerminal("a\x1b[2Jb"), "a\xef\xbf\xbd[2Jb");
  EXPECT_EQ(CleanForTerminal("one\r\n\ttwo"), "one two");
  EXPECT_EQ(CleanForTerminal("\xc2\x9b"
                             "31m"),
            "\xef\xbf\xbd"
            "31m");  // CSI in one character
  EXPECT_EQ(CleanForTerminal("a\xe2\x80\xae"
                             "b"),
            "a\xef\xbf\xbd"
            "b");  // right-to-left override
  EXPECT_EQ(CleanForTerminal("caf\xc3\xa9 \xe6\x97\xa5"), "caf\xc3\xa9 \xe6\x97\xa5");
  EXPECT_EQ(CleanForTerminal("\xff"
                             "a"),
            "\xef\xbf\xbd"
            "a");  // not UTF-8
}

TEST(TextLayout, WidthCountsColumnsNotBytes) {
  EXPECT_EQ(DisplayWidth("abc"), 3U);
  EXPECT_EQ(DisplayWidth("caf\xc3\xa9"), 4U);
  EXPECT_EQ(DisplayWidth("e\xcc\x81"), 1U);  // a combining accent
  EXPECT_EQ(DisplayWidth("\xe6\x97\xa5\xe6\x9c\xac"), 4U);
  EXPECT_EQ(DisplayWidth("\xf0\x9f\x98\x80"), 2U);
  EXPECT_EQ(DisplayWidth("├─ "), 3U);
}

TEST(TextLayout, CutsAtTheEndAndNeverInsideACharacter) {
  EXPECT_EQ(CutToWidth("abcdef", 6), "abcdef");
  EXPECT_EQ(CutToWidth("abcdef", 5), "abcd…");
  EXPECT_EQ(CutToWidth("abcdef", 1), "…");
  EXPECT_EQ(CutToWidth("abcdef", 0), "");
  EXPECT_EQ(CutToWidth("\xe6\x97\xa5\xe6\x9c\xac\xe8\xaa\x9e", 4), "\xe6\x97\xa5…");
}

TEST(TextLayout, PadsByColumns) {
  EXPECT_EQ(PadToWidth("caf\xc3\xa9", 6), "caf\xc3\xa9  ");
  EXPECT_EQ(PadToWidth("abc", 2), "abc");
}

TEST(TextLayout, DurationsReadAsPeopleSayThem) {
  EXPECT_EQ(HumanDuration(-5), "0ms");
  EXPECT_EQ(HumanDuration(0), "0ms");
  EXPECT_EQ(HumanDuration(300 * kMicrosecond), "<1ms");
  EXPECT_EQ(HumanDuration(120 * kMillisecond), "120ms");
  EXPECT_EQ(HumanDuration(3 * kSecond + 190 * kMillisecond), "3.1s");
  EXPECT_EQ(HumanDuration(kMinute - 1), "59.9s");
  EXPECT_EQ(HumanDuration(2 * kMinute + 5 * kSecond), "2m 05s");
  EXPECT_EQ(HumanDuration(3 * kHour + 12 * kMinute), "3h 12m");
  EXPECT_EQ(HumanDuration(4 * kDay + 3 * kHour), "4d 03h");
}

TEST(TextLayout, CountsAgreeWithTheirNoun) {
  EXPECT_EQ(CountOf(0, "attempt"), "0 attempts");
  EXPECT_EQ(CountOf(1, "attempt"), "1 attempt");
}

}  // namespace
}  // namespace cairn::cli
