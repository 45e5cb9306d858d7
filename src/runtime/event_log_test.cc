#include "runtime/event_log.h"

#include <gtest/gtest.h>

namespace cairn {
namespace {

std::vector<std::uint64_t> VersionsOf(const EventLog::Page& page) {
  std::vector<std::uint64_t> versions;
  for (const LoggedEvent& item : page.items) versions.push_back(item.event.version);
  return versions;
}

using Versions = std::vector<std::uint64_t>;
const OrderId kA(1);
const OrderId kB(2);

TEST(EventLog, GivesWhatLiesBehindAPlaceInItsOrder) {
  EventLog log;
  log.Append(1, {{kA, 1}, {kB, 1}});
  log.Append(4, {{kA, 2}});
  const auto all = log.Read(0, 10);
  EXPECT_FALSE(all.reset);
  EXPECT_EQ(VersionsOf(all), (Versions{1, 1, 2}));
  EXPECT_EQ(all.last, log.last());
  EXPECT_EQ(FrameOfEvent(all.items[1].sequence), 1U);
  EXPECT_EQ(FrameOfEvent(all.items[2].sequence), 4U);

  const auto one = log.Read(0, 1);
  EXPECT_EQ(VersionsOf(one), Versions{1});
  EXPECT_EQ(VersionsOf(log.Read(one.last, 10)), (Versions{1, 2}));
  const auto none = log.Read(all.last, 10);
  EXPECT_TRUE(none.items.empty());
  EXPECT_FALSE(none.reset);
  EXPECT_EQ(none.last, all.last);
}

TEST(EventLog, OfOneOrderTheOthersArePassedOver) {
  EventLog log;
  log.Append(1, {{kA, 1}, {kB, 1}, {kB, 2}});
  const auto page = log.Read(0, 10, kA);
  EXPECT_EQ(VersionsOf(page), Versions{1});
  EXPECT_EQ(page.last, log.last()) << "the next read does not look at them again";
}

TEST(EventLog, ForgetsTheOldestAndSaysSo) {
  EventLog log(2);
  log.Append(1, {{kA, 1}, {kA, 2}, {kA, 3}});
  const auto page = log.Read(0, 10);
  EXPECT_TRUE(page.reset);
  EXPECT_EQ(VersionsOf(page), (Versions{2, 3}));
  EXPECT_FALSE(log.Read(log.floor(), 10).reset);
}

TEST(EventLog, BeginsWhereTheJournalDoes) {
  EventLog log;
  log.Append(7, {});
  EXPECT_EQ(log.last(), LastEventBefore(7));
  log.Append(9, {{kA, 5}});
  EXPECT_TRUE(log.Read(LastEventBefore(7) - 1, 10).reset);
  EXPECT_FALSE(log.Read(LastEventBefore(7), 10).reset);
  EXPECT_TRUE(log.Read(LastEventBefore(100), 10).reset) << "a place that this journal has not";
}

TEST(EventLog, TellsTheWatcherOfEvents) {
  EventLog log;
  int told = 0;
  log.SetWatcher([&told] { ++told; });
  log.Append(1, {});
  EXPECT_EQ(told, 0);
  log.Append(2, {{kA, 1}});
  EXPECT_EQ(told, 1);
}

}  // namespace
}  // namespace cairn
