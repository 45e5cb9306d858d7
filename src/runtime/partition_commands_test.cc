// What one step of a partition does while the journal is busy: timers that come due, timers of
// waits that are over, and how much a single command may bring.
#include "engine/orders/decide.h"
#include "model/limits.h"
#include "runtime/partition_run_test.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <utility>

namespace cairn {
namespace {

using testing::RequestFor;

class PartitionCommandsTest : public testing::PartitionRunTest {};

// The open batch waits for the frame before it and keeps the time at which it was opened; the
// retry becomes due only after that.
TEST_F(PartitionCommandsTest, ARetryThatComesDueWhileABatchWaitsIsSent) {
  testing::CatalogSketch sketch;
  sketch.Cartridge("twice attempts=2 delay=10s");
  sketch.Process("P: s1~twice");
  sketch.Product("P: P");
  Start(sketch.Make());
  PutOrder(RequestFor("P"));
  Settle();
  ASSERT_EQ(calls_.size(), 1U);

  Answer(calls_[0].ticket, Outcome::kTechnical);
  StepPartition();  // the frame with the answer is under way from here on
  const Nanos retry_at = order().work_orders[0].retry_at;
  ASSERT_GT(retry_at, clock_.now);
  Await({.wait = 0}, [](const std::shared_ptr<const Order>&) {});
  StepPartition();
  ASSERT_LT(partition_->state().time, retry_at);
  clock_.now = retry_at;
  StepPartition();
  ASSERT_LT(partition_->state().time, retry_at) << "no batch was waiting";
  EXPECT_EQ(calls_.size(), 1U);  // nothing leaves before it is durable

  Settle();
  ASSERT_EQ(calls_.size(), 2U);
  EXPECT_EQ(calls_[1].ticket.attempt, 2U);
  EXPECT_EQ(order().work_orders[0].sends, 2U);
}

// The dispatcher answers what it has not sent as delayed, and an abort awaits no such answer.
TEST_F(PartitionCommandsTest, AnAbortGivesBackWhatWasNotSentYet) {
  testing::CatalogSketch sketch;
  sketch.Process("P: s1; s2");
  sketch.Product("P: P");
  Start(sketch.Make());
  PutOrder(RequestFor("P"));
  Settle();
  ASSERT_EQ(calls_.size(), 2U);
  ASSERT_TRUE(partition_->PutOperator(ChangeOrder{
      .id = order().id,
      .decide = [](const Order& seen) { return DecideCancel(seen, CancelVerb::kAbort, "enough"); },
      .actor = "tester",
      .done = [](const auto& done) { EXPECT_TRUE(done.has_value()); }}));
  Settle();
  ASSERT_EQ(given_back_.size(), 2U);
  EXPECT_EQ(order().state, OrderState::kRunning) << "nobody knows yet what was sent";
  Answer(given_back_[0], Outcome::kDelayed);
  Answer(given_back_[1], Outcome::kOk);
  Settle();
  EXPECT_EQ(order().state, OrderState::kCancelled);
  EXPECT_EQ(order().work_orders[0].state, WorkOrderState::kCancelled);
  EXPECT_EQ(order().work_orders[1].state, WorkOrderState::kCompleted);
}

TEST_F(PartitionCommandsTest, TimersOfWaitsThatWereMetAreDropped) {
  constexpr int kSteps = 12;
  constexpr int kWaitsPerStep = 1'000;
  testing::CatalogSketch sketch;
  std::string process = "P: s0";
  for (int s = 1; s <= kSteps; ++s) process += fmt::format("; s{} after s{}", s, s - 1);
  sketch.Process(process);
  sketch.Product("P: P");
  Start(sketch.Make());
  PutOrder(RequestFor("P"));
  Settle();

  const Nanos long_wait = 5 * kMinute;
  int long_waits_over = 0;
  Await({.until_settled = true, .wait = long_wait},
        [&](const std::shared_ptr<const Order>&) { ++long_waits_over; });
  int met = 0;
  for (int s = 0; s < kSteps; ++s) {
    for (int i = 0; i < kWaitsPerStep; ++i) {
      Await({.after_version = order().version, .wait = kAwaitMax},
            [&](const std::shared_ptr<const Order>&) { ++met; });
    }
    Settle();
    ASSERT_GE(partition_->timers(), static_cast<std::size_t>(kWaitsPerStep));
    ASSERT_EQ(met, s * kWaitsPerStep);
    Answer(calls_.back().ticket, Outcome::kOk);
    Settle();
    ASSERT_EQ(met, (s + 1) * kWaitsPerStep);
    // As many as are needed, or a few that are not worth the effort; never what has come together.
    EXPECT_LE(partition_->timers(), 2U * kWaitsPerStep);
  }
  // The wait that was not met kept its own.
  EXPECT_EQ(long_waits_over, 0);
  clock_.now += long_wait;
  Settle();
  StepPartition();
  Settle();
  EXPECT_EQ(long_waits_over, 1);
  clock_.now += kAwaitMax;
  StepPartition();
  Settle();
  EXPECT_EQ(partition_->timers(), 0U);
  EXPECT_EQ(met, kSteps * kWaitsPerStep);
}

// No catalog that is checked has a process without steps. With one an order would go on by itself
// for ever; even then nobody else waits for longer than the events of one command.
TEST_F(PartitionCommandsTest, OneCommandMakesAFewEventsAndTheOrderGoesOnLater) {
  records::Catalog catalog;
  records::TechnicalProductOrder& process = *catalog.add_technical_product_orders();
  process.set_name("empty");
  records::Product& product = *catalog.add_products();
  product.set_name("P");
  records::ProductAction& action = *product.add_actions();
  action.set_verb(records::ADD);
  action.add_decomposition("empty");
  Start(Catalog::Make(std::move(catalog)));
  PutOrder(RequestFor("P"));
  for (std::uint64_t commands = 1; commands <= 5; ++commands) {
    partition_->Step();
    EXPECT_EQ(order().version, 1 + commands * kEventsPerCommand);
  }
  // Somebody else's question is decided between two commands of it.
  bool asked = false;
  Await({.wait = 0}, [&](const std::shared_ptr<const Order>&) { asked = true; });
  for (int i = 0; i < 4; ++i) {
    partition_->Step();
    StepJournal();
  }
  EXPECT_TRUE(asked);
}

}  // namespace
}  // namespace cairn
