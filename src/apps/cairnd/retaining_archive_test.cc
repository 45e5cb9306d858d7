#include "apps/cairnd/retaining_archive.h"

#include "adapters/archive_memory/archive_memory.h"

#include <gtest/gtest.h>

namespace cairn {
namespace {

class SetClock final : public Clock {
 public:
  Nanos Now() const override { return now; }
  Nanos now = 100 * kDay;
};

ArchivedOrder EndedAt(std::uint64_t id, Nanos moment) {
  ArchivedOrder order;
  order.summary.id = OrderId(id);
  order.summary.state = OrderState::kCompleted;
  order.summary.submitted_at = moment;
  order.summary.ended_at = moment;
  order.body = "body";
  return order;
}

bool Has(Archive& archive, std::uint64_t id) {
  const auto body = archive.ReadBody(OrderId(id));
  EXPECT_TRUE(body);
  return body && body->has_value();
}

TEST(RetainingArchive, DropsWholeDaysWhenANewDayBegins) {
  ArchiveMemory memory;
  SetClock clock;
  RetainingArchive archive(memory, clock, 30 * kDay);
  const ArchivedOrder old[] = {EndedAt(1, 69 * kDay), EndedAt(2, 70 * kDay + kHour)};
  ASSERT_TRUE(memory.Write(old, 1));
  ASSERT_TRUE(archive.DropOld());
  EXPECT_FALSE(Has(archive, 1));
  EXPECT_TRUE(Has(archive, 2));

  const ArchivedOrder same_day[] = {EndedAt(3, clock.now)};
  clock.now += kHour;
  ASSERT_TRUE(archive.Write(same_day, 2));
  EXPECT_TRUE(Has(archive, 2));

  const ArchivedOrder next_day[] = {EndedAt(4, clock.now)};
  clock.now += kDay;
  ASSERT_TRUE(archive.Write(next_day, 3));
  EXPECT_FALSE(Has(archive, 2));
  EXPECT_TRUE(Has(archive, 3));
  EXPECT_TRUE(Has(archive, 4));
  EXPECT_EQ(archive.journal_sequence(), 3U);
}

TEST(RetainingArchive, KeepsEverythingWithoutARetention) {
  ArchiveMemory memory;
  SetClock clock;
  RetainingArchive archive(memory, clock, 0);
  const ArchivedOrder old[] = {EndedAt(1, kDay)};
  ASSERT_TRUE(archive.Write(old, 1));
  ASSERT_TRUE(archive.DropOld());
  EXPECT_TRUE(Has(archive, 1));
}

}  // namespace
}  // namespace cairn
