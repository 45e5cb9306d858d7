// What a batch holds while the one before it waits for the disk, and what leaves before its own
// frame is durable.
#include "runtime/partition_run_test.h"

#include <gtest/gtest.h>

namespace cairn {
namespace {

using testing::RequestFor;

class PartitionBatchTest : public testing::PartitionRunTest {
 protected:
  // Two slices, P's steps one after the other in the first.
  void StartTwoSlices() {
    testing::CatalogSketch sketch;
    sketch.Process("P: s1; s2 after s1");
    sketch.Process("Q: s3");
    sketch.Product("P: P");
    sketch.Product("Q: Q");
    Start(sketch.Make());
  }
  static OrderRequest TwoSlices() {
    OrderRequest request = RequestFor("P");
    ProductOrderRequest& second = request.product_orders.emplace_back();
    second.id = "b";
    second.product = "Q";
    second.depends_on.push_back("a");
    return request;
  }
  // Hands the open batch to the journal's worker, which begins with it and syncs nothing yet.
  void BeginFrame() {
    StepPartition();
    journal_worker().Step();
  }
};

TEST_F(PartitionBatchTest, RepliesThatWaitForTheDiskAreLimited) {
  PartitionLimits limits;
  limits.operator_queue = 10;
  limits.batch_replies = 100;
  testing::CatalogSketch sketch;
  sketch.NeedProduct("P");
  Start(sketch.Make(), limits);
  PutOrder(RequestFor("P"));
  StepPartition();
  std::size_t taken = 0;
  while (taken < 1'000 &&
         partition_->PutOperator(ReadOrder{OrderId(1), [](std::shared_ptr<const Order>) {}})) {
    ++taken;
    StepPartition();
  }
  // A frame is with the journal, as many replies as a batch takes wait for it, and the lane is
  // full.
  EXPECT_GE(taken, limits.batch_replies);
  EXPECT_LE(taken, 1 + limits.batch_replies + 2 * limits.operator_queue);
  EXPECT_FALSE(partition_->idle());
}

TEST_F(PartitionBatchTest, EachCallWaitsForItsOwnFrame) {
  StartTwoSlices();
  PutOrder(TwoSlices());
  Settle();
  ASSERT_EQ(calls_.size(), 1U);
  Answer(calls_[0].ticket, Outcome::kOk);
  BeginFrame();
  EXPECT_EQ(calls_.size(), 1U);
  Settle();
  EXPECT_EQ(calls_.size(), 2U);
}

TEST_F(PartitionBatchTest, WithinASliceCallsAreNotHeldBackIfTheOrderSaysSo) {
  StartTwoSlices();
  OrderRequest request = TwoSlices();
  request.dataset.Add(kPopCheckpoint, "\"AfterSlice\"");
  PutOrder(request);
  BeginFrame();
  EXPECT_TRUE(calls_.empty()) << "the order is not durable yet";
  Settle();
  ASSERT_EQ(calls_.size(), 1U);

  Answer(calls_[0].ticket, Outcome::kOk);
  BeginFrame();
  ASSERT_EQ(calls_.size(), 2U) << "the second step of the slice";
  Settle();
  EXPECT_EQ(calls_.size(), 2U) << "and only once";

  Answer(calls_[1].ticket, Outcome::kOk);
  BeginFrame();
  EXPECT_EQ(calls_.size(), 2U) << "the next slice must be durable";
  Settle();
  ASSERT_EQ(calls_.size(), 3U);
  Answer(calls_[2].ticket, Outcome::kOk);
  Settle();
  EXPECT_EQ(order().state, OrderState::kCompleted);
}

}  // namespace
}  // namespace cairn
