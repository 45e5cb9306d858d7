// The exec cartridge with real worker processes, most of them odd (tests/contract/odd_worker.py).
#include "adapters/cartridge_exec/exec_cartridge.h"

#include "base/check.h"
#include "tests/contract/collecting_sink.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

namespace cairn {
namespace {

using ::testing::AllOf;
using ::testing::Contains;
using ::testing::HasSubstr;
using ::testing::StartsWith;

std::shared_ptr<records::Cartridge> Definition(const std::string& name,
                                               const std::vector<std::string>& command) {
  auto definition = std::make_shared<records::Cartridge>();
  definition->set_name(name);
  definition->mutable_exec();
  for (const std::string& word : command) definition->mutable_exec()->add_command(word);
  return definition;
}

std::shared_ptr<records::Cartridge> OddWorker(const std::string& name = "odd") {
  return Definition(name, {"/usr/bin/python3", SOURCE_ROOT "/tests/contract/odd_worker.py"});
}

class ExecCartridgeTest : public ::testing::Test {
 protected:
  CartridgeCall MakeCall(const std::string& operation, const std::string& input = "{}") {
    CartridgeCall call;
    call.ticket.work_order.index = next_index_++;
    call.ticket.run = 2;
    call.ticket.attempt = 3;
    call.cartridge = definition_;
    call.operation = operation;
    call.idempotency_key = "wo-7-2";
    call.input = Fields::FromJsonText(input).value();
    call.timeout = kMinute;
    return call;
  }
  void Call(CartridgeCall call) {
    std::vector<CartridgeCall> calls;
    calls.push_back(std::move(call));
    cartridge_.Call(std::move(calls));
  }
  void Call(const std::string& operation, std::size_t times) {
    std::vector<CartridgeCall> calls;
    for (std::size_t i = 0; i < times; ++i) calls.push_back(MakeCall(operation));
    cartridge_.Call(std::move(calls));
  }
  CartridgeAnswer AnswerTo(CartridgeCall call) {
    const CallTicket ticket = call.ticket;
    Call(std::move(call));
    std::vector<CartridgeAnswer> answers = sink_.Take(1);
    CHECK(answers.size() == 1);
    EXPECT_EQ(answers[0].ticket, ticket);
    return std::move(answers[0]);
  }
  CartridgeAnswer AnswerTo(const std::string& operation, const std::string& input = "{}") {
    return AnswerTo(MakeCall(operation, input));
  }
  std::int64_t Number(const CartridgeAnswer& answer, const char* field) {
    const auto json = answer.output.Find(field);
    CHECK(json.has_value());
    return ParseJson(*json).value().int_value().value();
  }
  std::vector<std::string> log() {
    const std::lock_guard lock(log_mutex_);
    return log_;
  }

  CollectingSink sink_;
  std::mutex log_mutex_;
  std::vector<std::string> log_;
  std::shared_ptr<records::Cartridge> definition_ = OddWorker();
  std::uint32_t next_index_ = 0;
  ExecCartridge cartridge_{sink_, {.log = [this](std::string_view line) {
                             const std::lock_guard lock(log_mutex_);
                             log_.emplace_back(line);
                           }}};
};

TEST_F(ExecCartridgeTest, TheWorkerSeesTheWholeRequest) {
  const CartridgeAnswer answer = AnswerTo("request", R"({"to":"a\"b\n","n":12})");
  EXPECT_EQ(answer.outcome, Outcome::kOk);
  const auto text = [&](const char* field) {
    return std::string(answer.output.Find(field).value());
  };
  EXPECT_EQ(text("operation"), "\"request\"");
  EXPECT_EQ(text("idempotencyKey"), "\"wo-7-2\"");
  EXPECT_EQ(text("attempt"), "3");
  EXPECT_EQ(text("run"), "2");
  EXPECT_EQ(text("input"), R"({"to":"a\"b\n","n":12})");
}

TEST_F(ExecCartridgeTest, OutcomesComeAsTheWorkerSays) {
  EXPECT_EQ(AnswerTo("echo", R"({"a":1})").output.ToJsonObject(), R"({"a":1})");
  const CartridgeAnswer functional = AnswerTo("functional");
  EXPECT_EQ(functional.outcome, Outcome::kFunctional);
  EXPECT_EQ(functional.detail, "no such plan");
  EXPECT_EQ(AnswerTo("technical").outcome, Outcome::kTechnical);
  EXPECT_EQ(AnswerTo("number").output.ToJsonObject(), R"({"n":1.10})");
  EXPECT_EQ(cartridge_.counts().starts, 1U);
}

TEST_F(ExecCartridgeTest, AnswersMayComeInAnyOrderAndInPieces) {
  Call("collect", 10);
  Call("halves", 1);
  std::set<std::uint32_t> indexes;
  for (const CartridgeAnswer& answer : sink_.Take(11)) {
    EXPECT_EQ(answer.outcome, Outcome::kOk);
    EXPECT_TRUE(indexes.insert(answer.ticket.work_order.index).second);
  }
  EXPECT_EQ(indexes.size(), 11U);
}

TEST_F(ExecCartridgeTest, AWorkerThatDiesIsReplacedAndItsCallsAreTechnicalErrors) {
  Call("silent", 2);
  Call("die", 1);
  for (const CartridgeAnswer& answer : sink_.Take(3)) {
    EXPECT_EQ(answer.outcome, Outcome::kTechnical);
    EXPECT_EQ(answer.detail, "worker exited with status 3");
  }
  EXPECT_EQ(AnswerTo("echo").outcome, Outcome::kOk);
  EXPECT_THAT(AnswerTo("kill").detail, StartsWith("worker was killed by signal 9"));
  EXPECT_EQ(AnswerTo("echo").outcome, Outcome::kOk);
  EXPECT_EQ(cartridge_.counts().starts, 3U);
  EXPECT_THAT(log(), Contains("odd worker 1: worker exited with status 3"));
}

TEST_F(ExecCartridgeTest, WhatAWorkerSaidBeforeItsDeathCounts) {
  EXPECT_EQ(AnswerTo("answer and die").outcome, Outcome::kOk);
}

TEST_F(ExecCartridgeTest, GarbageIsLoggedAndCounted) {
  EXPECT_EQ(AnswerTo("garbage first").outcome, Outcome::kOk);
  EXPECT_EQ(AnswerTo("garbage first").outcome, Outcome::kOk);  // not three in a row
  EXPECT_EQ(cartridge_.counts().bad_lines, 4U);
  EXPECT_EQ(cartridge_.counts().starts, 1U);
  EXPECT_THAT(log(), Contains(AllOf(HasSubstr("no answer"), HasSubstr("garbage"))));
}

TEST_F(ExecCartridgeTest, ThreeGarbageLinesInARowRestartTheWorker) {
  Call("garbage", 3);
  for (const CartridgeAnswer& answer : sink_.Take(3)) {
    EXPECT_EQ(answer.outcome, Outcome::kTechnical);
    EXPECT_EQ(answer.detail, "worker was ended: it wrote 3 lines in a row that are no answers");
  }
  EXPECT_EQ(AnswerTo("echo").outcome, Outcome::kOk);
  EXPECT_EQ(cartridge_.counts().starts, 2U);
}

TEST_F(ExecCartridgeTest, AnInvalidAnswerEndsItsCallAtOnce) {
  const CartridgeAnswer answer = AnswerTo("bad outcome");
  EXPECT_EQ(answer.outcome, Outcome::kTechnical);
  EXPECT_THAT(answer.detail, HasSubstr("'outcome' must be ok, functional or technical"));
  EXPECT_EQ(AnswerTo("overlong").outcome, Outcome::kOk);
  EXPECT_EQ(AnswerTo("stranger").outcome, Outcome::kOk);
  EXPECT_EQ(cartridge_.counts().bad_lines, 3U);
}

TEST_F(ExecCartridgeTest, ATooLargeOutputIsLeftOut) {
  const CartridgeAnswer answer = AnswerTo("large");
  EXPECT_EQ(answer.outcome, Outcome::kOk);
  EXPECT_TRUE(answer.output.empty());
  EXPECT_THAT(answer.detail, HasSubstr("larger than 65536 bytes"));
}

TEST_F(ExecCartridgeTest, ARepeatedAnswerIsDroppedAndALateOnePassedOn) {
  EXPECT_EQ(AnswerTo("twice").outcome, Outcome::kOk);
  CartridgeCall call = MakeCall("hold");
  call.timeout = 20 * kMillisecond;
  const CartridgeAnswer late = AnswerTo(std::move(call));
  EXPECT_EQ(late.outcome, Outcome::kTechnical);
  EXPECT_EQ(late.detail, "no answer within 20ms");
  // The late answer comes once more, so that the work is not done again.
  const CartridgeCall release = MakeCall("release");
  Call(release);
  const std::vector<CartridgeAnswer> answers = sink_.Take(2);
  ASSERT_EQ(answers.size(), 2U);
  EXPECT_EQ(answers[0].ticket, late.ticket);
  EXPECT_EQ(answers[0].outcome, Outcome::kOk);
  EXPECT_EQ(answers[1].ticket, release.ticket);
  EXPECT_EQ(sink_.count(), 0U);
  EXPECT_EQ(cartridge_.counts().late_answers, 2U);
  EXPECT_EQ(cartridge_.counts().bad_lines, 0U);
}

TEST_F(ExecCartridgeTest, AWorkerWithoutOutputIsReplaced) {
  CartridgeCall call = MakeCall("close output");
  const CartridgeAnswer answer = AnswerTo(std::move(call));
  EXPECT_EQ(answer.outcome, Outcome::kTechnical);
  EXPECT_THAT(answer.detail, StartsWith("worker was killed by signal 15"));
  EXPECT_EQ(AnswerTo("echo").outcome, Outcome::kOk);
}

TEST_F(ExecCartridgeTest, AFullPipeHoldsUpNobodyElse) {
  const std::string text = R"({"text":")" + std::string(200'000, 'x') + "\"}";
  std::vector<CartridgeCall> calls;
  calls.push_back(MakeCall("stop reading"));
  for (int i = 0; i < 120; ++i) calls.push_back(MakeCall("echo", text));
  for (CartridgeCall& call : calls) call.timeout = 2 * kSecond;
  const std::size_t stuck = calls.size();
  cartridge_.Call(std::move(calls));

  CartridgeCall other = MakeCall("echo");
  other.cartridge = OddWorker("another");
  const CallTicket others_ticket = other.ticket;
  Call(std::move(other));

  std::map<std::string, int> details;
  for (const CartridgeAnswer& answer : sink_.Take(stuck + 1)) {
    if (answer.ticket == others_ticket) {
      EXPECT_EQ(answer.outcome, Outcome::kOk);
      continue;
    }
    EXPECT_EQ(answer.outcome, Outcome::kTechnical);
    ++details[answer.detail];
  }
  EXPECT_EQ(details.size(), 2U);
  EXPECT_GT(details["no answer within 2s"], 50);
  EXPECT_GT(details["the worker does not read: more than 16777216 bytes wait for it"], 5);
}

TEST_F(ExecCartridgeTest, CallsGoToTheWorkerWithTheFewest) {
  definition_->mutable_exec()->set_workers(3);
  Call("hold", 9);  // three for each
  std::set<std::int64_t> pids;
  for (int i = 0; i < 3; ++i) {
    pids.insert(Number(AnswerTo("pid"), "pid"));
    Call("hold", 1);
  }
  EXPECT_EQ(pids.size(), 3U);
  EXPECT_EQ(cartridge_.counts().starts, 3U);
}

TEST_F(ExecCartridgeTest, AWorkerThatHangsIsEndedAndReplaced) {
  definition_->mutable_exec()->set_workers(1);
  EXPECT_EQ(AnswerTo("echo").outcome, Outcome::kOk);
  const auto silent = [this] {
    CartridgeCall call = MakeCall("stop reading");
    call.timeout = 100 * kMillisecond;
    return call;
  };
  for (int i = 1; i < kUnansweredInARowMax; ++i) {
    EXPECT_EQ(AnswerTo(silent()).detail, "no answer within 100ms");
  }
  const CartridgeCall patient = MakeCall("echo");  // it has a minute, but stands behind the others
  Call(patient);
  Call(silent());
  // The last timeout ends the worker, and with it the call that it still has.
  const std::vector<CartridgeAnswer> answers = sink_.Take(2);
  ASSERT_EQ(answers.size(), 2U);
  EXPECT_EQ(answers[0].detail, "no answer within 100ms");
  EXPECT_EQ(answers[1].ticket, patient.ticket);
  EXPECT_EQ(answers[1].detail, "worker was ended: it let 3 calls in a row run out of time");
  EXPECT_EQ(AnswerTo("echo").outcome, Outcome::kOk);
  EXPECT_EQ(cartridge_.counts().starts, 2U);
}

TEST_F(ExecCartridgeTest, AWorkerThatIsOnlySlowIsLeftAlone) {
  for (int i = 0; i < 2 * kUnansweredInARowMax; ++i) {
    CartridgeCall call = MakeCall("hold");
    call.timeout = kMillisecond;
    EXPECT_EQ(AnswerTo(std::move(call)).detail, "no answer within 1ms");
    Call("release", 1);
    EXPECT_EQ(sink_.Take(2).size(), 2U);
  }
  EXPECT_EQ(cartridge_.counts().starts, 1U);
}

TEST_F(ExecCartridgeTest, AProgramThatCanNotBeStartedIsATechnicalErrorAtOnce) {
  definition_ = Definition("none", {"/no/such/program"});
  const CartridgeAnswer answer = AnswerTo("echo");
  EXPECT_EQ(answer.outcome, Outcome::kTechnical);
  EXPECT_EQ(answer.detail,
            "no worker runs: can not start '/no/such/program': No such file or directory");
  definition_ = Definition("none", {});
  EXPECT_EQ(AnswerTo("echo").outcome, Outcome::kFunctional);
}

TEST_F(ExecCartridgeTest, CallsWaitForARestartOnlyWhileThereIsHope) {
  definition_ = Definition("dies", {"/bin/sh", "-c", "exit 7"});
  // Whether a call reaches one of the short-lived processes or none, it is answered.
  std::string detail;
  for (int i = 0; i < 20 && !detail.starts_with("no worker runs"); ++i) {
    const CartridgeAnswer answer = AnswerTo("echo");
    EXPECT_EQ(answer.outcome, Outcome::kTechnical);
    detail = answer.detail;
    EXPECT_THAT(detail, HasSubstr("worker exited with status 7"));
  }
  EXPECT_EQ(detail, "no worker runs: worker exited with status 7");
}

TEST_F(ExecCartridgeTest, CartridgesAndDefinitionsHaveWorkersOfTheirOwn) {
  const std::int64_t first = Number(AnswerTo("pid"), "pid");
  definition_ = OddWorker();  // an equal one, as a further catalog brings it
  EXPECT_EQ(Number(AnswerTo("pid"), "pid"), first);
  definition_->mutable_exec()->add_command("other");
  EXPECT_NE(Number(AnswerTo("pid"), "pid"), first);
  definition_ = OddWorker("another name");
  EXPECT_NE(Number(AnswerTo("pid"), "pid"), first);
  EXPECT_EQ(cartridge_.counts().starts, 3U);
}

TEST_F(ExecCartridgeTest, TheErrorOutputGoesToTheLog) {
  AnswerTo("stderr");
  AnswerTo("flood");
  cartridge_.Stop();
  EXPECT_THAT(log(), Contains("odd worker 1: stderr: caf??  [31m ?"));
  EXPECT_THAT(log(), Contains("odd worker 1: stderr: flood 0"));
  EXPECT_LT(log().size(), 4'000U);
}

TEST_F(ExecCartridgeTest, AWorkerInheritsNoDescriptorAndNoBlockedSignal) {
  const int inherited = dup(0);  // without O_CLOEXEC, as a careless library would
  ASSERT_GE(inherited, 0);
  EXPECT_EQ(Number(AnswerTo("files"), "n"), 3);
  EXPECT_EQ(Number(AnswerTo("signals"), "blocked"), 0);
  close(inherited);
}

TEST_F(ExecCartridgeTest, StopGivesUpWhatIsUnderWayAndLeavesNoProcess) {
  definition_->mutable_exec()->set_workers(2);
  AnswerTo("echo");
  Call("silent", 5);
  cartridge_.Stop();
  Call("echo", 1);
  EXPECT_EQ(sink_.count(), 0U);
  EXPECT_EQ(waitpid(-1, nullptr, WNOHANG), -1);
  EXPECT_EQ(errno, ECHILD);
}

TEST_F(ExecCartridgeTest, StopEndsAWorkerThatDoesNotWantTo) {
  const CartridgeAnswer answer = AnswerTo("refuse to end");
  cartridge_.Stop();
  EXPECT_EQ(kill(static_cast<pid_t>(Number(answer, "pid")), 0), -1);
  EXPECT_EQ(errno, ESRCH);
}

// A node of its own, which starts a worker that does not end by itself, tells its process and is
// then killed.
[[noreturn]] void BeANodeThatIsKilled(int tell) {
  CollectingSink sink;
  ExecCartridge cartridge(sink);
  CartridgeCall call;
  call.cartridge = OddWorker();
  call.operation = "refuse to end";
  call.timeout = kMinute;
  std::vector<CartridgeCall> calls;
  calls.push_back(std::move(call));
  cartridge.Call(std::move(calls));
  const std::vector<CartridgeAnswer> answers = sink.Take(1);
  const std::string pid(answers.at(0).output.Find("pid").value());
  if (write(tell, pid.data(), pid.size()) < 0) _exit(1);
  kill(getpid(), SIGKILL);
  _exit(1);
}

TEST(ExecCartridgeDeathTest, AWorkerDiesWithAKilledNode) {
  // The orphan then becomes ours, so that its end can be seen.
  ASSERT_EQ(prctl(PR_SET_CHILD_SUBREAPER, 1), 0);
  int ends[2];
  ASSERT_EQ(pipe(ends), 0);
  const pid_t node = fork();
  ASSERT_GE(node, 0);
  if (node == 0) BeANodeThatIsKilled(ends[1]);
  close(ends[1]);
  char text[32] = {};
  ASSERT_GT(read(ends[0], text, sizeof text - 1), 0);
  close(ends[0]);
  int status = 0;
  ASSERT_EQ(waitpid(node, &status, 0), node);
  EXPECT_TRUE(WIFSIGNALED(status));
  const auto worker = static_cast<pid_t>(std::stoi(text));
  ASSERT_EQ(waitpid(worker, &status, 0), worker);
  EXPECT_TRUE(WIFSIGNALED(status));
  EXPECT_EQ(WTERMSIG(status), SIGKILL);
}

}  // namespace
}  // namespace cairn
