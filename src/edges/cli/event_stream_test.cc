#include "edges/cli/event_stream.h"

#include <gtest/gtest.h>

#include <vector>

namespace cairn::cli {
namespace {

std::vector<StreamEvent> Events(const std::vector<std::string>& pieces) {
  EventStream stream;
  std::vector<StreamEvent> events;
  for (const std::string& piece : pieces) {
    EXPECT_TRUE(stream.Feed(piece, [&](const StreamEvent& event) {
      events.push_back(event);
      return true;
    }));
  }
  return events;
}

TEST(EventStream, TakesEventsApart) {
  const auto events =
      Events({"\xEF\xBB\xBF: a comment\nretry: 5\nid: 1:7\nevent: order\ndata: {\"a\":\ndata:1}\n\n"
              "data\n\nevent: unseen\n\nid\ndata:  two spaces\n\ndata: not ended\n"});
  ASSERT_EQ(events.size(), 3U);
  EXPECT_EQ(events[0].id, "1:7");
  EXPECT_EQ(events[0].name, "order");
  EXPECT_EQ(events[0].data, "{\"a\":\n1}");
  EXPECT_EQ(events[1].id, "1:7") << "the last id stays";
  EXPECT_EQ(events[1].name, "message");
  EXPECT_EQ(events[1].data, "");
  EXPECT_EQ(events[2].id, "");
  EXPECT_EQ(events[2].name, "message") << "a name is for one event only";
  EXPECT_EQ(events[2].data, " two spaces");
}

TEST(EventStream, PiecesMayBreakAnywhereAndLinesEndInThreeWays) {
  for (const std::string end : {"\n", "\r", "\r\n"}) {
    std::string text;
    for (const char* line : {"id: 1", "data: x", "data: y", "", "data: z", ""}) {
      text += line;
      text += end;
    }
    std::vector<std::string> bytes;
    for (const char c : text) bytes.emplace_back(1, c);
    for (const auto& events : {Events({text}), Events(bytes)}) {
      ASSERT_EQ(events.size(), 2U);
      EXPECT_EQ(events[0].data, "x\ny");
      EXPECT_EQ(events[1].data, "z");
    }
  }
}

TEST(EventStream, StopsWhenItIsTold) {
  EventStream stream;
  int count = 0;
  EXPECT_FALSE(stream.Feed("data: 1\n\ndata: 2\n\n", [&](const StreamEvent&) {
    ++count;
    return false;
  }));
  EXPECT_EQ(count, 1);
  EXPECT_FALSE(stream.too_large());
}

TEST(EventStream, AnEventHasALimit) {
  EventStream stream;
  const std::string line = "data: " + std::string(kEventBytesMax / 2, 'x') + "\n";
  const auto on_event = [](const StreamEvent&) { return true; };
  EXPECT_TRUE(stream.Feed(line, on_event));
  EXPECT_FALSE(stream.Feed(line, on_event));
  EXPECT_TRUE(stream.too_large());
}

}  // namespace
}  // namespace cairn::cli
