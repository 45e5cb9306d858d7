// What one step of a partition does while the journal is busy: timers that come due, timers of
// waits that are over, and how much a single command may bring. The journal's worker is stepped by
// the test alone, so that a frame is under way for as long as the test wants.
#include "engine/orders/scenario_test.h"
#include "model/limits.h"
#include "runtime/partition.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace cairn {
namespace {

class FakeClock final : public Clock {
 public:
  Nanos Now() const override { return now; }
  Nanos now = testing::kRunStart;
};

class FakeHandle final : public WorkerHandle {
 public:
  void Wake() override {}
  void WakeAt(Nanos) override {}
};

class CountingJournal final : public Journal {
 public:
  Result<ReplayReport> Replay(const Visitor&) override { return ReplayReport{}; }
  Result<FramePosition> Append(std::string_view) override {
    return FramePosition{.segment = 1, .offset = 0, .sequence = ++frames_};
  }
  Status Sync() override { return {}; }
  Status CloseBurst() override { return {}; }
  Result<std::string> Read(const FramePosition&) override { return std::string(); }
  Status DropBefore(std::uint64_t) override { return {}; }
  Result<bool> Maintain() override { return false; }
  JournalSpace Space() const override { return {}; }
  std::size_t max_payload() const override { return 1U << 20U; }
  std::uint64_t sync_count() const override { return frames_; }

 private:
  std::uint64_t frames_ = 0;
};

class NoArchive final : public Archive {
 public:
  Status Write(std::span<const ArchivedOrder>, std::uint64_t) override { return {}; }
  std::uint64_t journal_sequence() const override { return 0; }
  Result<std::optional<std::string>> ReadBody(OrderId) override { return std::nullopt; }
  Result<std::vector<OrderSummary>> List(const OrderQuery&) override {
    return std::vector<OrderSummary>();
  }
  Status DropBefore(Nanos) override { return {}; }
};

class PartitionCommandsTest : public ::testing::Test, private Outlet {
 protected:
  void Start(std::shared_ptr<const Catalog> catalog) {
    catalog_ = std::move(catalog);
    journal_worker_.Attach(&handle_);
    archive_worker_.Attach(&handle_);
    partition_ = std::make_unique<Partition>(PartitionState(), PartitionLimits(), clock_,
                                             journal_worker_, archive_worker_,
                                             std::make_shared<const CallbackTokens>(std::string()));
    partition_->Attach(&handle_);
    partition_->Start(catalog_);
    Settle();
  }

  // The partition until it has nothing to do, the journal not at all.
  void StepPartition() {
    for (int left = 1'000; partition_->Step(); --left) ASSERT_GT(left, 0) << "no end of steps";
  }
  void StepJournal() {
    for (int left = 100; journal_worker_.Step(); --left) ASSERT_GT(left, 0) << "no end of steps";
  }
  void Settle() {
    for (int left = 1'000; !partition_->idle(); --left) {
      ASSERT_GT(left, 0) << "the partition does not come to rest";
      StepPartition();
      StepJournal();
    }
  }

  void PutOrder(const OrderRequest& request) {
    auto plan = MakePlan(request, *catalog_);
    ASSERT_TRUE(plan.has_value()) << plan.error().front().detail;
    AcceptOrder accept;
    accept.accepted = plan->accepted;
    accept.order = BuildOrder(OrderId(), 0, {}, catalog_, plan->accepted, {});
    accept.done = [](const tl::expected<SubmitReply, Refusal>& reply) {
      EXPECT_TRUE(reply.has_value());
    };
    std::vector<AdmissionCommand> commands;
    commands.emplace_back(std::move(accept));
    ASSERT_TRUE(partition_->PutAdmission(std::move(commands)));
  }
  void Answer(const CallTicket& ticket, Outcome outcome) {
    partition_->PutAnswers({{.ticket = ticket, .outcome = outcome, .output = {}, .detail = {}}});
  }
  void Await(AwaitOptions options, FoundOrder done) {
    ASSERT_TRUE(partition_->PutOperator(AwaitOrderCommand{order().id, options, std::move(done)}));
  }
  // The only one.
  const Order& order() const {
    const Order* found = nullptr;
    partition_->state().orders.ForEach([&](const Order& live) { found = &live; });
    EXPECT_NE(found, nullptr);
    return *found;
  }

  FakeClock clock_;
  std::unique_ptr<Partition> partition_;
  std::vector<CartridgeCall> calls_;

 private:
  void Dispatch(std::vector<CartridgeCall> calls) override {
    for (CartridgeCall& call : calls) calls_.push_back(std::move(call));
  }
  void Resume(std::vector<Cartridge::Waiting>) override {}
  void Withdraw(const std::vector<CallTicket>&) override {}
  void ArchiveOrders(std::vector<std::shared_ptr<const Order>>, std::uint64_t) override {}
  void OnDurable(DurableNotice notice) override { partition_->PutDurable(std::move(notice)); }
  void OnFatal(const Error& error) override { ADD_FAILURE() << error.message; }

  FakeHandle handle_;
  CountingJournal journal_;
  NoArchive archive_;
  JournalWorker journal_worker_{journal_, clock_, *this};
  ArchiveWorker archive_worker_{archive_, clock_, [](const std::vector<OrderId>&) {},
                                [](const Error& error) { ADD_FAILURE() << error.message; }};
  std::shared_ptr<const Catalog> catalog_;
};

OrderRequest RequestFor(const std::string& product) {
  OrderRequest request;
  ProductOrderRequest& wanted = request.product_orders.emplace_back();
  wanted.id = "a";
  wanted.product = product;
  return request;
}

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
