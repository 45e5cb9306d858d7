// Which orders are folded when, and that nobody who asks can tell.
#include "runtime/order_table.h"

#include "engine/orders/random_order_test.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <string>
#include <utility>
#include <vector>

namespace cairn {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

constexpr std::size_t kAll = 1'000;

class OrderTableTest : public ::testing::Test {
 protected:
  OrderTableTest() {
    testing::CatalogSketch sketch;
    sketch.Process("P: s");
    sketch.Product("L: P");
    catalog_ = sketch.Make();
  }

  // Sent; with `waits`, and delayed.
  std::shared_ptr<Order> Make(std::uint64_t counter, bool waits) {
    OrderRequest request;
    ProductOrderRequest& wanted = request.product_orders.emplace_back();
    wanted.id = "p";
    wanted.product = "L";
    auto plan = MakePlan(request, *catalog_);
    EXPECT_TRUE(plan.has_value());
    testing::OrderRun run(catalog_, *plan, counter);
    run.Settle();
    if (waits) {
      EXPECT_TRUE(run.TakeAnswer({.work_order = 0,
                                  .run = 1,
                                  .attempt = 1,
                                  .outcome = Outcome::kDelayed,
                                  .output = {},
                                  .detail = {}}));
    }
    dumps_[counter] = testing::DumpWhole(run.order());
    return std::make_shared<Order>(run.order());
  }
  void PutAtRest(std::uint64_t counter) { table_.NoteAtRest(table_.Insert(Make(counter, true))); }

  std::vector<std::uint64_t> Folded() const {
    std::vector<std::uint64_t> folded;
    table_.ForEachStored([&](const StoredOrder& stored) {
      if (stored.folded != nullptr) folded.push_back(stored.id().counter());
    });
    EXPECT_EQ(folded.size(), table_.folded());
    return folded;
  }
  void ExpectAllAsTheyWere() const {
    std::map<std::uint64_t, std::string> dumps;
    table_.ForEach(
        [&](const Order& order) { dumps[order.id.counter()] = testing::DumpWhole(order); });
    EXPECT_EQ(dumps, dumps_);
  }

  std::shared_ptr<const Catalog> catalog_;
  OrderTable table_;
  std::map<std::uint64_t, std::string> dumps_;
};

TEST_F(OrderTableTest, ThoseThatRestLongestAreFolded) {
  for (std::uint64_t counter = 1; counter <= 5; ++counter) PutAtRest(counter);
  table_.FoldResting(3, kAll);
  EXPECT_THAT(Folded(), ElementsAre(1, 2));
  table_.FoldResting(0, 2);
  EXPECT_THAT(Folded(), ElementsAre(1, 2, 3, 4)) << "so many at a time";
  table_.FoldResting(0, kAll);
  EXPECT_EQ(table_.folded(), 5U);
  EXPECT_EQ(table_.size(), 5U);
  ExpectAllAsTheyWere();
}

TEST_F(OrderTableTest, WhatRunsIsNotFolded) {
  table_.NoteAtRest(table_.Insert(Make(1, false)));
  table_.FoldResting(0, kAll);
  EXPECT_THAT(Folded(), IsEmpty());
}

TEST_F(OrderTableTest, WhatHasGoneOnSinceIsNotFolded) {
  PutAtRest(1);
  const std::uint64_t version = ++table_.Find(1)->version;
  table_.FoldResting(0, kAll);
  EXPECT_THAT(Folded(), IsEmpty()) << "whoever changed it notes it again";
  table_.NoteAtRest(*table_.Find(1));
  EXPECT_EQ(table_.Remove(1)->version, version);
  table_.FoldResting(0, kAll);
  EXPECT_EQ(table_.size(), 0U);
}

TEST_F(OrderTableTest, WhoWantsToChangeItUnfoldsItUntilItIsFoldedAgain) {
  PutAtRest(1);
  PutAtRest(2);
  table_.FoldResting(0, kAll);
  const Order* found = table_.Find(1);
  ASSERT_NE(found, nullptr);
  EXPECT_EQ(testing::DumpWhole(*found), dumps_[1]);
  EXPECT_EQ(table_.FindShared(1).get(), found);
  EXPECT_THAT(Folded(), ElementsAre(2));
  table_.FoldResting(1, kAll);
  EXPECT_THAT(Folded(), ElementsAre(2));
  table_.FoldResting(0, kAll);
  EXPECT_THAT(Folded(), ElementsAre(1, 2));
}

TEST_F(OrderTableTest, WhoReadsItLeavesItFolded) {
  PutAtRest(1);
  table_.FoldResting(0, kAll);
  EXPECT_EQ(testing::DumpWhole(*table_.ReadableCopy(1)), dumps_[1]);
  EXPECT_EQ(testing::DumpWhole(*table_.Peek(1)), dumps_[1]);
  const StoredOrder* stored = table_.FindStored(1);
  ASSERT_NE(stored, nullptr);
  EXPECT_EQ(stored->state(), OrderState::kWaiting);
  EXPECT_EQ(stored->version(), stored->folded->Unfold()->version);
  EXPECT_THAT(Folded(), ElementsAre(1));
}

TEST_F(OrderTableTest, CopiesDoNotFollowTheOrder) {
  PutAtRest(1);
  const auto copy = table_.ReadableCopy(1);
  EXPECT_EQ(table_.Peek(1).get(), table_.Find(1)) << "which is no copy";
  ++table_.Find(1)->version;
  EXPECT_EQ(testing::DumpWhole(*copy), dumps_[1]);
  table_.Find(1)->state = OrderState::kCompleted;
  EXPECT_EQ(table_.ReadableCopy(1).get(), table_.Find(1)) << "it changes no more";
}

TEST_F(OrderTableTest, RemovedAsItWas) {
  PutAtRest(1);
  table_.FoldResting(0, kAll);
  EXPECT_EQ(testing::DumpWhole(*table_.Remove(1)), dumps_[1]);
  EXPECT_EQ(table_.folded(), 0U);
  EXPECT_EQ(table_.Find(1), nullptr);
  EXPECT_EQ(table_.FindShared(1), nullptr);
  EXPECT_EQ(table_.FindStored(1), nullptr);
  EXPECT_EQ(table_.ReadableCopy(1), nullptr);
  EXPECT_EQ(table_.Peek(1), nullptr);
}

TEST_F(OrderTableTest, InsertedFolded) {
  const auto order = Make(7, true);
  table_.Insert(FoldedOrder::Fold(*order));
  EXPECT_THAT(Folded(), ElementsAre(7));
  std::vector<std::uint64_t> below;
  table_.ForEachStoredBelow(8, [&](const StoredOrder& stored) {
    below.push_back(stored.id().counter());
    return true;
  });
  EXPECT_THAT(below, ElementsAre(7));
  ExpectAllAsTheyWere();
}

}  // namespace
}  // namespace cairn
