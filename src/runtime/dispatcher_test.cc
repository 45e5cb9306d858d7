#include "runtime/dispatcher.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <latch>
#include <memory>
#include <thread>
#include <utility>

namespace cairn {
namespace {

using ::testing::ElementsAre;

// Keeps the calls, or answers them at once from within Call.
class FakeCartridge final : public Cartridge {
 public:
  void Call(std::vector<CartridgeCall> calls) override {
    ++depth_;
    depth_max = std::max(depth_max, depth_);
    std::vector<CartridgeAnswer> answers;
    for (CartridgeCall& call : calls) {
      started.push_back(call.ticket.work_order.index);
      if (inline_sink != nullptr)
        answers.push_back({.ticket = call.ticket, .output = {}, .detail = {}});
    }
    batches.push_back(calls.size());
    if (!answers.empty()) inline_sink->OnAnswers(std::move(answers));
    --depth_;
  }
  void Stop() override {}
  int depth() const { return depth_; }

  AnswerSink* inline_sink = nullptr;
  std::vector<std::uint32_t> started;
  std::vector<std::size_t> batches;
  int depth_max = 0;

 private:
  int depth_ = 0;
};

std::shared_ptr<const records::Cartridge> Target(std::string name, std::uint32_t concurrency) {
  auto cartridge = std::make_shared<records::Cartridge>();
  cartridge->set_name(std::move(name));
  cartridge->set_concurrency(concurrency);
  cartridge->mutable_simulated();
  return cartridge;
}

CallTicket Ticket(std::uint32_t index) {
  return {.work_order = {OrderId::Of(0, 1), index}, .run = 1, .attempt = 1, .epoch = 1};
}

std::vector<CartridgeCall> Calls(const std::shared_ptr<const records::Cartridge>& cartridge,
                                 std::uint32_t from, std::uint32_t to) {
  std::vector<CartridgeCall> calls;
  for (std::uint32_t i = from; i < to; ++i) {
    CartridgeCall& call = calls.emplace_back();
    call.ticket = Ticket(i);
    call.cartridge = cartridge;
  }
  return calls;
}

// A clock that stands where it was put.
class FakeClock final : public Clock {
 public:
  Nanos Now() const override { return now; }
  Nanos now = 1'700'000'000 * kSecond;
};

// Remembers for when it was asked to wake the dispatcher.
class FakeHandle final : public WorkerHandle {
 public:
  void Wake() override {}
  void WakeAt(Nanos moment) override { at = std::min(at, moment); }
  Nanos at = kNever;
};

std::vector<CartridgeAnswer> Answers(const std::vector<std::uint32_t>& indexes,
                                     Outcome outcome = Outcome::kOk) {
  std::vector<CartridgeAnswer> answers;
  for (const std::uint32_t index : indexes) {
    answers.push_back({.ticket = Ticket(index), .outcome = outcome, .output = {}, .detail = {}});
  }
  return answers;
}

class DispatcherTest : public ::testing::Test {
 protected:
  DispatcherTest()
      : dispatcher_(
            [this](std::vector<CartridgeAnswer> answers) {
              forwarded_ += answers.size();
              for (CartridgeAnswer& answer : answers) last_ = std::move(answer);
            },
            clock_) {
    dispatcher_.SetCartridges({.simulated = &simulated_, .http = &http_, .exec = &exec_});
    dispatcher_.Attach(&handle_);
  }

  // Lets time pass up to the moment for which the dispatcher wants to be woken, and wakes it.
  Nanos PassToWake() {
    const Nanos span = handle_.at - clock_.now;
    clock_.now = handle_.at;
    handle_.at = kNever;
    dispatcher_.Step();
    return span;
  }
  void Pass(Nanos span) {
    clock_.now += span;
    dispatcher_.Step();
  }

  FakeCartridge simulated_;
  FakeCartridge http_;
  FakeCartridge exec_;
  FakeClock clock_;
  FakeHandle handle_;
  std::size_t forwarded_ = 0;
  CartridgeAnswer last_;  // of those that were forwarded
  Dispatcher dispatcher_;
};

TEST_F(DispatcherTest, AtMostSoManyAtOnceTheRestInOrder) {
  dispatcher_.Dispatch(Calls(Target("hlr", 2), 0, 5));
  EXPECT_THAT(simulated_.started, ElementsAre(0, 1));
  EXPECT_EQ(dispatcher_.running(), 2U);
  dispatcher_.OnAnswers(Answers({1}));
  EXPECT_THAT(simulated_.started, ElementsAre(0, 1, 2));
  dispatcher_.OnAnswers(Answers({0, 2}));
  EXPECT_THAT(simulated_.started, ElementsAre(0, 1, 2, 3, 4));
  dispatcher_.OnAnswers(Answers({3, 4}));
  EXPECT_EQ(dispatcher_.running(), 0U);
  EXPECT_EQ(forwarded_, 5U);
}

TEST_F(DispatcherTest, LanesDoNotWaitForEachOther) {
  const auto slow = Target("slow", 1);
  const auto fast = Target("fast", 1);
  dispatcher_.Dispatch(Calls(slow, 0, 2));
  dispatcher_.Dispatch(Calls(fast, 10, 12));
  EXPECT_THAT(simulated_.started, ElementsAre(0, 10));
  dispatcher_.OnAnswers(Answers({10}));
  EXPECT_THAT(simulated_.started, ElementsAre(0, 10, 11));
}

TEST_F(DispatcherTest, TypeOfTheCartridgeChoosesWhoServesIt) {
  auto http = std::make_shared<records::Cartridge>();
  http->set_name("http");
  http->mutable_http();
  auto exec = std::make_shared<records::Cartridge>();
  exec->set_name("exec");
  exec->mutable_exec();
  dispatcher_.Dispatch(Calls(http, 0, kHttpConcurrency + 1));
  dispatcher_.Dispatch(Calls(exec, 1000, 1000 + kExecConcurrency + 1));
  dispatcher_.Dispatch(Calls(Target("sim", 0), 5000, 5001));
  EXPECT_EQ(http_.started.size(), kHttpConcurrency);
  EXPECT_EQ(exec_.started.size(), kExecConcurrency);
  EXPECT_EQ(simulated_.started.size(), 1U);
}

TEST_F(DispatcherTest, SimulateAllSendsEverythingToTheSimulatedOne) {
  dispatcher_.SetCartridges({.simulated = &simulated_, .simulate_all = true});
  auto http = std::make_shared<records::Cartridge>();
  http->set_name("http");
  http->mutable_http();
  dispatcher_.Dispatch(Calls(http, 0, kHttpConcurrency + 1));
  EXPECT_EQ(simulated_.started.size(), kHttpConcurrency + 1);
}

TEST_F(DispatcherTest, CartridgeThatAnswersInlineDoesNotRecurse) {
  simulated_.inline_sink = &dispatcher_;
  dispatcher_.Dispatch(Calls(Target("hlr", 3), 0, 1000));
  EXPECT_EQ(simulated_.depth_max, 1);
  EXPECT_EQ(forwarded_, 1000U);
  EXPECT_EQ(dispatcher_.running(), 0U);
  std::vector<std::uint32_t> wanted;
  for (std::uint32_t i = 0; i < 1000; ++i) wanted.push_back(i);
  EXPECT_EQ(simulated_.started, wanted);
  EXPECT_EQ(*std::max_element(simulated_.batches.begin(), simulated_.batches.end()), 3U);
}

TEST_F(DispatcherTest, StoppedStartsNothingMoreButForwardsAnswers) {
  dispatcher_.Dispatch(Calls(Target("hlr", 1), 0, 3));
  dispatcher_.StopLaunching();
  dispatcher_.OnAnswers(Answers({0}));
  dispatcher_.Dispatch(Calls(Target("other", 1), 10, 11));
  EXPECT_THAT(simulated_.started, ElementsAre(0));
  EXPECT_EQ(forwarded_, 1U);
  EXPECT_EQ(dispatcher_.running(), 0U);
}

// Whoever stops the node stops the cartridges next, while others may still bring work.
TEST_F(DispatcherTest, OnceItIsStoppedNoCallIsBeingMade) {
  constexpr std::uint32_t kRounds = 200;
  const auto target = Target("hlr", 0);
  for (std::uint32_t round = 0; round < kRounds; ++round) {
    FakeCartridge cartridge;
    Dispatcher dispatcher([](const std::vector<CartridgeAnswer>&) {}, clock_);
    dispatcher.SetCartridges({.simulated = &cartridge});
    std::atomic<bool> stopped = false;
    std::latch begun(1);
    std::thread others([&] {
      for (std::uint32_t i = 0; !stopped; ++i) {
        dispatcher.Dispatch(Calls(target, 10 * i, 10 * i + 10));
        if (i == round % 7) begun.count_down();
      }
      dispatcher.Dispatch(Calls(target, UINT32_MAX - 10, UINT32_MAX));
    });
    begun.wait();
    dispatcher.StopLaunching();
    // Not guarded by anything: a Call that still ran would be a race, and would add to them.
    const std::size_t calls = cartridge.started.size();
    EXPECT_EQ(cartridge.depth(), 0);
    stopped = true;
    others.join();
    EXPECT_GE(calls, 10U);
    EXPECT_EQ(cartridge.started.size(), calls);
  }
}

TEST_F(DispatcherTest, AnswerToWhatIsNotRunningFreesNoPlace) {
  dispatcher_.Dispatch(Calls(Target("hlr", 1), 0, 3));
  dispatcher_.OnAnswers(Answers({2}));
  dispatcher_.OnAnswers(Answers({77}));
  EXPECT_THAT(simulated_.started, ElementsAre(0));
  dispatcher_.OnAnswers(Answers({0}));
  dispatcher_.OnAnswers(Answers({0}));  // twice
  EXPECT_THAT(simulated_.started, ElementsAre(0, 1));
  EXPECT_EQ(forwarded_, 4U);  // what to make of them is the partition's to say
}

TEST_F(DispatcherTest, NewestCatalogSetsTheLimit) {
  dispatcher_.Dispatch(Calls(Target("hlr", 1), 0, 5));
  dispatcher_.Dispatch(Calls(Target("hlr", 3), 5, 6));
  EXPECT_THAT(simulated_.started, ElementsAre(0, 1, 2));
}

// The memory of a catalog that is gone may be that of the next one's cartridge.
TEST_F(DispatcherTest, CatalogsThatComeAndGoDoNotMixUpTheirTargets) {
  simulated_.inline_sink = &dispatcher_;
  for (std::uint32_t i = 0; i < 50; ++i) {
    dispatcher_.Dispatch(Calls(Target("hlr-" + std::to_string(i), 1), i, i + 1));
  }
  const auto metrics = dispatcher_.Metrics();
  ASSERT_EQ(metrics.size(), 50U);
  for (const auto& lane : metrics) EXPECT_EQ(lane.ok, 1U) << lane.name;
}

TEST_F(DispatcherTest, MetricsCountByOutcome) {
  dispatcher_.Dispatch(Calls(Target("hlr", 4), 0, 6));
  dispatcher_.OnAnswers(Answers({0, 1}));
  dispatcher_.OnAnswers(Answers({2}, Outcome::kTechnical));
  dispatcher_.OnAnswers(Answers({3}, Outcome::kFunctional));
  const auto metrics = dispatcher_.Metrics();
  ASSERT_EQ(metrics.size(), 1U);
  EXPECT_EQ(metrics[0].name, "hlr");
  EXPECT_EQ(metrics[0].ok, 2U);
  EXPECT_EQ(metrics[0].technical, 1U);
  EXPECT_EQ(metrics[0].functional, 1U);
  EXPECT_EQ(metrics[0].running, 2U);
  EXPECT_EQ(metrics[0].waiting, 0U);
}

// The order of work orders that were given these priorities.
std::vector<CartridgeCall> WithPriorities(const std::shared_ptr<const records::Cartridge>& target,
                                          const std::vector<std::int64_t>& priorities) {
  auto calls = Calls(target, 0, static_cast<std::uint32_t>(priorities.size()));
  for (std::size_t i = 0; i < calls.size(); ++i) calls[i].priority = priorities[i];
  return calls;
}

TEST_F(DispatcherTest, WhatWaitsGoesByPriority) {
  dispatcher_.Dispatch(WithPriorities(Target("hlr", 1), {9, 4, 0, 4, -1}));
  EXPECT_THAT(simulated_.started, ElementsAre(4)) << "those that come together too";
  dispatcher_.OnAnswers(Answers({4}));
  dispatcher_.OnAnswers(Answers({2}));
  dispatcher_.OnAnswers(Answers({1}));
  dispatcher_.OnAnswers(Answers({3}));
  EXPECT_THAT(simulated_.started, ElementsAre(4, 2, 1, 3, 0));
}

TEST_F(DispatcherTest, WithdrawnCallsAreForgottenWhileTheyWait) {
  dispatcher_.Dispatch(WithPriorities(Target("hlr", 1), {4, 4, 1, 4, 1}));
  EXPECT_THAT(simulated_.started, ElementsAre(2));
  dispatcher_.Withdraw({Ticket(2), Ticket(4), Ticket(1), Ticket(77)});
  EXPECT_EQ(dispatcher_.running(), 1U) << "what is under way is not called back";
  EXPECT_EQ(dispatcher_.Metrics()[0].waiting, 2U);
  dispatcher_.OnAnswers(Answers({2}));
  dispatcher_.OnAnswers(Answers({0}));
  EXPECT_THAT(simulated_.started, ElementsAre(2, 0, 3));
  // Forgotten whole: the same ticket may come again.
  dispatcher_.Dispatch(Calls(Target("hlr", 9), 4, 5));
  EXPECT_THAT(simulated_.started, ElementsAre(2, 0, 3, 4));
}

std::shared_ptr<const records::Cartridge> Limited(std::uint32_t per_second, std::uint32_t burst) {
  auto cartridge = std::make_shared<records::Cartridge>(*Target("hlr", 0));
  cartridge->set_calls_per_second(per_second);
  cartridge->set_burst(burst);
  return cartridge;
}

TEST_F(DispatcherTest, CallsThatAreGivenBackAreAnsweredAndNotMade) {
  dispatcher_.Dispatch(Calls(Target("hlr", 1), 0, 3));
  EXPECT_THAT(simulated_.started, ElementsAre(0));
  dispatcher_.GiveBack({Ticket(0), Ticket(1), Ticket(77)});
  EXPECT_EQ(forwarded_, 1U) << "what is under way is awaited";
  EXPECT_EQ(last_.ticket, Ticket(1));
  EXPECT_EQ(last_.outcome, Outcome::kDelayed);
  EXPECT_EQ(last_.detail, kNeverSentDetail);
  dispatcher_.OnAnswers(Answers({0}));
  EXPECT_THAT(simulated_.started, ElementsAre(0, 2));
}

TEST_F(DispatcherTest, ARateLetsCallsGoAsTimePasses) {
  dispatcher_.Dispatch(Calls(Limited(4, 2), 0, 5));
  EXPECT_THAT(simulated_.started, ElementsAre(0, 1));
  EXPECT_EQ(PassToWake(), 250 * kMillisecond);
  EXPECT_THAT(simulated_.started, ElementsAre(0, 1, 2));
  dispatcher_.OnAnswers(Answers({0, 1, 2}));  // answers bring no further ones
  EXPECT_THAT(simulated_.started, ElementsAre(0, 1, 2));
  EXPECT_EQ(PassToWake(), 250 * kMillisecond);
  EXPECT_EQ(PassToWake(), 250 * kMillisecond);
  EXPECT_THAT(simulated_.started, ElementsAre(0, 1, 2, 3, 4));
  EXPECT_EQ(handle_.at, kNever) << "nothing waits any more";
}

TEST_F(DispatcherTest, ARateOfOneCartridgeDelaysNoOther) {
  dispatcher_.Dispatch(Calls(Limited(1, 1), 0, 3));
  dispatcher_.Dispatch(Calls(Target("crm", 0), 10, 12));
  EXPECT_THAT(simulated_.started, ElementsAre(0, 10, 11));
}

CartridgeAnswer LeaveAlone(std::uint32_t index, Nanos span) {
  return {.ticket = Ticket(index),
          .outcome = Outcome::kTechnical,
          .output = {},
          .detail = {},
          .retry_after = span};
}

TEST_F(DispatcherTest, ATargetThatAsksToBeLeftAloneIsProbedAfterwards) {
  dispatcher_.Dispatch(Calls(Target("hlr", 2), 0, 6));
  EXPECT_EQ(dispatcher_.HealthOf("hlr"), TargetHealth::kUp);
  dispatcher_.OnAnswers({LeaveAlone(0, 10 * kSecond)});
  dispatcher_.OnAnswers(Answers({1}));  // an ok from before
  EXPECT_THAT(simulated_.started, ElementsAre(0, 1));
  EXPECT_EQ(dispatcher_.HealthOf("hlr"), TargetHealth::kProbing);

  EXPECT_EQ(PassToWake(), 10 * kSecond);
  EXPECT_THAT(simulated_.started, ElementsAre(0, 1, 2)) << "one, to see";
  dispatcher_.OnAnswers({LeaveAlone(2, kSecond)});
  EXPECT_EQ(PassToWake(), kSecond);
  EXPECT_THAT(simulated_.started, ElementsAre(0, 1, 2, 3));
  dispatcher_.OnAnswers(Answers({3}, Outcome::kTechnical));
  EXPECT_THAT(simulated_.started, ElementsAre(0, 1, 2, 3, 4)) << "still one at a time";
  dispatcher_.Dispatch(Calls(Target("hlr", 2), 6, 8));
  dispatcher_.OnAnswers(Answers({4}));
  EXPECT_THAT(simulated_.started, ElementsAre(0, 1, 2, 3, 4, 5, 6));
  EXPECT_EQ(dispatcher_.HealthOf("hlr"), TargetHealth::kUp);
}

TEST_F(DispatcherTest, ALongerPauseIsNotCutShortAndTheLongestHasALimit) {
  dispatcher_.Dispatch(Calls(Target("hlr", 2), 0, 3));
  dispatcher_.OnAnswers({LeaveAlone(0, kMinute)});
  Pass(10 * kSecond);
  dispatcher_.OnAnswers({LeaveAlone(1, kSecond)});
  Pass(kSecond);
  EXPECT_THAT(simulated_.started, ElementsAre(0, 1));
  Pass(50 * kSecond);
  EXPECT_THAT(simulated_.started, ElementsAre(0, 1, 2));
  dispatcher_.OnAnswers({LeaveAlone(2, kNever)});
  EXPECT_EQ(last_.retry_after, kDay);
  dispatcher_.Dispatch(Calls(Target("hlr", 2), 3, 4));
  Pass(kDay);
  EXPECT_THAT(simulated_.started, ElementsAre(0, 1, 2, 3));
}

TEST_F(DispatcherTest, AClockThatIsSetBackLastsNoPauseLonger) {
  dispatcher_.Dispatch(Calls(Target("hlr", 1), 0, 2));
  dispatcher_.OnAnswers({LeaveAlone(0, kMinute)});
  Pass(-kHour);
  Pass(kMinute - 1);
  EXPECT_THAT(simulated_.started, ElementsAre(0));
  Pass(1);
  EXPECT_THAT(simulated_.started, ElementsAre(0, 1));
}

TEST_F(DispatcherTest, InMaintenanceNothingGoesOutAndAnswersCount) {
  dispatcher_.Dispatch(Calls(Target("hlr", 1), 0, 3));
  dispatcher_.Dispatch(Calls(Target("crm", 1), 10, 11));
  dispatcher_.SetMaintenance("hlr", true);
  EXPECT_EQ(forwarded_, 2U) << "what waited is answered";
  EXPECT_EQ(last_.ticket, Ticket(2));
  EXPECT_EQ(last_.outcome, Outcome::kTechnical);
  EXPECT_EQ(last_.detail, "the target is in maintenance");
  EXPECT_EQ(dispatcher_.HealthOf("hlr"), TargetHealth::kMaintenance);
  dispatcher_.Dispatch(Calls(Target("hlr", 1), 3, 4));
  EXPECT_EQ(forwarded_, 3U) << "what comes as well";
  EXPECT_THAT(simulated_.started, ElementsAre(0, 10));
  dispatcher_.OnAnswers(Answers({0}));
  EXPECT_EQ(forwarded_, 4U);
  EXPECT_EQ(last_.outcome, Outcome::kOk);
  EXPECT_EQ(dispatcher_.running(), 1U);

  dispatcher_.SetMaintenance("hlr", false);
  EXPECT_EQ(dispatcher_.HealthOf("hlr"), TargetHealth::kUp);
  dispatcher_.Dispatch(Calls(Target("hlr", 1), 4, 5));
  EXPECT_THAT(simulated_.started, ElementsAre(0, 10, 4));
}

TEST_F(DispatcherTest, MaintenanceHoldsForACartridgeThatWasNotSeenYet) {
  dispatcher_.SetMaintenance("hlr", true);
  EXPECT_EQ(dispatcher_.HealthOf("hlr"), TargetHealth::kMaintenance);
  dispatcher_.Dispatch(Calls(Target("hlr", 1), 0, 1));
  EXPECT_EQ(forwarded_, 1U);
  EXPECT_THAT(simulated_.started, ElementsAre());
}

TEST_F(DispatcherTest, ATestGoesPastMaintenanceAndItsAnswerOnlyToWhoAsked) {
  dispatcher_.SetMaintenance("hlr", true);
  CartridgeCall call;
  call.cartridge = Target("hlr", 1);
  std::vector<std::string> told;
  ASSERT_TRUE(dispatcher_.Test(
      call, [&](const CartridgeAnswer& answer) { told.push_back(answer.detail); }));
  ASSERT_THAT(simulated_.started, ElementsAre(1));
  const CartridgeAnswer answer{
      .ticket = {.work_order = {OrderId(), 1}, .run = 1, .attempt = 1, .epoch = 0},
      .output = {},
      .detail = "well"};
  dispatcher_.OnAnswers({answer});
  dispatcher_.OnAnswers({answer});
  EXPECT_THAT(told, ElementsAre("well"));
  EXPECT_EQ(forwarded_, 0U);
  EXPECT_EQ(dispatcher_.running(), 0U);
}

TEST_F(DispatcherTest, TestsHaveALimit) {
  CartridgeCall call;
  call.cartridge = Target("hlr", 1);
  for (std::size_t i = 0; i < kTestCallsMax; ++i) {
    EXPECT_TRUE(dispatcher_.Test(call, [](const CartridgeAnswer&) {}));
  }
  EXPECT_FALSE(dispatcher_.Test(call, [](const CartridgeAnswer&) {}));
}

}  // namespace
}  // namespace cairn
