// Random orders with random outcomes over several runs, held against a model that knows nothing of
// the engine but what was sent and what was answered.
#include "engine/orders/random_order_test.h"

#include <gtest/gtest.h>

namespace cairn::testing {
namespace {

enum class Mark { kNothing, kOut, kOk, kTechnical, kFunctional };

struct Totals {
  int completed = 0;
  int failed = 0;
  int held = 0;
  int late = 0;
  int stopped = 0;
  int waited = 0;
  int silent = 0;
  int cancelled = 0;
  int aborted = 0;
};

class NaiveModel {
 public:
  NaiveModel(const OrderRequest& request, const Order& order, Totals& totals)
      : request_(request), order_(order), totals_(totals), marks_(order.work_orders.size()) {
    const auto policy = request.dataset.Find("pop::EXECUTION_POLICY");
    slicing_ = request.sequential || !policy || *policy != "\"Dependency Tree\"";
  }

  void OnSent(std::uint32_t w) {
    ASSERT_NE(marks_[w], Mark::kOk) << "sent again after it completed";
    ASSERT_NE(marks_[w], Mark::kOut) << "sent while it is under way";
    const std::uint32_t t = order_.work_orders[w].technical_order;
    EXPECT_FALSE(aborted_) << "sent after an abort";
    EXPECT_TRUE(!cancelled_ || Begun(t)) << "begun after a cancel";
    const auto& plan = *order_.technical_orders[t].plan;
    for (const std::uint32_t before : plan.predecessors()) EXPECT_TRUE(AllOk(before));
    for (const std::uint32_t step : order_.step(w).after()) {
      EXPECT_EQ(marks_[order_.technical_orders[t].first_work_order + step], Mark::kOk);
    }
    for (std::uint32_t other = 0; slicing_ && other < marks_.size(); ++other) {
      if (marks_[other] == Mark::kOut || order_.work_orders[other].retry_at != 0) {
        EXPECT_EQ(SliceOf(other), SliceOf(w)) << "a slice began before the one before it ended";
      }
    }
    if (request_.stop_all && !Begun(t)) ExpectNothingStopsIt(t);
    marks_[w] = Mark::kOut;
    begun_.insert(t);
  }

  // What counts by the rules of answers. Before it is given to the engine.
  bool Counts(const Answer& answer) const {
    const WorkOrder& w = order_.work_orders[answer.work_order];
    const Mark mark = marks_[answer.work_order];
    if (ended_ || answer.run != w.run || answer.run != run_ || mark == Mark::kOk) return false;
    if (said_no_.contains({answer.work_order, answer.run, answer.attempt})) return false;
    if (answer.outcome == Outcome::kDelayed) {
      return mark == Mark::kOut && answer.attempt == w.attempt &&
             !waiting_.contains(answer.work_order);
    }
    return answer.outcome == Outcome::kOk || (mark == Mark::kOut && answer.attempt == w.attempt);
  }

  void OnAnswer(const Answer& answer) {
    if (marks_[answer.work_order] != Mark::kOut) ++totals_.late;
    waiting_.erase(answer.work_order);
    switch (answer.outcome) {
      case Outcome::kOk: marks_[answer.work_order] = Mark::kOk; break;
      case Outcome::kTechnical: marks_[answer.work_order] = Mark::kTechnical; break;
      case Outcome::kFunctional:
        marks_[answer.work_order] = Mark::kFunctional;
        said_no_.insert({answer.work_order, answer.run, answer.attempt});
        break;
      case Outcome::kDelayed:
        ++totals_.waited;
        waiting_.insert(answer.work_order);
        if (aborted_) marks_[answer.work_order] = Mark::kNothing;
        break;
    }
  }

  void OnResubmitted() {
    ++run_;
    for (std::uint32_t t = 0; t < order_.technical_orders.size(); ++t) {
      if (!request_.skip_failed_wo) Forget(t, Mark::kFunctional);
      Forget(t, Mark::kTechnical);
    }
  }

  // Before it is asked of the engine.
  void OnCancel(CancelVerb verb) {
    cancelled_ = true;
    if (verb != CancelVerb::kAbort) return;
    aborted_ = true;
    for (const std::uint32_t w : waiting_) marks_[w] = Mark::kNothing;
    waiting_.clear();
  }

  // The order has come to rest outside of product order processing.
  void ExpectEnd() {
    bool technical = false;
    bool functional = false;
    bool all_ok = true;
    bool half_done = false;  // no error left, and steps to go: after a late success
    for (std::uint32_t t = 0; t < order_.technical_orders.size(); ++t) {
      all_ok = all_ok && AllOk(t);
      technical = technical || Any(t, Mark::kTechnical);
      functional = functional || Any(t, Mark::kFunctional);
      half_done = half_done || (Any(t, Mark::kOk) && !AllOk(t) && !Any(t, Mark::kTechnical) &&
                                !Any(t, Mark::kFunctional));
    }
    EXPECT_FALSE(AnyAtAll(Mark::kOut));
    EXPECT_EQ(order_.active, 0U);
    if (order_.state == OrderState::kHeld && left_) return;  // late answers move nothing
    if (cancelled_) {
      EXPECT_EQ(order_.state, OrderState::kCancelled);
      EXPECT_EQ(order_.port, left_ ? Port::kCancel : Port::kFail);
      for (std::uint32_t t = 0; t < order_.technical_orders.size(); ++t) {
        EXPECT_EQ(AllOk(t), order_.technical_orders[t].state == ProductOrderState::kCompleted);
      }
      ended_ = true;
      ++(aborted_ ? totals_.aborted : totals_.cancelled);
      return;
    }
    left_ = true;
    const bool replayable = technical || half_done;
    if (replayable && (request_.replayable_so_to_retry_port || !functional)) {
      EXPECT_EQ(order_.state, OrderState::kHeld);
      EXPECT_EQ(order_.port, Port::kRetry);
      ++totals_.held;
    } else if (!all_ok) {
      EXPECT_TRUE(functional) << "failed, and nothing failed for good";
      EXPECT_EQ(order_.state, OrderState::kFailed);
      EXPECT_EQ(order_.port, Port::kFail);
      ended_ = true;
      ++totals_.failed;
    } else {
      EXPECT_EQ(order_.state, OrderState::kCompleted);
      EXPECT_EQ(order_.port, Port::kNormal);
      ended_ = true;
      ++totals_.completed;
    }
    if (request_.stop_all && AnyAtAll(Mark::kNothing)) ++totals_.stopped;
    ExpectNothingLeftThatCouldRun();
  }

  void BeginRun() { left_ = false; }

 private:
  std::uint32_t SliceOf(std::uint32_t w) const {
    return order_.technical_orders[order_.work_orders[w].technical_order].plan->slice();
  }
  bool Any(std::uint32_t t, Mark mark) const {
    for (std::uint32_t w = order_.technical_orders[t].first_work_order;
         w < order_.work_order_end(t); ++w) {
      if (marks_[w] == mark) return true;
    }
    return false;
  }
  bool AnyAtAll(Mark mark) const {
    return std::find(marks_.begin(), marks_.end(), mark) != marks_.end();
  }
  bool AllOk(std::uint32_t t) const {
    for (std::uint32_t w = order_.technical_orders[t].first_work_order;
         w < order_.work_order_end(t); ++w) {
      if (marks_[w] != Mark::kOk) return false;
    }
    return true;
  }
  bool Begun(std::uint32_t t) const { return begun_.contains(t); }
  void Forget(std::uint32_t t, Mark mark) {
    // A functional error of a process is only sent again when the process as a whole has ended.
    for (std::uint32_t w = order_.technical_orders[t].first_work_order;
         w < order_.work_order_end(t); ++w) {
      if (marks_[w] == mark) marks_[w] = Mark::kNothing;
    }
  }

  // stopAll: no technical order is begun once another has ended without completing.
  void ExpectNothingStopsIt(std::uint32_t t) const {
    for (std::uint32_t other = 0; other < order_.technical_orders.size(); ++other) {
      const bool same_slice =
          order_.technical_orders[other].plan->slice() == order_.technical_orders[t].plan->slice();
      if (other == t || !Begun(other) || (slicing_ && same_slice)) continue;
      const bool busy = order_.technical_orders[other].active > 0;
      const bool failed = Any(other, Mark::kFunctional) || Any(other, Mark::kTechnical);
      EXPECT_FALSE(!busy && failed) << "begun after a failure, in spite of stopAll";
    }
  }

  void ExpectNothingLeftThatCouldRun() const {
    if (request_.stop_all || !ended_) return;
    for (std::uint32_t t = 0; t < order_.technical_orders.size(); ++t) {
      if (Begun(t)) continue;
      bool free = true;
      for (const std::uint32_t before : order_.technical_orders[t].plan->predecessors()) {
        free = free && AllOk(before);
      }
      EXPECT_FALSE(free) << "technical order " << t << " could have run";
    }
  }

  const OrderRequest& request_;
  const Order& order_;
  Totals& totals_;
  std::vector<Mark> marks_;
  std::set<std::uint32_t> begun_;
  // Attempts that were refused for good: (work order, run, attempt).
  std::set<std::tuple<std::uint32_t, std::uint32_t, std::uint32_t>> said_no_;
  std::set<std::uint32_t> waiting_;  // of those that are out
  bool cancelled_ = false;
  bool aborted_ = false;
  std::uint32_t run_ = 1;
  bool slicing_ = true;
  bool ended_ = false;
  bool left_ = false;
};

// What the order sends, and what its silent cartridges come to, as the model must be told.
class Follower {
 public:
  Follower(NaiveModel& model, Totals& totals) : model_(model), totals_(totals) {}

  void operator()(const OrderEvent& event) {
    if (const auto* sent = std::get_if<records::WorkOrdersSent>(&event)) {
      for (const std::uint32_t w : sent->work_orders()) model_.OnSent(w);
    } else if (const auto* answered = std::get_if<records::WorkOrderAnswered>(&event)) {
      OnAnswered(*answered);
    }
  }

 private:
  void OnAnswered(const records::WorkOrderAnswered& answered) {
    if (answered.outcome() == static_cast<std::uint32_t>(Outcome::kOk)) {
      EXPECT_EQ(++completions_[answered.work_order()], 1);
    }
    if (!answered.detail().starts_with("no answer within")) return;
    ++totals_.silent;
    model_.OnAnswer({.work_order = answered.work_order(),
                     .run = answered.run(),
                     .attempt = answered.attempt(),
                     .outcome = Outcome::kTechnical,
                     .output = {},
                     .detail = {}});
  }

  NaiveModel& model_;
  Totals& totals_;
  std::map<std::uint32_t, int> completions_;
};

void AnswerAtRandom(Random& random, OrderRun& run, NaiveModel& model) {
  const auto answer = RandomAnswer(random, run.order());
  if (!answer) return;
  const bool counts = model.Counts(*answer);
  const std::uint32_t ignored = run.order().ignored_answers;
  if (counts) model.OnAnswer(*answer);
  const bool trace = run.TakeAnswer(*answer);
  EXPECT_EQ(counts, trace && run.order().ignored_answers == ignored);
}

void RunOne(std::uint64_t seed, Totals& totals) {
  SCOPED_TRACE(fmt::format("seed {}", seed));
  Random random(seed);
  RandomOrder made = MakeRandomOrder(random);
  ASSERT_FALSE(::testing::Test::HasFatalFailure());
  OrderRun run(made.catalog, made.plan);
  NaiveModel model(made.request, run.order(), totals);
  const bool cancels = random.Chance(1, 5);
  Follower follower(model, totals);
  run.before_event = [&](const OrderEvent& event) { follower(event); };
  run.Settle();
  const std::size_t rounds = 40 * (run.order().work_orders.size() + 1);
  for (std::size_t round = 0; round < rounds && !IsFinal(run.order().state); ++round) {
    if (!run.order().in_pop) {
      model.ExpectEnd();
      if (random.Chance(1, 2)) {
        model.BeginRun();
        model.OnResubmitted();
        ASSERT_TRUE(run.Resubmit().has_value());
        continue;
      }
    }
    if (random.Chance(1, 4)) run.Wait(kSecond);
    if (cancels && random.Chance(1, 10)) {
      const auto verb = random.Chance(1, 2) ? CancelVerb::kAbort : CancelVerb::kCancel;
      if (IsFinal(run.order().state)) continue;
      model.OnCancel(verb);
      ASSERT_TRUE(run.Cancel(verb).has_value());
      continue;
    }
    AnswerAtRandom(random, run, model);
    ASSERT_FALSE(::testing::Test::HasFailure());
  }
  if (!run.order().in_pop) model.ExpectEnd();
  EXPECT_EQ(run.order().ready_head, run.order().ready.size());
}

TEST(PopRandom, RandomOrdersKeepTheRules) {
  Totals totals;
  for (std::uint64_t seed = 1; seed <= 2000 && !HasFailure(); ++seed) RunOne(seed, totals);
  // Each kind of end is met often, or the test would prove little.
  EXPECT_GT(totals.completed, 300);
  EXPECT_GT(totals.failed, 200);
  EXPECT_GT(totals.held, 500);
  EXPECT_GT(totals.late, 100);
  EXPECT_GT(totals.stopped, 100);
  EXPECT_GT(totals.waited, 300);
  EXPECT_GT(totals.silent, 40);
  EXPECT_GT(totals.cancelled, 50);
  EXPECT_GT(totals.aborted, 50);
}

}  // namespace
}  // namespace cairn::testing
