// What the archive in memory adds to its port: planted failures, and a store that outlives it.
#include "adapters/archive_memory/archive_memory.h"

#include <gtest/gtest.h>

namespace cairn {
namespace {

ArchivedOrder OrderOf(std::uint64_t id) {
  ArchivedOrder order;
  order.summary.id = OrderId(id);
  order.summary.ended_at = kDay;
  order.body = "body";
  return order;
}

TEST(ArchiveMemory, PlantedFailureStoresNothingAndComesOnce) {
  ArchiveMemory archive;
  const std::vector<ArchivedOrder> orders = {OrderOf(1), OrderOf(2)};
  archive.FailNextWrite(ErrorCode::kNoSpace);
  const Status failed = archive.Write(orders, 7);
  ASSERT_FALSE(failed.has_value());
  EXPECT_EQ(failed.error().code, ErrorCode::kNoSpace);
  EXPECT_EQ(archive.journal_sequence(), 0U);
  EXPECT_EQ(archive.ReadBody(OrderId(1)).value(), std::nullopt);
  ASSERT_TRUE(archive.Write(orders, 7).has_value());
  EXPECT_EQ(archive.journal_sequence(), 7U);
  EXPECT_EQ(archive.ReadBody(OrderId(1)).value(), "body");
}

TEST(ArchiveMemory, StoreOutlivesTheArchive) {
  const auto store = std::make_shared<ArchiveMemoryStore>();
  const std::vector<ArchivedOrder> orders = {OrderOf(1)};
  ASSERT_TRUE(ArchiveMemory(store).Write(orders, 3).has_value());
  ArchiveMemory again(store);
  EXPECT_EQ(again.journal_sequence(), 3U);
  EXPECT_EQ(again.ReadBody(OrderId(1)).value(), "body");
}

}  // namespace
}  // namespace cairn
