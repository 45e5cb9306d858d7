// What a batch holds while the one before it waits for the disk.
#include "runtime/partition.h"

#include <gtest/gtest.h>

namespace cairn {
namespace {

class FakeClock final : public Clock {
 public:
  Nanos Now() const override { return 1'000 * kSecond; }
};

class FakeHandle final : public WorkerHandle {
 public:
  void Wake() override {}
  void WakeAt(Nanos) override {}
};

// Its batch never becomes durable: nobody steps it.
class StuckJournal final : public Journal {
 public:
  Result<ReplayReport> Replay(const Visitor&) override { return ReplayReport{}; }
  Result<FramePosition> Append(std::string_view) override { return FramePosition{}; }
  Status Sync() override { return {}; }
  Status CloseBurst() override { return {}; }
  Result<std::string> Read(const FramePosition&) override { return std::string(); }
  Status DropBefore(std::uint64_t) override { return {}; }
  Result<bool> Maintain() override { return false; }
  JournalSpace Space() const override { return {}; }
  std::size_t max_payload() const override { return 1U << 20U; }
  std::uint64_t sync_count() const override { return 0; }
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

class NoOutlet final : public Outlet {
 public:
  void Dispatch(std::vector<CartridgeCall>) override {}
  void Resume(std::vector<Cartridge::Waiting>) override {}
  void Withdraw(const std::vector<CallTicket>&) override {}
  void ArchiveOrders(std::vector<std::shared_ptr<const Order>>, std::uint64_t) override {}
  void OnDurable(DurableNotice) override {}
  void OnFatal(const Error& error) override { FAIL() << error.message; }
};

TEST(PartitionBatch, RepliesThatWaitForTheDiskAreLimited) {
  FakeClock clock;
  FakeHandle handle;
  StuckJournal journal;
  NoArchive archive;
  NoOutlet outlet;
  JournalWorker journal_worker(journal, clock, outlet);
  ArchiveWorker archive_worker(
      archive, clock, [](const std::vector<OrderId>&) {}, [](const Error&) {});
  journal_worker.Attach(&handle);
  archive_worker.Attach(&handle);
  PartitionLimits limits;
  limits.operator_queue = 10;
  limits.batch_replies = 100;
  Partition partition(PartitionState{}, limits, clock, journal_worker, archive_worker,
                      std::make_shared<const CallbackTokens>(std::string()));
  partition.Attach(&handle);
  std::size_t taken = 0;
  while (taken < 1'000 &&
         partition.PutOperator(ReadOrder{OrderId(1), [](std::shared_ptr<const Order>) {}})) {
    ++taken;
    while (partition.Step()) {
    }
  }
  // The first is with the journal, as many as a batch takes wait for it, and the lane is full.
  EXPECT_GE(taken, limits.batch_replies);
  EXPECT_LE(taken, 1 + limits.batch_replies + 2 * limits.operator_queue);
  EXPECT_FALSE(partition.idle());
}

}  // namespace
}  // namespace cairn
