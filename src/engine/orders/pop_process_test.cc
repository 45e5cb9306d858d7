// Processes: choices, assignments, hooks, ends, compensation, deadlines.
#include "engine/orders/fake_scripts_test.h"
#include "engine/orders/process_tree_test.h"
#include "engine/orders/work_order_input.h"

#include <gtest/gtest.h>

#include <functional>

namespace cairn::testing {
namespace {

using Names = std::vector<std::string>;

// One order for one product with the process; after every event it is compared with what its
// snapshot gives.
class ProcessRun {
 public:
  explicit ProcessRun(
      const Part& process, const std::string& parameters = "{}",
      const std::function<void(OrderRequest&)>& change = [](OrderRequest&) {}) {
    catalog_ = CheckedCatalog(CatalogWith(process), &scripts);
    OrderRequest request;
    ProductOrderRequest& wanted = request.product_orders.emplace_back();
    wanted.id = "p";
    wanted.product = "line";
    wanted.parameters = Fields::FromJsonText(parameters).value();
    request.dataset.Add("site", "\"LON\"");
    change(request);
    auto plan = MakePlan(request, *catalog_);
    EXPECT_TRUE(plan.has_value());
    run_ = std::make_unique<OrderRun>(catalog_, *plan);
    run_->scripts = &scripts;
    run_->after_event = [this](const OrderEvent&) {
      const auto copy =
          OrderFromSnapshot(OrderSnapshotBytes(order()), CatalogOf(order()), PartsOf(order()));
      ASSERT_TRUE(copy.has_value()) << copy.error().message;
      EXPECT_EQ(DumpWhole(**copy), DumpWhole(order()));
    };
    run_->Settle();
  }

  const Order& order() const { return run_->order(); }
  OrderRun& run() { return *run_; }
  std::uint32_t At(const std::string& name) const {
    for (std::uint32_t w = 0; w < order().work_orders.size(); ++w) {
      if (order().step(w).name() == name) return w;
    }
    ADD_FAILURE() << "no step " << name;
    return 0;
  }
  Names Sent() {
    Names names;
    for (const std::uint32_t w : run_->TakeSent()) names.push_back(order().step(w).name());
    return names;
  }
  // The attempt that is under way, or was last.
  bool Answer(const std::string& name, Outcome outcome, const std::string& output = "{}") {
    const WorkOrder& work_order = order().work_orders[At(name)];
    return run_->TakeAnswer({.work_order = At(name),
                             .run = work_order.run,
                             .attempt = work_order.attempt,
                             .outcome = outcome,
                             .output = Fields::FromJsonText(output).value().TakeEncoded(),
                             .detail = "said so"});
  }
  bool Ok(const std::string& name, const std::string& output = "{}") {
    return Answer(name, Outcome::kOk, output);
  }
  std::string StateOf(const std::string& name) const {
    return std::string(Name(order().work_orders[At(name)].state));
  }
  std::string State() const {
    return std::string(Name(order().state)) + " " +
           std::string(Name(order().technical_orders[0].state));
  }
  std::string Input(const std::string& name) const {
    return WorkOrderInput(order(), At(name)).ToJsonObject();
  }

  FakeScripts scripts;

 private:
  std::shared_ptr<const Catalog> catalog_;
  std::unique_ptr<OrderRun> run_;
};

TEST(PopProcess, ChoiceTakesTheFirstBranchThatFits) {
  const Part process = Sequence({Call("ask"),
                                 Choice({{"output.ask.kind == \"fibre\"", Call("fibre")},
                                         {"parameters.kind == \"copper\"", Call("copper")},
                                         {"", Nothing()}}),
                                 Call("last")});
  ProcessRun fibre(process, R"({"kind": "copper"})");
  EXPECT_EQ(fibre.Sent(), Names{"ask"});
  fibre.Ok("ask", R"({"kind": "fibre"})");
  EXPECT_EQ(fibre.Sent(), Names{"fibre"});
  EXPECT_EQ(fibre.StateOf("copper"), "NotExecuted");
  fibre.Ok("fibre");
  EXPECT_EQ(fibre.Sent(), Names{"last"});
  fibre.Ok("last");
  EXPECT_EQ(fibre.State(), "Completed Completed");

  ProcessRun copper(process, R"({"kind": "copper"})");
  copper.Ok("ask");
  EXPECT_EQ(copper.Sent(), (Names{"ask", "copper"}));

  ProcessRun neither(process);
  neither.Ok("ask");
  EXPECT_EQ(neither.Sent(), (Names{"ask", "last"}));
  EXPECT_EQ(neither.StateOf("fibre"), "NotExecuted");
  EXPECT_EQ(neither.StateOf("copper"), "NotExecuted");
  neither.Ok("last");
  EXPECT_EQ(neither.State(), "Completed Completed");
}

TEST(PopProcess, WhatIsWithinABranchNotTakenIsSkippedWhole) {
  const Part inner = Choice({{"parameters.b == true", Call("x")}, {"", Call("y")}});
  ProcessRun run(Sequence({Choice({{"parameters.a == true", Sequence({Call("before"), inner})},
                                   {"", Parallel({Call("l"), Call("r")})}}),
                           Call("last")}));
  EXPECT_EQ(run.Sent(), (Names{"l", "r"}));
  for (const char* name : {"before", "x", "y"}) EXPECT_EQ(run.StateOf(name), "NotExecuted");
  run.Ok("l");
  EXPECT_EQ(run.Sent(), Names());
  run.Ok("r");
  EXPECT_EQ(run.Sent(), Names{"last"});
}

TEST(PopProcess, AFailingScriptIsAFunctionalErrorWithItsPlace) {
  Part call = Call("a");
  call.step.mutable_on_entry()->set_source("fail no such subscriber");
  call.step.mutable_on_entry()->set_place("here");
  ProcessRun run(Sequence({Undone("first"), call, Call("never")}));
  run.Ok("first");
  EXPECT_EQ(run.Sent(), (Names{"first", "undo:first"}));
  EXPECT_EQ(run.StateOf("a"), "FunctionalError");
  EXPECT_EQ(run.order().Text(run.order().work_orders[run.At("a")].error),
            "here, line 1: no such subscriber");
  run.Ok("undo:first");
  EXPECT_EQ(run.State(), "Failed Failed");
  EXPECT_EQ(run.StateOf("first"), "RolledBack");
  EXPECT_EQ(run.StateOf("never"), "NotExecuted");
}

TEST(PopProcess, HooksAndAssignmentsSetWhatLaterStepsSee) {
  Part create = Call("create");
  SetField(*create.step.add_assign(), records::TECHNICAL_ORDER, "speed", "parameters.wanted");
  create.step.mutable_on_entry()->set_source("set technicalOrder doubled parameters.speed");
  auto* input = create.step.add_input();
  input->set_target("doubled");
  input->set_parameter("doubled");
  create.step.mutable_on_eval()->set_source("set order imsi answer.imsi");
  auto* result = create.step.add_results();
  result->set_scope(records::PRODUCT_ORDER);
  result->mutable_value()->set_target("place");
  result->mutable_value()->mutable_output()->set_field("at");
  Part use = Call("use");
  for (const char* name : {"imsi", "place", "site", "none"}) {
    auto* mapping = use.step.add_input();
    mapping->set_target(name);
    mapping->set_parameter(name);
  }
  ProcessRun run(Sequence({create, use}), R"({"wanted": 100, "imsi": "given"})");
  EXPECT_EQ(run.Sent(), Names{"create"});
  EXPECT_EQ(run.Input("create"), R"({"doubled":100})");
  run.Ok("create", R"({"imsi": "234", "at": "rack 7"})");
  EXPECT_EQ(run.Sent(), Names{"use"});
  // The product order's own goes before what was set for the order.
  EXPECT_EQ(run.Input("use"), R"({"imsi":"given","place":"rack 7","site":"LON"})");
  run.Ok("use");
  EXPECT_EQ(run.State(), "Completed Completed");
}

TEST(PopProcess, AssignmentsWithoutAScriptNeedNone) {
  Part set{.kind = Part::Kind::kSet};
  auto* assignment = set.step.add_assign();
  assignment->set_scope(records::ORDER);
  assignment->mutable_value()->set_target("copy");
  assignment->mutable_value()->set_parameter("site");
  Part use = Call("use");
  auto* mapping = use.step.add_input();
  mapping->set_target("copy");
  mapping->set_parameter("copy");
  ProcessRun run(Sequence({set, use}));
  EXPECT_EQ(run.Sent(), Names{"use"});
  EXPECT_EQ(run.Input("use"), R"({"copy":"LON"})");
  EXPECT_EQ(run.scripts.runs, 0);
}

TEST(PopProcess, OnEvalDecidesWhatAnAnswerIsWorth) {
  Part ask = Call("ask");
  ask.step.mutable_on_eval()->set_source("return \"technical\"");
  ProcessRun run(Sequence({Call("first"), ask}));
  run.Ok("first");
  run.Ok("ask");
  EXPECT_EQ(run.StateOf("ask"), "TechnicalError");
  EXPECT_EQ(run.State(), "Held Partial");
  ASSERT_TRUE(run.run().Resubmit().has_value());
  EXPECT_EQ(run.Sent(), (Names{"first", "ask", "ask"}));
}

TEST(PopProcess, CompensationGoesBackwards) {
  ProcessRun run(Sequence(
      {Undone("a"), Parallel({Undone("b"), Undone("c")}), Call("d"), Undone("e"), Call("f")}));
  run.Ok("a");
  run.Ok("c");
  run.Ok("b");
  run.Ok("d");
  EXPECT_EQ(run.Sent(), (Names{"a", "b", "c", "d", "e"}));
  run.Answer("e", Outcome::kFunctional);
  EXPECT_EQ(run.Sent(), Names{"undo:b"});
  EXPECT_EQ(run.State(), "Running Running");
  run.Ok("undo:b");
  EXPECT_EQ(run.Sent(), Names{"undo:c"});
  run.Answer("undo:c", Outcome::kFunctional);
  EXPECT_EQ(run.Sent(), Names{"undo:a"});
  run.Ok("undo:a");
  EXPECT_EQ(run.State(), "Failed Failed");
  EXPECT_EQ(run.StateOf("a"), "RolledBack");
  EXPECT_EQ(run.StateOf("b"), "RolledBack");
  EXPECT_EQ(run.StateOf("c"), "Completed");
  EXPECT_EQ(run.StateOf("d"), "Completed");
  EXPECT_EQ(run.StateOf("f"), "NotExecuted");
}

TEST(PopProcess, ACompensationThatCannotBeDoneNowIsGoneOnWithByAReplay) {
  ProcessRun run(Sequence({Undone("a"), Undone("b"), Call("c")}));
  run.Ok("a");
  run.Ok("b");
  run.Answer("c", Outcome::kFunctional);
  EXPECT_EQ(run.Sent(), (Names{"a", "b", "c", "undo:b"}));
  run.Answer("undo:b", Outcome::kTechnical);
  EXPECT_EQ(run.State(), "Held Partial");
  ASSERT_TRUE(run.run().Resubmit().has_value());
  EXPECT_EQ(run.Sent(), Names{"undo:b"});
  run.Ok("undo:b");
  EXPECT_EQ(run.Sent(), Names{"undo:a"});
  run.Ok("undo:a");
  EXPECT_EQ(run.State(), "Failed Failed");
}

TEST(PopProcess, ATechnicalErrorIsReplayedAndNotUndone) {
  ProcessRun run(Sequence({Undone("a"), Call("b")}));
  run.Ok("a");
  run.Answer("b", Outcome::kTechnical);
  EXPECT_EQ(run.State(), "Held Partial");
  EXPECT_EQ(run.Sent(), (Names{"a", "b"}));
  ASSERT_TRUE(run.run().Resubmit().has_value());
  EXPECT_EQ(run.Sent(), Names{"b"});
  run.Ok("b");
  EXPECT_EQ(run.State(), "Completed Completed");
  EXPECT_EQ(run.StateOf("undo:a"), "NotExecuted");
}

TEST(PopProcess, AnEndDecidesWhatTheProcessCameTo) {
  const auto process = [](records::ProcessEnd end) {
    return Sequence({Undone("a"), Parallel({Sequence({Call("b"), Call("never")}), End(end)})});
  };
  ProcessRun pass(process(records::END_PASS));
  pass.Ok("a");
  EXPECT_EQ(pass.Sent(), Names{"a"});
  EXPECT_EQ(pass.StateOf("b"), "NotExecuted");
  EXPECT_EQ(pass.State(), "Completed Completed");

  ProcessRun fail(process(records::END_FAIL));
  fail.Ok("a");
  EXPECT_EQ(fail.Sent(), (Names{"a", "undo:a"}));
  fail.Ok("undo:a");
  EXPECT_EQ(fail.State(), "Failed Failed");

  ProcessRun retry(process(records::END_RETRY));
  retry.Ok("a");
  EXPECT_EQ(retry.State(), "Held Partial");
  EXPECT_EQ(retry.Sent(), Names{"a"});
}

TEST(PopProcess, AnEndAwaitsWhatIsOut) {
  ProcessRun run(Parallel({Call("long"), Sequence({Call("short"), End(records::END_PASS)})}));
  run.Ok("short");
  EXPECT_EQ(run.State(), "Running Running");
  run.Answer("long", Outcome::kTechnical);
  EXPECT_EQ(run.State(), "Completed Completed");
}

TEST(PopProcess, AfterARetryTheStepIsAskedAgain) {
  ProcessRun run(Sequence(
      {Call("create"), Call("ask"),
       Choice({{"output.ask.ready == true", Nothing()}, {"", End(records::END_RETRY, "ask")}}),
       Call("last")}));
  run.Ok("create");
  run.Ok("ask", R"({"ready": false})");
  EXPECT_EQ(run.Sent(), (Names{"create", "ask"}));
  EXPECT_EQ(run.State(), "Held Partial");
  EXPECT_EQ(run.StateOf("last"), "NotExecuted");
  ASSERT_TRUE(run.run().Resubmit().has_value());
  EXPECT_EQ(run.Sent(), Names{"ask"});
  run.Ok("ask", R"({"ready": true})");
  EXPECT_EQ(run.Sent(), Names{"last"});
  run.Ok("last");
  EXPECT_EQ(run.State(), "Completed Completed");
}

TEST(PopProcess, ADeadlineEndsTheWaitForAStepWithoutAFurtherAttempt) {
  Part slow = Call("slow");
  slow.step.set_deadline_ns(5 * kMinute);
  ProcessRun run(Sequence({slow, Call("next")}));
  run.run().Wait(5 * kMinute - 1);
  EXPECT_EQ(run.StateOf("slow"), "Sent");
  run.run().Wait(1);
  EXPECT_EQ(run.StateOf("slow"), "TechnicalError");
  EXPECT_EQ(run.State(), "Held Partial");
  // Counted from the first send of each run.
  ASSERT_TRUE(run.run().Resubmit().has_value());
  run.run().Wait(5 * kMinute - 1);
  EXPECT_EQ(run.StateOf("slow"), "Sent");
  EXPECT_TRUE(run.Ok("slow"));
  EXPECT_EQ(run.Sent(), (Names{"slow", "slow", "next"}));
}

TEST(PopProcess, ALateAnswerOfWhatWasUndoneChangesNothing) {
  ProcessRun run(Sequence({Undone("a"), Call("b")}));
  run.Ok("a");
  run.Answer("b", Outcome::kFunctional);
  run.Answer("undo:a", Outcome::kTechnical);
  EXPECT_EQ(run.State(), "Held Partial");
  EXPECT_FALSE(run.Ok("a"));
  EXPECT_TRUE(run.Ok("undo:a"));  // it was done after all
  EXPECT_EQ(run.StateOf("a"), "RolledBack");
}

TEST(PopProcess, AbortUndoesNothing) {
  ProcessRun run(Sequence({Undone("a"), Call("b"), Call("c")}));
  run.Ok("a");
  ASSERT_TRUE(run.run().Cancel(CancelVerb::kAbort).has_value());
  run.Answer("b", Outcome::kFunctional);
  EXPECT_EQ(run.Sent(), (Names{"a", "b"}));
  EXPECT_EQ(std::string(Name(run.order().state)), "Cancelled");
}

TEST(PopProcess, AbortDropsScriptsThatAreWaitedFor) {
  ProcessRun run(
      Sequence({Call("a"), Choice({{"parameters.x == 1", Call("b")}, {"", Call("c")}})}));
  run.run().scripts = nullptr;
  run.Ok("a");
  ASSERT_EQ(run.order().evaluations.size(), 1U);
  const EvaluationTask task = MakeEvaluation(run.order(), run.order().evaluations[0]);
  ASSERT_TRUE(run.run().Cancel(CancelVerb::kAbort).has_value());
  EXPECT_EQ(std::string(Name(run.order().state)), "Cancelled");
  EXPECT_FALSE(DecideEvaluated(run.order(), task.number, Evaluate(task, &run.scripts)));
}

TEST(PopProcess, APointOfNoReturnThatWasSentRefusesToCancel) {
  Part final_step = Call("b");
  final_step.step.set_point_of_no_return(true);
  ProcessRun run(Sequence({Call("a"), final_step}));
  run.Ok("a");
  const Status refused = run.run().Cancel(CancelVerb::kCancel);
  ASSERT_FALSE(refused.has_value());
  EXPECT_EQ(refused.error().code, ErrorCode::kConflict);
}

}  // namespace
}  // namespace cairn::testing
