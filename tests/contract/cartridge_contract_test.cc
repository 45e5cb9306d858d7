// What every cartridge must do, whatever it drives: run against each of them with a target that is
// real for it.
#include "adapters/cartridge_exec/exec_cartridge.h"
#include "adapters/cartridge_http/http_cartridge.h"
#include "adapters/cartridge_simulated/simulated_cartridge.h"
#include "adapters/executor_threads/system_clock.h"
#include "adapters/executor_threads/thread_executor.h"
#include "tests/contract/collecting_sink.h"
#include "tests/contract/http_peer.h"

#include <gtest/gtest.h>

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace cairn {
namespace {

// What the target is asked to do.
enum class Wish { kOk, kFunctional, kTechnical, kSilence, kUnknownOperation };

// A cartridge with its target and its definition.
class CartridgeBody {
 public:
  virtual ~CartridgeBody() = default;
  virtual Cartridge& cartridge() = 0;
  virtual std::string OperationFor(Wish wish) const = 0;
  virtual Outcome outcome_of_unknown_operation() const = 0;
  std::shared_ptr<const records::Cartridge> definition() const { return definition_; }

 protected:
  std::shared_ptr<records::Cartridge> definition_ = std::make_shared<records::Cartridge>();
};

class SimulatedBody final : public CartridgeBody {
 public:
  explicit SimulatedBody(AnswerSink& sink) : cartridge_(executor_, clock_, sink) {
    definition_->set_name("hlr");
    definition_->mutable_simulated()->set_latency_ns(kMillisecond);
    Add("ok", records::SCRIPTED_OK).set_output(Fields::FromJsonText(R"({"n":1.10})")->encoded());
    Add("functional", records::SCRIPTED_FUNCTIONAL);
    Add("technical", records::SCRIPTED_TECHNICAL);
    Add("silence", records::SCRIPTED_OK).set_latency_ns(kDay);
  }
  Cartridge& cartridge() override { return cartridge_; }
  std::string OperationFor(Wish wish) const override {
    const char* names[] = {"ok", "functional", "technical", "silence", "unknown"};
    return names[static_cast<std::size_t>(wish)];
  }
  Outcome outcome_of_unknown_operation() const override { return Outcome::kOk; }

 private:
  records::SimulatedOperation& Add(const std::string& name, records::ScriptedOutcome outcome) {
    auto* operation = definition_->mutable_simulated()->add_operations();
    operation->set_name(name);
    operation->add_outcomes(outcome);
    return *operation;
  }

  SystemClock clock_;
  ThreadExecutor executor_{clock_};
  SimulatedCartridge cartridge_;
};

class HttpBody final : public CartridgeBody {
 public:
  explicit HttpBody(AnswerSink& sink) : cartridge_(sink) {
    definition_->set_name("crm");
    definition_->mutable_http()->set_url(peer_.url());
    for (const char* path : {"/echo", "/status/422", "/status/503", "/silent"}) {
      auto* operation = definition_->mutable_http()->add_operations();
      operation->set_name(path);
      operation->set_path(path);
    }
  }
  Cartridge& cartridge() override { return cartridge_; }
  std::string OperationFor(Wish wish) const override {
    const char* names[] = {"/echo", "/status/422", "/status/503", "/silent", "unknown"};
    return names[static_cast<std::size_t>(wish)];
  }
  Outcome outcome_of_unknown_operation() const override { return Outcome::kFunctional; }

 private:
  HttpPeer peer_;
  HttpCartridge cartridge_;
};

class ExecBody final : public CartridgeBody {
 public:
  explicit ExecBody(AnswerSink& sink) : cartridge_(sink) {
    definition_->set_name("mail");
    definition_->mutable_exec()->set_workers(2);
    definition_->mutable_exec()->add_command("/usr/bin/python3");
    definition_->mutable_exec()->add_command(SOURCE_ROOT "/tests/contract/odd_worker.py");
  }
  Cartridge& cartridge() override { return cartridge_; }
  std::string OperationFor(Wish wish) const override {
    const char* names[] = {"request", "functional", "technical", "silent", "unknown"};
    return names[static_cast<std::size_t>(wish)];
  }
  // It is the worker that knows its operations; this one answers so.
  Outcome outcome_of_unknown_operation() const override { return Outcome::kFunctional; }

 private:
  ExecCartridge cartridge_;
};

struct BodyKind {
  std::string name;
  std::function<std::unique_ptr<CartridgeBody>(AnswerSink&)> make;
};

class CartridgeContract : public ::testing::TestWithParam<BodyKind> {
 protected:
  CartridgeCall MakeCall(Wish wish) {
    CartridgeCall call;
    call.ticket.work_order.order = OrderId(7);
    call.ticket.work_order.index = next_index_++;
    call.ticket.run = 1;
    call.ticket.attempt = 1;
    call.ticket.epoch = 5;
    call.cartridge = body_->definition();
    call.operation = body_->OperationFor(wish);
    call.idempotency_key = "wo-7-" + std::to_string(call.ticket.work_order.index);
    call.input = Fields::FromJsonText(R"({"a":"b"})").value();
    call.timeout = kMinute;
    return call;
  }
  void Call(CartridgeCall call) {
    std::vector<CartridgeCall> calls;
    calls.push_back(std::move(call));
    body_->cartridge().Call(std::move(calls));
  }
  void CallMany(Wish wish, std::size_t times) {
    std::vector<CartridgeCall> calls;
    for (std::size_t i = 0; i < times; ++i) calls.push_back(MakeCall(wish));
    body_->cartridge().Call(std::move(calls));
  }
  // The answer to one call while nothing else is under way.
  CartridgeAnswer AnswerTo(CartridgeCall call) {
    Call(std::move(call));
    std::vector<CartridgeAnswer> answers = sink_.Take(1);
    EXPECT_EQ(answers.size(), 1U);
    answers.resize(1);
    return std::move(answers[0]);
  }

  CollectingSink sink_;
  std::unique_ptr<CartridgeBody> body_ = GetParam().make(sink_);
  std::uint32_t next_index_ = 0;
};

TEST_P(CartridgeContract, OutcomesAreTheTargets) {
  const CartridgeAnswer ok = AnswerTo(MakeCall(Wish::kOk));
  EXPECT_EQ(ok.outcome, Outcome::kOk);
  EXPECT_FALSE(ok.output.empty());
  for (const auto& [wish, outcome] : {std::pair(Wish::kFunctional, Outcome::kFunctional),
                                      std::pair(Wish::kTechnical, Outcome::kTechnical)}) {
    const CartridgeAnswer error = AnswerTo(MakeCall(wish));
    EXPECT_EQ(error.outcome, outcome);
    EXPECT_NE(error.detail, "");
    EXPECT_TRUE(error.output.empty());
  }
}

TEST_P(CartridgeContract, TicketsComeBackAsTheyWere) {
  for (const Wish wish : {Wish::kOk, Wish::kFunctional, Wish::kTechnical}) {
    CartridgeCall call = MakeCall(wish);
    call.ticket = {{OrderId((std::uint64_t{1} << 63U) - 1), UINT32_MAX}, 1'000, 100, UINT64_MAX};
    const CallTicket ticket = call.ticket;
    EXPECT_EQ(AnswerTo(std::move(call)).ticket, ticket);
  }
}

TEST_P(CartridgeContract, EveryCallIsAnsweredOnce) {
  constexpr std::uint32_t kCalls = 1'000;
  constexpr std::size_t kUnderWayMax = 128;  // the runtime's limit, as it were
  const Wish wishes[] = {Wish::kOk, Wish::kFunctional, Wish::kOk, Wish::kTechnical};
  std::map<std::uint32_t, Outcome> outcomes;
  std::vector<CartridgeCall> calls;
  for (std::uint32_t called = 0; called < kCalls;) {
    for (std::size_t i = 0; i < kUnderWayMax && called < kCalls; ++i, ++called) {
      calls.push_back(MakeCall(wishes[called % 4]));
      if (called % 10 == 9) body_->cartridge().Call(std::exchange(calls, {}));
    }
    body_->cartridge().Call(std::exchange(calls, {}));
    for (const CartridgeAnswer& answer : sink_.Take(called - outcomes.size())) {
      EXPECT_TRUE(outcomes.emplace(answer.ticket.work_order.index, answer.outcome).second);
    }
  }
  ASSERT_EQ(outcomes.size(), kCalls);
  const Outcome expected[] = {Outcome::kOk, Outcome::kFunctional, Outcome::kOk,
                              Outcome::kTechnical};
  for (const auto& [index, outcome] : outcomes) EXPECT_EQ(outcome, expected[index % 4]) << index;
  body_->cartridge().Stop();
  EXPECT_EQ(sink_.count(), 0U);
}

TEST_P(CartridgeContract, SilenceIsATechnicalErrorAtTheTimeout) {
  CartridgeCall call = MakeCall(Wish::kSilence);
  call.timeout = 40 * kMillisecond;
  const CallTicket ticket = call.ticket;
  const CartridgeAnswer answer = AnswerTo(std::move(call));
  EXPECT_EQ(answer.ticket, ticket);
  EXPECT_EQ(answer.outcome, Outcome::kTechnical);
  EXPECT_EQ(answer.detail, "no answer within 40ms");
  EXPECT_TRUE(answer.output.empty());
}

TEST_P(CartridgeContract, EachCallHasItsOwnTimeout) {
  std::vector<CartridgeCall> calls;
  for (const Nanos timeout : {90, 30, 60}) {
    calls.push_back(MakeCall(Wish::kSilence));
    calls.back().timeout = timeout * kMillisecond;
  }
  calls.push_back(MakeCall(Wish::kSilence));  // a minute: not within this test
  body_->cartridge().Call(std::move(calls));
  std::map<std::uint32_t, std::string> details;
  for (const CartridgeAnswer& answer : sink_.Take(3)) {
    details[answer.ticket.work_order.index] = answer.detail;
  }
  const std::map<std::uint32_t, std::string> expected = {
      {0, "no answer within 90ms"}, {1, "no answer within 30ms"}, {2, "no answer within 60ms"}};
  EXPECT_EQ(details, expected);
}

TEST_P(CartridgeContract, SilentCallsDelayNoOthers) {
  CallMany(Wish::kSilence, 20);
  CallMany(Wish::kOk, 50);
  for (const CartridgeAnswer& answer : sink_.Take(50)) EXPECT_EQ(answer.outcome, Outcome::kOk);
}

TEST_P(CartridgeContract, AnUnknownOperationIsAnswered) {
  EXPECT_EQ(AnswerTo(MakeCall(Wish::kUnknownOperation)).outcome,
            body_->outcome_of_unknown_operation());
}

TEST_P(CartridgeContract, NoCallsAreNoAnswers) {
  body_->cartridge().Call({});
  EXPECT_EQ(AnswerTo(MakeCall(Wish::kOk)).outcome, Outcome::kOk);
}

TEST_P(CartridgeContract, AfterStopTheSinkIsCalledNoMore) {
  CallMany(Wish::kOk, 1);
  sink_.Take(1);
  CallMany(Wish::kSilence, 10);
  CallMany(Wish::kOk, 100);
  body_->cartridge().Stop();
  const std::size_t batches = sink_.batches();
  CallMany(Wish::kOk, 10);
  body_->cartridge().Stop();
  body_.reset();
  EXPECT_EQ(sink_.batches(), batches);
}

TEST_P(CartridgeContract, MayBeDestroyedWithCallsUnderWay) {
  CallMany(Wish::kSilence, 10);
  CallMany(Wish::kOk, 10);
  body_.reset();
  const std::size_t batches = sink_.batches();
  EXPECT_LE(sink_.count(), 10U);
  EXPECT_EQ(sink_.batches(), batches);
}

template <typename Body>
BodyKind Kind(const char* name) {
  return {name, [](AnswerSink& sink) { return std::make_unique<Body>(sink); }};
}

INSTANTIATE_TEST_SUITE_P(Bodies, CartridgeContract,
                         ::testing::Values(Kind<SimulatedBody>("simulated"), Kind<HttpBody>("http"),
                                           Kind<ExecBody>("exec")),
                         [](const auto& body) { return body.param.name; });

}  // namespace
}  // namespace cairn
