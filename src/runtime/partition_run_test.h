// PartitionRunTest: a fixture with one partition and the journal's worker beside it, both stepped
// by the test alone.
#pragma once

#include "engine/orders/scenario_test.h"
#include "runtime/partition.h"

#include <gtest/gtest.h>

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace cairn::testing {

class SettableClock final : public Clock {
 public:
  Nanos Now() const override { return now; }
  Nanos now = kRunStart;
};

class DeafHandle final : public WorkerHandle {
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
  Result<bool> Remove(OrderId) override { return false; }
  Status DropBefore(Nanos) override { return {}; }
};

// A partition, stepped by the test, and a journal's worker, stepped by the test too: a frame is
// under way for as long as the test wants.
class PartitionRunTest : public ::testing::Test, private Outlet {
 protected:
  void Start(std::shared_ptr<const Catalog> catalog, PartitionLimits limits = {}) {
    catalog_ = std::move(catalog);
    journal_worker_.Attach(&handle_);
    archive_worker_.Attach(&handle_);
    partition_ = std::make_unique<Partition>(PartitionState(), limits, clock_, journal_worker_,
                                             archive_worker_,
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
  // The only order.
  const Order& order() const {
    const Order* found = nullptr;
    partition_->state().orders.ForEach([&](const Order& live) { found = &live; });
    EXPECT_NE(found, nullptr);
    return *found;
  }

  JournalWorker& journal_worker() { return journal_worker_; }

  SettableClock clock_;
  std::unique_ptr<Partition> partition_;
  std::vector<CartridgeCall> calls_;
  std::vector<CallTicket> given_back_;

 private:
  void Dispatch(std::vector<CartridgeCall> calls) override {
    for (CartridgeCall& call : calls) calls_.push_back(std::move(call));
  }
  void Resume(std::vector<Cartridge::Waiting>) override {}
  void Withdraw(const std::vector<CallTicket>&) override {}
  void GiveBack(const std::vector<CallTicket>& tickets) override {
    given_back_.insert(given_back_.end(), tickets.begin(), tickets.end());
  }
  void ArchiveOrders(std::vector<std::shared_ptr<const Order>>, std::uint64_t) override {}
  void OnDurable(DurableNotice notice) override { partition_->PutDurable(std::move(notice)); }
  void OnFatal(const Error& error) override { ADD_FAILURE() << error.message; }

  DeafHandle handle_;
  CountingJournal journal_;
  NoArchive archive_;
  JournalWorker journal_worker_{journal_, clock_, *this};
  ArchiveWorker archive_worker_{archive_, clock_, [](const std::vector<OrderId>&) {},
                                [](const Error& error) { ADD_FAILURE() << error.message; }};
  std::shared_ptr<const Catalog> catalog_;
};

// An order of one product.
inline OrderRequest RequestFor(const std::string& product) {
  OrderRequest request;
  ProductOrderRequest& wanted = request.product_orders.emplace_back();
  wanted.id = "a";
  wanted.product = product;
  return request;
}

}  // namespace cairn::testing
