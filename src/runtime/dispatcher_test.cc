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
            [this](const std::vector<CartridgeAnswer>& answers) { forwarded_ += answers.size(); }) {
    dispatcher_.SetCartridges({.simulated = &simulated_, .http = &http_, .exec = &exec_});
  }

  FakeCartridge simulated_;
  FakeCartridge http_;
  FakeCartridge exec_;
  std::size_t forwarded_ = 0;
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
    Dispatcher dispatcher([](const std::vector<CartridgeAnswer>&) {});
    dispatcher.SetCartridges({.simulated = &cartridge});
    std::atomic<bool> stopped = false;
    std::latch begun(1);
    std::thread others([&] {
      for (std::uint32_t i = 0; !stopped; ++i) {
        dispatcher.Dispatch(Calls(target, 10 * i, 10 * i + 10));
        if (i == round % 7) begun.count_down();
      }
      dispatcher.Dispatch(Calls(target, 0, 10));
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

}  // namespace
}  // namespace cairn
