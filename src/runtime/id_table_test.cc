#include "runtime/id_table.h"

#include "base/random.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <memory>
#include <vector>

namespace cairn {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

using Table = IdTable<std::shared_ptr<std::uint64_t>>;

std::vector<std::uint64_t> All(const Table& table) {
  std::vector<std::uint64_t> all;
  table.ForEach([&](const auto& slot) { all.push_back(*slot); });
  return all;
}

std::vector<std::uint64_t> Below(const Table& table, std::uint64_t before, std::size_t most) {
  std::vector<std::uint64_t> found;
  table.ForEachBelow(before, [&](const auto& slot) {
    found.push_back(*slot);
    return found.size() < most;
  });
  return found;
}

void Put(Table& table, std::uint64_t key) {
  table.Insert(key, std::make_shared<std::uint64_t>(key));
}

TEST(IdTableTest, EmptyFindsNothing) {
  Table table;
  EXPECT_EQ(table.Find(0), nullptr);
  EXPECT_EQ(table.Find(7), nullptr);
  EXPECT_EQ(table.size(), 0U);
  EXPECT_THAT(Below(table, UINT64_MAX, 9), IsEmpty());
  EXPECT_THAT(Below(table, 0, 9), IsEmpty());
}

TEST(IdTableTest, EdgesOfPages) {
  Table table;
  for (const std::uint64_t key : {0U, 1023U, 1024U, 2047U, 2048U, 1'000'000U}) Put(table, key);
  EXPECT_THAT(All(table), ElementsAre(0, 1023, 1024, 2047, 2048, 1'000'000));
  EXPECT_THAT(Below(table, 1024, 9), ElementsAre(1023, 0));
  EXPECT_THAT(Below(table, 1025, 9), ElementsAre(1024, 1023, 0));
  EXPECT_THAT(Below(table, 2048, 2), ElementsAre(2047, 1024));
  EXPECT_THAT(Below(table, 1, 9), ElementsAre(0));
  EXPECT_THAT(Below(table, UINT64_MAX, 1), ElementsAre(1'000'000));
}

TEST(IdTableTest, RemovedPagesAreFoundNoMoreAndMayComeBack) {
  Table table;
  Put(table, 5);
  const std::shared_ptr<std::uint64_t> kept = *table.Find(5);
  EXPECT_EQ(table.Remove(5), kept);
  EXPECT_EQ(table.Find(5), nullptr);
  Put(table, 5);
  Put(table, 5000);
  EXPECT_EQ(**table.Find(5), 5U);
  (void)table.Remove(5000);
  EXPECT_EQ(**table.Find(5), 5U);
  EXPECT_EQ(table.size(), 1U);
}

TEST(IdTableTest, AgreesWithAMap) {
  Random random(31);
  Table table;
  std::map<std::uint64_t, std::uint64_t> model;
  for (int step = 0; step < 20'000; ++step) {
    const std::uint64_t key = random.Below(4) == 0 ? random.Below(20'000) : random.Below(3'000);
    if (random.Chance(1, 2)) {
      if (!model.contains(key)) {
        Put(table, key);
        model[key] = key;
      }
    } else if (model.contains(key)) {
      EXPECT_EQ(*table.Remove(key), key);
      model.erase(key);
    }
    const std::uint64_t look = random.Below(20'000);
    ASSERT_EQ(table.Find(look) != nullptr, model.contains(look));
    ASSERT_EQ(table.size(), model.size());
    if (step % 500 != 0) continue;
    std::vector<std::uint64_t> rising;
    std::vector<std::uint64_t> falling;
    for (const auto& [k, v] : model) rising.push_back(k);
    for (auto it = model.lower_bound(look); it != model.begin() && falling.size() < 20;) {
      falling.push_back((--it)->first);
    }
    ASSERT_EQ(All(table), rising);
    ASSERT_EQ(Below(table, look, 20), falling);
  }
}

TEST(IdTableDeathTest, OneKeyOneEntity) {
  Table table;
  Put(table, 1);
  EXPECT_DEATH(Put(table, 1), "slot == nullptr");
  EXPECT_DEATH((void)table.Remove(2), "removed == nullptr");
}

}  // namespace
}  // namespace cairn
