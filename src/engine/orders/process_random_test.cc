// Random processes with random answers, against rules that are read off the process as it is
// written: what may be sent when, which branches are taken, what is undone and in which order.
#include "base/random.h"
#include "engine/orders/fake_scripts_test.h"
#include "engine/orders/process_tree_test.h"

#include <gtest/gtest.h>

#include <map>
#include <set>

namespace cairn::testing {
namespace {

struct Totals {
  int completed = 0;
  int failed = 0;
  int held = 0;
  int undone = 0;
  int skipped = 0;
  int ended = 0;
  int evaluated = 0;
};

class TreeMaker {
 public:
  explicit TreeMaker(Random& random) : random_(random) {}

  Part Make(int depth) {
    const auto draw = depth == 0 ? 0 : random_.Below(10);
    if (draw < 4) return MakeCall();
    if (draw < 6) return Sequence(Parts(depth));
    if (draw < 8) return Parallel(Parts(depth));
    if (draw < 9 && random_.Chance(1, 4)) return MakeEnd();
    return MakeChoice(depth);
  }

  int guards() const { return guards_; }

 private:
  std::vector<Part> Parts(int depth) {
    std::vector<Part> parts;
    for (std::int64_t i = random_.Between(1, 3); i > 0; --i) parts.push_back(Make(depth - 1));
    return parts;
  }

  Part MakeCall() {
    Part call = Call(fmt::format("c{}", calls_++));
    call.undo = random_.Chance(1, 2);
    if (random_.Chance(1, 6)) {
      call.step.mutable_on_entry()->set_source("set technicalOrder seen parameters.g0");
    }
    if (random_.Chance(1, 6)) {
      call.step.mutable_on_eval()->set_source("set order last \"" + call.name + "\"");
    }
    if (random_.Chance(1, 4)) {
      auto* input = call.step.add_input();
      input->set_target("seen");
      input->set_parameter("seen");
    }
    return call;
  }

  Part MakeEnd() {
    constexpr records::ProcessEnd kEnds[] = {records::END_PASS, records::END_FAIL,
                                             records::END_RETRY};
    return End(kEnds[random_.Below(3)]);
  }

  Part MakeChoice(int depth) {
    std::vector<std::pair<std::string, Part>> branches;
    for (std::int64_t i = random_.Between(1, 2); i > 0; --i) {
      branches.emplace_back(fmt::format("parameters.g{} == true", guards_++), Make(depth - 1));
    }
    branches.emplace_back("", random_.Chance(1, 3) ? Nothing() : Make(depth - 1));
    return Choice(std::move(branches));
  }

  Random& random_;
  int calls_ = 0;
  int guards_ = 0;
};

// What the written process says of its calls: which of them are on the way that the guards lead,
// and what must have been done before each.
class Reading {
 public:
  Reading(const Part& root, const std::vector<bool>& guards) : guards_(guards) {
    Read(root, {}, true);
  }

  std::set<std::string> taken;                           // calls that are on the way
  std::set<std::string> skipped;                         // the others
  std::map<std::string, std::set<std::string>> earlier;  // by call: what it comes after
  bool has_end = false;                                  // on the way

 private:
  // Gives what has been done once the part has.
  std::set<std::string> Read(const Part& part, const std::set<std::string>& before, bool is_taken) {
    if (part.nothing) return before;
    switch (part.kind) {
      case Part::Kind::kCall: {
        (is_taken ? taken : skipped).insert(part.name);
        earlier[part.name] = before;
        std::set<std::string> done = before;
        if (is_taken) done.insert(part.name);
        return done;
      }
      case Part::Kind::kSequence: {
        std::set<std::string> done = before;
        for (const Part& inner : part.parts) done = Read(inner, done, is_taken);
        return done;
      }
      case Part::Kind::kParallel: {
        std::set<std::string> done = before;
        for (const Part& inner : part.parts) done.merge(Read(inner, before, is_taken));
        return done;
      }
      case Part::Kind::kChoice: {
        std::set<std::string> done;
        bool decided = false;
        for (std::size_t b = 0; b < part.parts.size(); ++b) {
          const bool holds = part.guards[b].empty() || Holds(part.guards[b]);
          const bool takes = !decided && holds;
          auto after = Read(part.parts[b], before, is_taken && takes);
          if (takes) done = std::move(after);
          decided = decided || takes;
        }
        return done;
      }
      case Part::Kind::kEnd: has_end = has_end || is_taken; return before;
      case Part::Kind::kSet: return before;
    }
    return before;
  }

  bool Holds(const std::string& guard) const {
    return guards_[std::stoul(guard.substr(std::string("parameters.g").size()))];
  }

  const std::vector<bool>& guards_;
};

// Watches what is sent and answered.
class Watcher {
 public:
  Watcher(const Order& order, const Reading& reading) : order_(order), reading_(reading) {}

  void OnSent(std::uint32_t w) {
    const std::string& name = order_.step(w).name();
    EXPECT_TRUE(out_.insert(name).second) << name << " is out already";
    if (name.starts_with("undo:")) return OnUndoSent(name.substr(5));
    EXPECT_TRUE(undone_order_.empty()) << name << " sent while the process is being undone";
    EXPECT_TRUE(reading_.taken.contains(name)) << name << " is of a branch not taken";
    EXPECT_EQ(std::count(completed_.begin(), completed_.end(), name), 0) << name << " done twice";
    for (const std::string& before : reading_.earlier.at(name)) {
      EXPECT_EQ(std::count(completed_.begin(), completed_.end(), before), 1)
          << name << " sent before " << before << " was done";
    }
  }

  void OnAnswer(const std::string& name, Outcome outcome) {
    out_.erase(name);
    if (outcome != Outcome::kOk) return;
    if (name.starts_with("undo:")) {
      undone_.insert(name.substr(5));
    } else if (!order_.step(At(name)).has_on_eval()) {
      completed_.push_back(name);
    }
  }
  void OnEvaluated(const records::StepEvaluated& event) {
    const auto phase = static_cast<EvaluationPhase>(event.phase());
    if (phase == EvaluationPhase::kEval)
      completed_.push_back(order_.step(event.work_order()).name());
  }

  std::uint32_t At(const std::string& name) const {
    std::uint32_t w = 0;
    while (order_.step(w).name() != name) ++w;
    return w;
  }
  bool IsDone(const std::string& name) const {
    return std::count(completed_.begin(), completed_.end(), name) > 0;
  }
  const std::set<std::string>& out() const { return out_; }
  const std::set<std::string>& undone() const { return undone_; }
  const std::vector<std::string>& undone_order() const { return undone_order_; }

 private:
  // Backwards, each once a run, and when nothing else is out.
  void OnUndoSent(const std::string& name) {
    EXPECT_EQ(out_.size(), 1U) << "undone while something is under way";
    EXPECT_FALSE(undone_.contains(name)) << name << " undone twice";
    const auto place = [&](const std::string& n) {
      return std::find(completed_.begin(), completed_.end(), n) - completed_.begin();
    };
    EXPECT_LT(place(name), static_cast<std::ptrdiff_t>(completed_.size())) << name << " not done";
    if (!undone_order_.empty() && undone_order_.back() != name) {
      EXPECT_LT(place(name), place(undone_order_.back())) << "not in reverse order";
    }
    undone_order_.push_back(name);
  }

  const Order& order_;
  const Reading& reading_;
  std::set<std::string> out_;
  std::vector<std::string> completed_;  // in the order in which they were
  std::set<std::string> undone_;
  std::vector<std::string> undone_order_;
};

void ExpectEnd(const Order& order, const Reading& reading, const Watcher& watcher, bool failed,
               Totals& totals) {
  const TechnicalOrder& technical = order.technical_orders[0];
  for (const std::string& name : reading.skipped) {
    EXPECT_EQ(order.work_orders[watcher.At(name)].sends, 0U) << name;
    ++totals.skipped;
  }
  if (technical.ended) ++totals.ended;
  EXPECT_EQ(technical.ended && !reading.has_end, false);
  if (order.state == OrderState::kCompleted) {
    ++totals.completed;
    EXPECT_TRUE(watcher.undone_order().empty());
    for (const std::string& name : reading.taken) {
      EXPECT_TRUE(technical.ended || watcher.IsDone(name)) << name;
    }
    return;
  }
  ASSERT_EQ(order.state, OrderState::kFailed);
  ++totals.failed;
  EXPECT_TRUE(failed || technical.ended);
  for (const std::string& name : reading.taken) {
    const std::uint32_t w = watcher.At(name);
    if (!order.step(w).has_compensation() || !watcher.IsDone(name)) continue;
    const WorkOrder& undo = order.work_orders[watcher.At("undo:" + name)];
    EXPECT_TRUE(undo.state == WorkOrderState::kCompleted ||
                undo.state == WorkOrderState::kFunctionalError)
        << name << " was not undone";
    const bool rolled_back = order.work_orders[w].state == WorkOrderState::kRolledBack;
    EXPECT_EQ(rolled_back, undo.state == WorkOrderState::kCompleted) << name;
    ++totals.undone;
  }
}

// True when it failed for good, and is no compensation.
bool AnswerOne(Random& random, OrderRun& run, Watcher& watcher, std::string who) {
  const std::uint64_t draw = random.Below(20);
  const Outcome outcome = draw < 17   ? Outcome::kOk
                          : draw < 19 ? Outcome::kTechnical
                                      : Outcome::kFunctional;
  watcher.OnAnswer(who, outcome);
  const WorkOrder& work_order = run.order().work_orders[watcher.At(who)];
  EXPECT_TRUE(run.TakeAnswer({.work_order = watcher.At(who),
                              .run = work_order.run,
                              .attempt = work_order.attempt,
                              .outcome = outcome,
                              .output = {},
                              .detail = {}}));
  return outcome == Outcome::kFunctional && !who.starts_with("undo:");
}

// Answers and evaluates in a random order until the order has ended. False when it was given up.
bool Drive(Random& random, FakeScripts& scripts, OrderRun& run, Watcher& watcher, Totals& totals,
           bool& failed) {
  int steps = 0;
  while (!IsFinal(run.order().state)) {
    EXPECT_LT(++steps, 3'000);
    if (::testing::Test::HasFailure()) return false;
    const Order& order = run.order();
    if (order.state == OrderState::kHeld) {
      ++totals.held;
      EXPECT_TRUE(watcher.out().empty());
      // An end with retry leads back to where it was decided, for ever.
      if (order.run >= 4) {
        EXPECT_TRUE(run.GiveUp().has_value());
        return false;
      }
      if (!run.Resubmit().has_value()) return false;
      continue;
    }
    const std::size_t scripts_waiting = order.evaluations.size();
    const std::size_t choice = random.Below(scripts_waiting + watcher.out().size());
    if (choice < scripts_waiting) {
      run.RunScript(choice, scripts);
      run.Settle();
      continue;
    }
    auto name = watcher.out().begin();
    std::advance(name, choice - scripts_waiting);
    failed = AnswerOne(random, run, watcher, *name) || failed;
  }
  return true;
}

void RunOne(std::uint64_t seed, Totals& totals) {
  SCOPED_TRACE(fmt::format("seed {}", seed));
  Random random(seed);
  TreeMaker maker(random);
  const Part root = Sequence({Call("start"), maker.Make(4), maker.Make(3)});
  std::vector<bool> guards;
  std::string parameters = "{\"g0\": true";
  for (int g = 0; g < maker.guards(); ++g) {
    guards.push_back(g == 0 || random.Chance(1, 2));
    if (g > 0) parameters += fmt::format(", \"g{}\": {}", g, guards.back() ? "true" : "false");
  }
  const Reading reading(root, guards);

  FakeScripts scripts;
  const auto catalog = CheckedCatalog(CatalogWith(root), &scripts);
  OrderRequest request;
  request.product_orders.emplace_back().id = "p";
  request.product_orders.back().product = "line";
  request.product_orders.back().parameters = Fields::FromJsonText(parameters + "}").value();
  const auto plan = MakePlan(request, *catalog);
  ASSERT_TRUE(plan.has_value());
  OrderRun run(catalog, *plan);
  Watcher watcher(run.order(), reading);
  run.before_event = [&](const OrderEvent& event) {
    if (const auto* sent = std::get_if<records::WorkOrdersSent>(&event)) {
      for (const std::uint32_t w : sent->work_orders()) watcher.OnSent(w);
    }
    if (const auto* evaluated = std::get_if<records::StepEvaluated>(&event)) {
      ++totals.evaluated;
      watcher.OnEvaluated(*evaluated);
    }
  };
  run.after_event = [&](const OrderEvent&) {
    if (!random.Chance(1, 8)) return;
    const auto copy = OrderFromSnapshot(OrderSnapshotBytes(run.order()), CatalogOf(run.order()),
                                        PartsOf(run.order()));
    ASSERT_TRUE(copy.has_value()) << copy.error().message;
    EXPECT_EQ(DumpWhole(**copy), DumpWhole(run.order()));
  };
  run.Settle();

  bool failed = false;
  if (Drive(random, scripts, run, watcher, totals, failed)) {
    ExpectEnd(run.order(), reading, watcher, failed, totals);
  }
}

TEST(ProcessRandom, RandomProcessesKeepTheRules) {
  Totals totals;
  for (std::uint64_t seed = 1; seed <= 3'000; ++seed) {
    RunOne(seed, totals);
    if (::testing::Test::HasFailure()) return;
  }
  EXPECT_GT(totals.completed, 500);
  EXPECT_GT(totals.failed, 300);
  EXPECT_GT(totals.held, 300);
  EXPECT_GT(totals.undone, 300);
  EXPECT_GT(totals.skipped, 500);
  EXPECT_GT(totals.ended, 100);
  EXPECT_GT(totals.evaluated, 2'000);
}

}  // namespace
}  // namespace cairn::testing
