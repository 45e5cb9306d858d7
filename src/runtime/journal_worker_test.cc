#include "runtime/journal_worker.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace cairn {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

class FakeClock final : public Clock {
 public:
  Nanos Now() const override { return now; }
  Nanos now = 1'000 * kSecond;
};

// Writes down what is asked of it, and fails as it is told to.
class FakeJournal final : public Journal {
 public:
  explicit FakeJournal(std::vector<std::string>& log) : log_(log) {}

  Result<ReplayReport> Replay(const Visitor&) override { return ReplayReport{}; }
  Result<FramePosition> Append(std::string_view payload) override {
    log_.push_back("append " + std::string(payload));
    if (auto error = Take(append_errors)) return Fail(*std::move(error));
    end_ += payload.size();
    return FramePosition{.segment = 1, .offset = end_ - payload.size(), .sequence = ++sequence_};
  }
  Status Sync() override {
    log_.push_back("sync");
    ++syncs_;
    if (auto error = Take(sync_errors)) return Fail(*std::move(error));
    return {};
  }
  Status CloseBurst() override {
    log_.push_back("close");
    if (auto error = Take(close_errors)) return Fail(*std::move(error));
    return {};
  }
  Result<std::string> Read(const FramePosition&) override { return std::string(); }
  Status DropBefore(std::uint64_t segment) override {
    log_.push_back("drop " + std::to_string(segment));
    if (auto error = Take(drop_errors)) return Fail(*std::move(error));
    return {};
  }
  Result<bool> Maintain() override {
    if (auto error = Take(maintain_errors)) return Fail(*std::move(error));
    if (pieces_wanted > 0) --pieces_wanted;
    return pieces_wanted > 0;
  }
  JournalSpace Space() const override { return {.segment_bytes = 64U << 20U}; }
  std::size_t max_payload() const override { return 8U << 20U; }
  std::uint64_t sync_count() const override { return syncs_; }

  std::deque<Error> append_errors;
  std::deque<Error> sync_errors;
  std::deque<Error> close_errors;
  std::deque<Error> drop_errors;
  std::deque<Error> maintain_errors;
  std::uint64_t pieces_wanted = 0;

 private:
  static std::optional<Error> Take(std::deque<Error>& errors) {
    if (errors.empty()) return std::nullopt;
    Error error = std::move(errors.front());
    errors.pop_front();
    return error;
  }

  std::vector<std::string>& log_;
  std::uint64_t sequence_ = 0;
  std::uint64_t end_ = 0;
  std::uint64_t syncs_ = 0;
};

class FakeOutlet final : public Outlet {
 public:
  explicit FakeOutlet(std::vector<std::string>& log) : log_(log) {}
  void Dispatch(std::vector<CartridgeCall> calls) override {
    log_.push_back("calls " + std::to_string(calls.size()));
  }
  void Resume(std::vector<Cartridge::Waiting> waiting) override {
    log_.push_back("resume " + std::to_string(waiting.size()));
  }
  void GiveBack(const std::vector<CallTicket>& tickets) override {
    log_.push_back("give back " + std::to_string(tickets.size()));
  }
  void Withdraw(const std::vector<CallTicket>& tickets) override {
    log_.push_back("withdraw " + std::to_string(tickets.size()));
  }
  void ArchiveOrders(std::vector<std::shared_ptr<const Order>> ended,
                     std::uint64_t sequence) override {
    log_.push_back("archive " + std::to_string(ended.size()) + " at " + std::to_string(sequence));
  }
  void OnDurable(DurableNotice notice) override {
    log_.push_back("durable " + std::to_string(notice.position.sequence));
  }
  void OnFatal(const Error& error) override { log_.push_back("fatal " + error.message); }

 private:
  std::vector<std::string>& log_;
};

class FakeHandle final : public WorkerHandle {
 public:
  void Wake() override { ++wakes; }
  void WakeAt(Nanos moment) override { at = moment; }
  int wakes = 0;
  Nanos at = 0;
};

class JournalWorkerTest : public ::testing::Test {
 protected:
  JournalWorkerTest() { worker_.Attach(&handle_); }

  void Submit(std::string bytes, std::uint64_t drop_before = 0) {
    auto batch = std::make_unique<Batch>();
    batch->bytes = std::move(bytes);
    batch->calls.resize(2);
    batch->replies.emplace_back([this] { log_.emplace_back("reply"); });
    batch->ended.push_back(nullptr);
    batch->drop_before = drop_before;
    worker_.Submit(std::move(batch));
  }
  void StepAll() {
    for (int i = 0; i < 100 && worker_.Step(); ++i) {
    }
  }
  std::vector<std::string> TakeLog() { return std::exchange(log_, {}); }

  std::vector<std::string> log_;
  FakeClock clock_;
  FakeJournal journal_{log_};
  FakeOutlet outlet_{log_};
  FakeHandle handle_;
  JournalWorker worker_{journal_, clock_, outlet_};
};

TEST_F(JournalWorkerTest, NothingLeavesBeforeTheSync) {
  EXPECT_TRUE(worker_.free());
  Submit("a");
  EXPECT_FALSE(worker_.free());
  EXPECT_EQ(handle_.wakes, 1);
  EXPECT_TRUE(worker_.Step());
  EXPECT_THAT(TakeLog(), ElementsAre("append a"));
  EXPECT_TRUE(worker_.Step());
  EXPECT_THAT(TakeLog(), ElementsAre("sync"));
  EXPECT_FALSE(worker_.free());
  EXPECT_TRUE(worker_.Step());
  EXPECT_THAT(TakeLog(), ElementsAre("durable 1", "calls 2", "reply", "archive 1 at 1"));
  EXPECT_TRUE(worker_.free());
  EXPECT_EQ(worker_.syncs(), 1U);
  EXPECT_EQ(worker_.appended_bytes(), 1U);
}

TEST_F(JournalWorkerTest, BatchWithoutAFrameIsReleasedWithoutASync) {
  Submit("");
  StepAll();
  EXPECT_THAT(TakeLog(), ElementsAre("durable 0", "calls 2", "reply", "archive 1 at 0"));
  clock_.now += kSecond;
  StepAll();
  EXPECT_THAT(TakeLog(), IsEmpty());  // there is no burst to close
}

TEST_F(JournalWorkerTest, FailedSyncIsFatalAndReleasesNothing) {
  journal_.sync_errors.push_back({ErrorCode::kIo, "sync failed"});
  Submit("a");
  StepAll();
  EXPECT_THAT(TakeLog(), ElementsAre("append a", "sync", "fatal sync failed"));
  EXPECT_FALSE(worker_.free());
  clock_.now += kSecond;
  StepAll();
  EXPECT_THAT(TakeLog(), IsEmpty()) << "it does nothing any more";
}

TEST_F(JournalWorkerTest, FailedAppendIsFatal) {
  journal_.append_errors.push_back({ErrorCode::kIo, "write failed"});
  Submit("a");
  StepAll();
  EXPECT_THAT(TakeLog(), ElementsAre("append a", "fatal write failed"));
  EXPECT_FALSE(worker_.Step());
}

TEST_F(JournalWorkerTest, FailedDropIsFatalBeforeAnythingIsReleased) {
  journal_.drop_errors.push_back({ErrorCode::kIo, "drop failed"});
  Submit("a", 3);
  StepAll();
  EXPECT_THAT(TakeLog(), ElementsAre("drop 3", "fatal drop failed"));
}

TEST_F(JournalWorkerTest, SegmentsAreDroppedBeforeTheFrameNeedsTheirRoom) {
  journal_.append_errors.push_back({ErrorCode::kNoSpace, "full"});
  Submit("a", 3);
  StepAll();
  EXPECT_THAT(TakeLog(), ElementsAre("drop 3", "append a"));
  StepAll();
  EXPECT_THAT(TakeLog(),
              ElementsAre("append a", "sync", "durable 1", "calls 2", "reply", "archive 1 at 1"));
}

TEST_F(JournalWorkerTest, SegmentsAreDroppedWithoutAFrameToo) {
  Submit("", 3);
  StepAll();
  EXPECT_THAT(TakeLog(), ElementsAre("drop 3", "durable 0", "calls 2", "reply", "archive 1 at 0"));
}

TEST_F(JournalWorkerTest, DropWithoutRoomHoldsNothingUpAndIsTriedAgain) {
  journal_.drop_errors = {{ErrorCode::kNoSpace, "full"}, {ErrorCode::kNoSpace, "full"}};
  Submit("a", 3);
  StepAll();
  EXPECT_THAT(TakeLog(), ElementsAre("drop 3", "append a", "sync", "durable 1", "calls 2", "reply",
                                     "archive 1 at 1", "drop 3"));
  EXPECT_TRUE(worker_.no_space());
  clock_.now += kNoSpaceRetry;
  StepAll();
  EXPECT_THAT(TakeLog(), ElementsAre("close", "drop 3"));
  EXPECT_FALSE(worker_.no_space());
  clock_.now += kSecond;
  StepAll();
  EXPECT_THAT(TakeLog(), IsEmpty());
}

TEST_F(JournalWorkerTest, FrameThatWaitsForRoomTriesTheDropAgainFirst) {
  journal_.drop_errors.push_back({ErrorCode::kNoSpace, "full"});
  journal_.append_errors.push_back({ErrorCode::kNoSpace, "full"});
  Submit("a", 3);
  StepAll();
  EXPECT_THAT(TakeLog(), ElementsAre("drop 3", "append a"));
  StepAll();
  EXPECT_THAT(TakeLog(), ElementsAre("drop 3", "append a", "sync", "durable 1", "calls 2", "reply",
                                     "archive 1 at 1"));
}

TEST_F(JournalWorkerTest, SegmentsAreMadeReadyAlsoWhenTheDiskHasNoIdleMoment) {
  journal_.pieces_wanted = 4;
  for (int batch = 0; batch < 10; ++batch) {
    Submit(std::string(1U << 20U, 'a'));
    while (!worker_.free()) ASSERT_TRUE(worker_.Step());
  }
  EXPECT_EQ(journal_.pieces_wanted, 0U);
}

TEST_F(JournalWorkerTest, FullDiskIsTriedAgain) {
  journal_.append_errors = {{ErrorCode::kNoSpace, "full"}, {ErrorCode::kNoSpace, "full"}};
  Submit("a");
  StepAll();
  EXPECT_THAT(TakeLog(), ElementsAre("append a"));
  EXPECT_TRUE(worker_.no_space());
  EXPECT_EQ(handle_.at, clock_.now + kNoSpaceRetry);
  StepAll();
  EXPECT_THAT(TakeLog(), ElementsAre("append a"));
  StepAll();
  EXPECT_THAT(TakeLog(),
              ElementsAre("append a", "sync", "durable 1", "calls 2", "reply", "archive 1 at 1"));
  StepAll();
  EXPECT_FALSE(worker_.no_space());
}

TEST_F(JournalWorkerTest, NoRoomForTheSegmentsAheadIsKnownAndPasses) {
  journal_.maintain_errors.push_back({ErrorCode::kNoSpace, "full"});
  StepAll();
  EXPECT_TRUE(worker_.no_space());
  EXPECT_EQ(handle_.at, clock_.now + kNoSpaceRetry);
  StepAll();
  EXPECT_FALSE(worker_.no_space());
  EXPECT_THAT(TakeLog(), IsEmpty());
  Submit("a");
  StepAll();
  journal_.maintain_errors.push_back({ErrorCode::kIo, "broken"});
  Submit("b");
  StepAll();
  EXPECT_THAT(TakeLog(),
              ::testing::Not(::testing::Contains("fatal broken")));  // nothing to maintain
}

TEST_F(JournalWorkerTest, BrokenMaintenanceIsFatal) {
  journal_.maintain_errors.push_back({ErrorCode::kIo, "broken"});
  StepAll();
  EXPECT_THAT(TakeLog(), ElementsAre("fatal broken"));
}

TEST_F(JournalWorkerTest, BurstIsClosedOnceWhenNothingMoreCame) {
  Submit("a");
  StepAll();
  (void)TakeLog();
  EXPECT_EQ(handle_.at, clock_.now + kCloseBurstAfter);
  clock_.now += kCloseBurstAfter - 1;
  StepAll();
  EXPECT_THAT(TakeLog(), IsEmpty());
  clock_.now += 1;
  StepAll();
  EXPECT_THAT(TakeLog(), ElementsAre("close"));
  clock_.now += kSecond;
  StepAll();
  EXPECT_THAT(TakeLog(), IsEmpty());
  Submit("b");
  StepAll();
  (void)TakeLog();
  clock_.now += kCloseBurstAfter;
  StepAll();
  EXPECT_THAT(TakeLog(), ElementsAre("close"));
}

TEST_F(JournalWorkerTest, EachFrameBeginsTheWaitForTheCloseAnew) {
  Submit("a");
  StepAll();
  clock_.now += kCloseBurstAfter - 1;
  Submit("b");
  StepAll();
  (void)TakeLog();
  clock_.now += kCloseBurstAfter - 1;
  StepAll();
  EXPECT_THAT(TakeLog(), IsEmpty());
  clock_.now += 1;
  StepAll();
  EXPECT_THAT(TakeLog(), ElementsAre("close"));
}

TEST_F(JournalWorkerTest, CloseWithoutRoomIsTriedAgainAndElseFatal) {
  journal_.close_errors = {{ErrorCode::kNoSpace, "full"}, {ErrorCode::kIo, "close failed"}};
  Submit("a");
  StepAll();
  (void)TakeLog();
  clock_.now += kCloseBurstAfter;
  StepAll();
  EXPECT_THAT(TakeLog(), ElementsAre("close"));
  clock_.now += kNoSpaceRetry;
  StepAll();
  EXPECT_THAT(TakeLog(), ElementsAre("close", "fatal close failed"));
}

TEST_F(JournalWorkerTest, BatchesAreReleasedInTheirOrder) {
  Submit("a");
  StepAll();
  Submit("");
  StepAll();
  Submit("b");
  StepAll();
  EXPECT_THAT(TakeLog(),
              ElementsAre("append a", "sync", "durable 1", "calls 2", "reply", "archive 1 at 1",
                          "durable 0", "calls 2", "reply", "archive 1 at 1", "append b", "sync",
                          "durable 2", "calls 2", "reply", "archive 1 at 2"));
}

TEST(JournalWorkerDeathTest, OneBatchAtATime) {
  std::vector<std::string> log;
  FakeClock clock;
  FakeJournal journal(log);
  FakeOutlet outlet(log);
  FakeHandle handle;
  JournalWorker worker(journal, clock, outlet);
  worker.Attach(&handle);
  worker.Submit(std::make_unique<Batch>());
  EXPECT_DEATH(worker.Submit(std::make_unique<Batch>()), "busy_");
}

}  // namespace
}  // namespace cairn
