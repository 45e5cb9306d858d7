#include "runtime/archive_worker.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <vector>

namespace cairn {
namespace {

using ::testing::ElementsAre;

class FakeClock final : public Clock {
 public:
  Nanos Now() const override { return now; }
  Nanos now = 1'000 * kSecond;
};

class FakeHandle final : public WorkerHandle {
 public:
  void Wake() override {}
  void WakeAt(Nanos moment) override { at = moment; }
  Nanos at = 0;
};

// Remembers how many orders each transaction had.
class FakeArchive final : public Archive {
 public:
  Status Write(std::span<const ArchivedOrder> orders, std::uint64_t) override {
    if (full) return Fail(ErrorCode::kNoSpace, "full");
    transactions.push_back(orders.size());
    return {};
  }
  std::uint64_t journal_sequence() const override { return 0; }
  Result<std::optional<std::string>> ReadBody(OrderId) override { return std::nullopt; }
  Result<std::vector<OrderSummary>> List(const OrderQuery&) override {
    return std::vector<OrderSummary>();
  }
  Result<bool> Remove(OrderId) override { return false; }
  Status DropBefore(Nanos) override { return {}; }

  bool full = false;
  std::vector<std::size_t> transactions;
};

std::vector<std::shared_ptr<const Order>> Orders(std::size_t count, std::size_t trail_bytes) {
  std::vector<std::shared_ptr<const Order>> orders;
  for (std::size_t i = 1; i <= count; ++i) {
    auto order = std::make_shared<Order>();
    order->id = OrderId(i);
    order->accepted = std::make_shared<records::OrderAccepted>();
    order->trail.assign(trail_bytes, 'x');
    orders.push_back(std::move(order));
  }
  return orders;
}

class ArchiveWorkerTest : public ::testing::Test {
 protected:
  ArchiveWorkerTest() { worker_.Attach(&handle_); }
  void StepAll() {
    while (worker_.Step()) {
    }
  }

  FakeClock clock_;
  FakeArchive archive_;
  FakeHandle handle_;
  std::size_t archived_ = 0;
  ArchiveWorker worker_{archive_, clock_,
                        [this](const std::vector<OrderId>& ids) { archived_ += ids.size(); },
                        [](const Error& error) { FAIL() << error.message; }};
};

TEST_F(ArchiveWorkerTest, TransactionIsLimitedByNumber) {
  worker_.Push(Orders(kArchiveTransactionOrders + 7, 10), 1);
  EXPECT_EQ(worker_.waiting(), kArchiveTransactionOrders + 7);
  StepAll();
  EXPECT_THAT(archive_.transactions, ElementsAre(kArchiveTransactionOrders, 7));
  EXPECT_EQ(archived_, kArchiveTransactionOrders + 7);
  EXPECT_EQ(worker_.waiting(), 0U);
}

TEST_F(ArchiveWorkerTest, TransactionIsLimitedByBytes) {
  worker_.Push(Orders(5, kArchiveTransactionBytes / 2 + 1), 1);
  StepAll();
  EXPECT_THAT(archive_.transactions, ElementsAre(2, 2, 1));
  EXPECT_EQ(archived_, 5U);
}

TEST_F(ArchiveWorkerTest, FullArchiveIsTriedAgain) {
  archive_.full = true;
  worker_.Push(Orders(3, 10), 1);
  StepAll();
  EXPECT_TRUE(worker_.no_space());
  EXPECT_EQ(archived_, 0U);
  EXPECT_EQ(handle_.at, clock_.now + kArchiveRetry);
  archive_.full = false;
  StepAll();
  EXPECT_EQ(archived_, 0U) << "not before its time";
  clock_.now += kArchiveRetry;
  StepAll();
  EXPECT_FALSE(worker_.no_space());
  EXPECT_THAT(archive_.transactions, ElementsAre(3));
}

}  // namespace
}  // namespace cairn
