// The simulated cartridge on a clock and an executor that the test moves by hand.
#include "adapters/cartridge_simulated/simulated_cartridge.h"

#include "adapters/cartridge_simulated/outcome_script.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace cairn {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

// A clock, and an executor for one worker, that stand still until Advance().
class HandDrivenTime final : public Clock, public Executor {
 public:
  class Handle final : public WorkerHandle {
   public:
    explicit Handle(HandDrivenTime& time) : time_(time) {}
    ~Handle() override { time_.worker_ = nullptr; }
    void Wake() override { time_.wake_at_ = time_.now_; }
    void WakeAt(Nanos moment) override {
      ++time_.wake_requests_;
      time_.wake_at_ = std::min(time_.wake_at_, moment);
    }

   private:
    HandDrivenTime& time_;
  };

  Nanos Now() const override { return now_; }
  std::unique_ptr<WorkerHandle> Start(std::string, Worker& worker) override {
    worker_ = &worker;
    return std::make_unique<Handle>(*this);
  }
  void Advance(Nanos span) {
    const Nanos end = now_ + span;
    while (worker_ != nullptr && wake_at_ <= end) {
      now_ = std::max(now_, std::exchange(wake_at_, kNever));
      while (worker_ != nullptr && worker_->Step()) {
      }
    }
    now_ = end;
  }
  bool has_worker() const { return worker_ != nullptr; }
  int wake_requests() const { return wake_requests_; }

 private:
  Nanos now_ = 1'000 * kSecond;
  Nanos wake_at_ = kNever;
  int wake_requests_ = 0;
  Worker* worker_ = nullptr;
};

class RecordingSink final : public AnswerSink {
 public:
  void OnAnswers(std::vector<CartridgeAnswer> answers) override {
    batches.push_back(std::move(answers));
  }
  const CartridgeAnswer& only() const {
    EXPECT_EQ(batches.size(), 1U);
    EXPECT_EQ(batches.at(0).size(), 1U);
    return batches.at(0).at(0);
  }
  std::vector<std::vector<CartridgeAnswer>> batches;
};

class SimulatedCartridgeTest : public ::testing::Test {
 protected:
  SimulatedCartridgeTest() { definition_->set_name("hlr"), definition_->mutable_simulated(); }

  records::SimulatedOperation& Operation(const std::string& name) {
    auto* operation = definition_->mutable_simulated()->add_operations();
    operation->set_name(name);
    return *operation;
  }
  CartridgeCall MakeCall(const std::string& operation, std::uint32_t ordinal = 0,
                         const std::string& input = "{}") {
    CartridgeCall call;
    call.ticket.work_order.index = next_index_++;
    call.ticket.attempt = ordinal + 1;
    call.cartridge = definition_;
    call.operation = operation;
    call.ordinal = ordinal;
    call.input = Fields::FromJsonText(input).value();
    call.timeout = 30 * kSecond;
    return call;
  }
  void CallOne(CartridgeCall call) {
    std::vector<CartridgeCall> calls;
    calls.push_back(std::move(call));
    cartridge_.Call(std::move(calls));
  }
  Outcome OutcomeOf(CartridgeCall call) {
    sink_.batches.clear();
    CallOne(std::move(call));
    return sink_.only().outcome;
  }
  std::vector<std::uint32_t> Indexes(std::size_t batch) const {
    std::vector<std::uint32_t> indexes;
    for (const auto& answer : sink_.batches.at(batch)) {
      indexes.push_back(answer.ticket.work_order.index);
    }
    return indexes;
  }

  HandDrivenTime time_;
  RecordingSink sink_;
  std::shared_ptr<records::Cartridge> definition_ = std::make_shared<records::Cartridge>();
  SimulatedCartridge cartridge_{time_, time_, sink_};
  std::uint32_t next_index_ = 0;
};

TEST_F(SimulatedCartridgeTest, AnUnknownOperationIsOkWithoutOutput) {
  CallOne(MakeCall("whatever"));
  EXPECT_EQ(sink_.only().outcome, Outcome::kOk);
  EXPECT_TRUE(sink_.only().output.empty());
  EXPECT_TRUE(sink_.only().detail.empty());
}

TEST_F(SimulatedCartridgeTest, OutcomesFollowOneAnotherAndTheLastOneStays) {
  auto& operation = Operation("create");
  operation.add_outcomes(records::SCRIPTED_TECHNICAL);
  operation.add_outcomes(records::SCRIPTED_FUNCTIONAL);
  operation.add_outcomes(records::SCRIPTED_OK);
  EXPECT_EQ(OutcomeOf(MakeCall("create", 0)), Outcome::kTechnical);
  EXPECT_EQ(sink_.only().detail, "simulated technical error");
  EXPECT_EQ(OutcomeOf(MakeCall("create", 1)), Outcome::kFunctional);
  EXPECT_EQ(sink_.only().detail, "simulated functional error");
  EXPECT_EQ(OutcomeOf(MakeCall("create", 2)), Outcome::kOk);
  EXPECT_EQ(OutcomeOf(MakeCall("create", 900)), Outcome::kOk);
}

TEST_F(SimulatedCartridgeTest, OnlyOkCarriesTheOutput) {
  const Fields output = Fields::FromJsonText(R"({"imsi":"234","price":1.10})").value();
  auto& operation = Operation("create");
  operation.set_output(output.encoded());
  operation.add_outcomes(records::SCRIPTED_TECHNICAL);
  operation.add_outcomes(records::SCRIPTED_OK);
  OutcomeOf(MakeCall("create", 0));
  EXPECT_TRUE(sink_.only().output.empty());
  OutcomeOf(MakeCall("create", 1));
  EXPECT_EQ(sink_.only().output, output);
}

TEST_F(SimulatedCartridgeTest, OperationsAreToldApart) {
  Operation("create").add_outcomes(records::SCRIPTED_TECHNICAL);
  Operation("delete").add_outcomes(records::SCRIPTED_FUNCTIONAL);
  for (int round = 0; round < 2; ++round) {
    EXPECT_EQ(OutcomeOf(MakeCall("create")), Outcome::kTechnical);
    EXPECT_EQ(OutcomeOf(MakeCall("delete")), Outcome::kFunctional);
    EXPECT_EQ(OutcomeOf(MakeCall("modify")), Outcome::kOk);
  }
}

TEST_F(SimulatedCartridgeTest, TheInputMayOverrideTheOutcomes) {
  Operation("create").add_outcomes(records::SCRIPTED_OK);
  EXPECT_EQ(OutcomeOf(MakeCall("create", 5, R"({"simulate":"technical"})")), Outcome::kTechnical);
  const std::string list = R"({"simulate":["functional","technical","ok"]})";
  EXPECT_EQ(OutcomeOf(MakeCall("create", 0, list)), Outcome::kFunctional);
  EXPECT_EQ(OutcomeOf(MakeCall("create", 1, list)), Outcome::kTechnical);
  EXPECT_EQ(OutcomeOf(MakeCall("create", 2, list)), Outcome::kOk);
  EXPECT_EQ(OutcomeOf(MakeCall("create", 3, list)), Outcome::kOk);
  EXPECT_EQ(OutcomeOf(MakeCall("other", 0, list)), Outcome::kFunctional);
}

TEST_F(SimulatedCartridgeTest, AWrongOverrideIsAFunctionalErrorThatNamesTheField) {
  for (const char* input :
       {R"({"simulate":"great"})", R"({"simulate":["ok","great"]})", R"({"simulate":[]})",
        R"({"simulate":7})", R"({"simulate":[7]})", R"({"simulate":["delayed","later"]})"}) {
    EXPECT_EQ(OutcomeOf(MakeCall("create", 0, input)), Outcome::kFunctional) << input;
    EXPECT_THAT(sink_.only().detail, HasSubstr("'simulate'")) << input;
  }
}

TEST_F(SimulatedCartridgeTest, CallsWithoutLatencyAreAnsweredInOneBatch) {
  std::vector<CartridgeCall> calls;
  for (int i = 0; i < 100; ++i) {
    calls.push_back(MakeCall("create"));
  }
  cartridge_.Call(std::move(calls));
  ASSERT_EQ(sink_.batches.size(), 1U);
  EXPECT_EQ(sink_.batches[0].size(), 100U);
  for (std::uint32_t i = 0; i < 100; ++i) {
    EXPECT_EQ(sink_.batches[0][i].ticket.work_order.index, i);
  }
  EXPECT_EQ(time_.wake_requests(), 0);
}

TEST_F(SimulatedCartridgeTest, LatencyIsKeptAndWhatIsDueComesTogether) {
  definition_->mutable_simulated()->set_latency_ns(5 * kMillisecond);
  Operation("slow").set_latency_ns(8 * kMillisecond);
  std::vector<CartridgeCall> calls;
  calls.push_back(MakeCall("slow"));   // 0
  calls.push_back(MakeCall("quick"));  // 1
  calls.push_back(MakeCall("quick"));  // 2
  cartridge_.Call(std::move(calls));
  time_.Advance(3 * kMillisecond);
  CallOne(MakeCall("quick"));  // 3, due together with 0
  EXPECT_TRUE(sink_.batches.empty());
  time_.Advance(2 * kMillisecond - 1);
  EXPECT_TRUE(sink_.batches.empty());
  time_.Advance(1);
  ASSERT_EQ(sink_.batches.size(), 1U);
  EXPECT_THAT(Indexes(0), ElementsAre(1, 2));
  time_.Advance(3 * kMillisecond);
  ASSERT_EQ(sink_.batches.size(), 2U);
  EXPECT_THAT(Indexes(1), ElementsAre(0, 3));
}

TEST_F(SimulatedCartridgeTest, AnEarlierDeadlineMovesTheWakeForward) {
  Operation("slow").set_latency_ns(kSecond);
  Operation("quick").set_latency_ns(kMillisecond);
  CallOne(MakeCall("slow"));
  CallOne(MakeCall("quick"));
  time_.Advance(kMillisecond);
  ASSERT_EQ(sink_.batches.size(), 1U);
  EXPECT_THAT(Indexes(0), ElementsAre(1));
  time_.Advance(kSecond);
  ASSERT_EQ(sink_.batches.size(), 2U);
}

TEST_F(SimulatedCartridgeTest, ALatencyBeyondTheTimeoutIsATechnicalErrorAtTheTimeout) {
  auto& operation = Operation("create");
  operation.set_latency_ns(kMinute);
  operation.set_output(Fields::FromJsonText(R"({"a":1})").value().encoded());
  CallOne(MakeCall("create"));
  time_.Advance(30 * kSecond - 1);
  EXPECT_TRUE(sink_.batches.empty());
  time_.Advance(1);
  EXPECT_EQ(sink_.only().outcome, Outcome::kTechnical);
  EXPECT_EQ(sink_.only().detail, "no answer within 30s");
  EXPECT_TRUE(sink_.only().output.empty());
  time_.Advance(kHour);
  EXPECT_EQ(sink_.batches.size(), 1U);
}

TEST_F(SimulatedCartridgeTest, StopGivesUpWhatWaits) {
  definition_->mutable_simulated()->set_latency_ns(kMillisecond);
  CallOne(MakeCall("create"));
  cartridge_.Stop();
  EXPECT_FALSE(time_.has_worker());
  CallOne(MakeCall("create"));
  time_.Advance(kHour);
  EXPECT_TRUE(sink_.batches.empty());
}

TEST_F(SimulatedCartridgeTest, ADelayedCallIsAnsweredLater) {
  auto& operation = Operation("port");
  operation.add_outcomes(records::SCRIPTED_DELAYED);
  operation.set_answer_after_ns(2 * kSecond);
  operation.set_output(Fields::FromJsonText(R"({"port":7})").value().encoded());
  const CartridgeCall call = MakeCall("port");
  CallOne(call);
  EXPECT_EQ(sink_.only().outcome, Outcome::kDelayed);
  EXPECT_TRUE(sink_.only().output.empty());
  time_.Advance(2 * kSecond - 1);
  EXPECT_EQ(sink_.batches.size(), 1U);
  time_.Advance(1);
  ASSERT_EQ(sink_.batches.size(), 2U);
  EXPECT_EQ(sink_.batches[1].at(0).ticket, call.ticket);
  EXPECT_EQ(sink_.batches[1].at(0).outcome, Outcome::kOk);
  EXPECT_EQ(sink_.batches[1].at(0).output.encoded(), operation.output());
}

TEST_F(SimulatedCartridgeTest, ADelayTakesItsLatencyFirst) {
  definition_->mutable_simulated()->set_latency_ns(kSecond);
  auto& operation = Operation("port");
  operation.add_outcomes(records::SCRIPTED_DELAYED);
  operation.set_answer_after_ns(kSecond);
  operation.set_answer(records::SCRIPTED_FUNCTIONAL);
  CallOne(MakeCall("port"));
  EXPECT_TRUE(sink_.batches.empty());
  time_.Advance(kSecond);
  EXPECT_EQ(sink_.only().outcome, Outcome::kDelayed);
  time_.Advance(kSecond);
  ASSERT_EQ(sink_.batches.size(), 2U);
  EXPECT_EQ(sink_.batches[1].at(0).outcome, Outcome::kFunctional);
  EXPECT_EQ(sink_.batches[1].at(0).detail, "simulated functional error");
}

TEST_F(SimulatedCartridgeTest, WithoutAMomentADelayedCallIsNeverAnswered) {
  Operation("port").add_outcomes(records::SCRIPTED_DELAYED);
  CallOne(MakeCall("port"));
  CallOne(MakeCall("other", 0, R"({"simulate":"delayed"})"));
  time_.Advance(1'000 * kDay);
  EXPECT_EQ(sink_.batches.size(), 2U);
  EXPECT_EQ(time_.wake_requests(), 0);
}

TEST_F(SimulatedCartridgeTest, WhatWaitedBeforeAStartIsAnsweredAtItsMoment) {
  auto& operation = Operation("port");
  operation.set_answer_after_ns(10 * kSecond);
  const CartridgeCall overdue = MakeCall("port");
  const CartridgeCall due = MakeCall("port");
  const CartridgeCall never = MakeCall("other");
  std::vector<Cartridge::Waiting> waiting;
  waiting.push_back({.call = due, .since = time_.Now() - 4 * kSecond});
  waiting.push_back({.call = overdue, .since = time_.Now() - kHour});
  waiting.push_back({.call = never, .since = time_.Now()});
  cartridge_.Resume(waiting);
  time_.Advance(0);
  EXPECT_EQ(sink_.only().ticket, overdue.ticket);
  EXPECT_EQ(sink_.only().outcome, Outcome::kOk);
  time_.Advance(6 * kSecond);
  ASSERT_EQ(sink_.batches.size(), 2U);
  EXPECT_EQ(sink_.batches[1].at(0).ticket, due.ticket);
  time_.Advance(kDay);
  EXPECT_EQ(sink_.batches.size(), 2U);
}

TEST_F(SimulatedCartridgeTest, EveryCartridgeCanBeReplaced) {
  SimulatedCartridge replacement(time_, time_, sink_, {.replace_all_with = 2 * kMillisecond});
  auto http = std::make_shared<records::Cartridge>();
  http->mutable_http()->set_url("http://127.0.0.1:1");
  Operation("create").add_outcomes(records::SCRIPTED_FUNCTIONAL);
  std::vector<CartridgeCall> calls;
  calls.push_back(MakeCall("create"));
  calls.push_back(MakeCall("create"));
  calls[1].cartridge = http;
  replacement.Call(std::move(calls));
  EXPECT_TRUE(sink_.batches.empty());
  time_.Advance(2 * kMillisecond);
  ASSERT_EQ(sink_.batches.size(), 1U);
  EXPECT_THAT(Indexes(0), ElementsAre(0, 1));
  for (const auto& answer : sink_.batches[0]) {
    EXPECT_EQ(answer.outcome, Outcome::kOk);
  }
}

}  // namespace
}  // namespace cairn
