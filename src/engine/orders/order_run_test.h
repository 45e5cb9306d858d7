// For tests: one order, driven by Decide and Apply the way a partition drives it. After every event
// the numbers that Apply keeps are made anew from the states and compared, and what was sent is
// collected.
#pragma once

#include "base/bytes.h"
#include "engine/orders/apply.h"
#include "engine/orders/catalog_check.h"
#include "engine/orders/decide.h"
#include "engine/orders/evaluation.h"
#include "engine/orders/plan.h"
#include "engine/orders/snapshot.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace cairn::testing {

inline constexpr Nanos kRunStart = 1'790'000'000 * kSecond;

inline std::shared_ptr<const Catalog> CheckedCatalog(records::Catalog catalog,
                                                     ScriptEngine* scripts = nullptr) {
  for (const CatalogError& error : CheckCatalog(catalog, scripts)) {
    ADD_FAILURE() << error.path << " " << error.rule << ": " << error.detail;
  }
  return Catalog::Make(std::move(catalog));
}

// The three levels, a line each.
inline void DumpLevels(const Order& order, std::string& out) {
  const auto add = [&](std::string_view name, auto value) {
    fmt::format_to(std::back_inserter(out), "{}={} ", name, value);
  };
  for (const ProductOrder& p : order.product_orders) {
    fmt::format_to(std::back_inserter(out), "p {} {} {:016x}\n", Name(p.state),
                   p.first_technical_order, Hash64(p.plan->SerializeAsString()));
  }
  for (const TechnicalOrder& t : order.technical_orders) {
    fmt::format_to(std::back_inserter(out), "t {} {} {} {} {} {:016x}\n", Name(t.state),
                   t.first_work_order, t.active, t.waiting, t.open_predecessors,
                   Hash64(t.plan->SerializeAsString()));
    add("completions", t.completions);
    add("ended", t.ended);
    add("by", t.ended_by);
    add("compensating", t.compensating);
    out += '\n';
  }
  for (const WorkOrder& w : order.work_orders) {
    fmt::format_to(std::back_inserter(out), "w {} {} {} {} {} {} {} {} {} '{}'\n", Name(w.state),
                   w.technical_order, w.run, w.attempt, w.sends, w.last_attempt, w.retry_at,
                   w.deadline, w.doubtful_run, order.Text(w.output));
    add("queued", w.queued);
    add("evaluating", static_cast<int>(w.evaluating));
    add("branch", w.branch);
    add("completed", w.completed);
    add("input", w.has_input ? Hash64(order.Text(w.input)) : 0);
    add("error", order.Text(w.error));
    out += '\n';
  }
}

// Everything that an order is, as text: two orders are the same exactly when their dumps are.
inline std::string DumpWhole(const Order& order) {
  std::string out;
  const auto add = [&](std::string_view name, auto value) {
    fmt::format_to(std::back_inserter(out), "{}={} ", name, value);
  };
  add("id", order.id.value());
  add("version", order.version);
  add("catalog", order.catalog->hash());
  add("accepted", Hash64(order.accepted->SerializeAsString()));
  for (const auto& part : order.further_parts) add("part", Hash64(part->SerializeAsString()));
  for (const IndexLists* lists : {&order.slices, &order.dependents}) {
    for (const std::uint32_t start : lists->starts) add("s", start);
    for (const std::uint32_t member : lists->members) add("m", member);
  }
  add("state", Name(order.state));
  add("port", Name(order.port));
  add("run", order.run);
  add("slice", order.slice);
  add("in_pop", order.in_pop);
  add("active", order.active);
  add("waiting", order.waiting);
  add("troubled", order.troubled);
  add("cancel", order.cancel_requested);
  add("abort", order.abort_requested);
  add("description", order.cancel_description);
  add("patches", order.patches);
  if (order.patched != nullptr) add("patched", Hash64(order.patched->SerializeAsString()));
  for (std::size_t i = order.ready_head; i < order.ready.size(); ++i) add("ready", order.ready[i]);
  for (std::size_t i = order.plain_head; i < order.plain.size(); ++i) add("plain", order.plain[i]);
  for (const PendingEvaluation& e : order.evaluations) {
    add("evaluates", e.work_order);
    add("number", e.number);
    add("phase", static_cast<int>(e.phase));
  }
  add("evaluations", order.last_evaluation);
  for (const AssignedFields& a : order.assigned) {
    add("scope", static_cast<int>(a.scope));
    add("index", a.index);
    add("fields", Hash64(a.fields));
  }
  add("ignored", order.ignored_answers);
  add("submitted", order.submitted_at);
  add("started", order.started_at);
  add("ended", order.ended_at);
  add("actor", order.actor);
  out += '\n';
  DumpLevels(order, out);
  for (const Attempt& a : order.attempts) {
    fmt::format_to(std::back_inserter(out), "a {} {} {} {} {} {} {} {} '{}'\n", a.work_order, a.run,
                   a.n, Name(a.outcome), a.answered, a.sent_at, a.answered_at, a.previous,
                   order.Text(a.detail));
  }
  fmt::format_to(std::back_inserter(out), "trail {:016x}\n", Hash64(order.trail));
  return out;
}

// Where a reader of the order's snapshot finds the catalog and the parts.
inline FindCatalog CatalogOf(const Order& order) {
  return [catalog = order.catalog](std::uint64_t hash) {
    return hash == catalog->hash() ? catalog : nullptr;
  };
}
inline FindOrderPart PartsOf(const Order& order) {
  return [&order](std::uint64_t id) -> std::shared_ptr<const records::OrderPart> {
    for (int i = 0; i < order.accepted->part_ids_size(); ++i) {
      if (order.accepted->part_ids(i) == id)
        return order.further_parts[static_cast<std::size_t>(i)];
    }
    return nullptr;
  };
}

// What Apply counts, counted again.
inline void ExpectCountersHold(const Order& order) {
  std::vector<std::uint32_t> active(order.technical_orders.size(), 0);
  std::vector<std::uint32_t> waiting(order.technical_orders.size(), 0);
  std::uint32_t active_sum = 0;
  std::uint32_t waiting_sum = 0;
  const auto count = [&](std::uint32_t w) {
    ++active[order.work_orders[w].technical_order];
    ++active_sum;
  };
  for (std::uint32_t w = 0; w < order.work_orders.size(); ++w) {
    const WorkOrder& work_order = order.work_orders[w];
    const bool waits = work_order.state == WorkOrderState::kWaiting;
    EXPECT_EQ(waits, work_order.deadline != 0) << "work order " << w;
    if (waits) ++waiting[work_order.technical_order], ++waiting_sum;
    if (waits || work_order.state == WorkOrderState::kSent || work_order.retry_at != 0) count(w);
  }
  std::uint32_t queued = 0;
  const auto count_queued = [&](std::uint32_t w) {
    EXPECT_TRUE(order.work_orders[w].queued) << "work order " << w;
    ++queued;
    count(w);
  };
  for (std::size_t i = order.ready_head; i < order.ready.size(); ++i) count_queued(order.ready[i]);
  for (std::size_t i = order.plain_head; i < order.plain.size(); ++i) count_queued(order.plain[i]);
  for (const PendingEvaluation& e : order.evaluations) count_queued(e.work_order);
  EXPECT_EQ(queued, std::count_if(order.work_orders.begin(), order.work_orders.end(),
                                  [](const WorkOrder& w) { return w.queued; }));
  EXPECT_EQ(order.active, active_sum);
  EXPECT_EQ(order.waiting, waiting_sum);
  const bool only_waits = active_sum > 0 && active_sum == waiting_sum;
  EXPECT_EQ(order.state == OrderState::kWaiting, only_waits);
  EXPECT_EQ(order.port == Port::kWaiting, only_waits);
  std::uint32_t troubled = 0;
  for (std::uint32_t t = 0; t < order.technical_orders.size(); ++t) {
    const TechnicalOrder& technical = order.technical_orders[t];
    EXPECT_EQ(technical.active, active[t]) << "technical order " << t;
    EXPECT_EQ(technical.waiting, waiting[t]) << "technical order " << t;
    EXPECT_EQ(technical.state == ProductOrderState::kWaiting,
              active[t] > 0 && active[t] == waiting[t])
        << "technical order " << t;
    if (technical.compensating || technical.state == ProductOrderState::kPartial ||
        technical.state == ProductOrderState::kFailed) {
      ++troubled;
    }
    std::uint32_t open = 0;
    for (const std::uint32_t p : technical.plan->predecessors()) {
      if (order.technical_orders[p].state != ProductOrderState::kCompleted) ++open;
    }
    EXPECT_EQ(technical.open_predecessors, open) << "technical order " << t;
  }
  EXPECT_EQ(order.troubled, troubled);
}

class OrderRun {
 public:
  OrderRun(std::shared_ptr<const Catalog> catalog, const Plan& plan, std::uint64_t counter = 7) {
    for (std::size_t i = 0; i < plan.further_parts.size(); ++i) {
      plan.accepted->add_part_ids(OrderPartId::Of(0, counter + 1 + i).value());
    }
    order_ = BuildOrder(OrderId::Of(0, counter), now_, "tester", std::move(catalog), plan.accepted,
                        {plan.further_parts.begin(), plan.further_parts.end()});
  }

  const Order& order() const { return *order_; }
  Nanos now() const { return now_; }

  // Called with each event before and after it is applied.
  std::function<void(const OrderEvent&)> before_event = [](const OrderEvent&) {};
  std::function<void(const OrderEvent&)> after_event = [](const OrderEvent&) {};

  void Take(const OrderEvent& event) {
    before_event(event);
    std::string raw;
    AppendOrderEvent(raw, order_->id.value(), order_->version + 1, "tester", event);
    RecordView record;
    const auto parsed = ParseRecord(raw, record);
    ASSERT_TRUE(parsed.has_value());
    const Status applied = ApplyRecord(*order_, record, raw, now_);
    ASSERT_TRUE(applied.has_value()) << applied.error().message;
    if (const auto* sent = std::get_if<records::WorkOrdersSent>(&event)) {
      sent_.insert(sent_.end(), sent->work_orders().begin(), sent->work_orders().end());
    }
    ExpectCountersHold(*order_);
    after_event(event);
  }

  // What runs the scripts of the order's steps; null: they wait for RunScript.
  ScriptEngine* scripts = nullptr;

  // Runs one of the scripts that are waited for. REQUIRES: there is one.
  void RunScript(std::size_t which, ScriptEngine& engine) {
    const EvaluationTask task = MakeEvaluation(*order_, order_->evaluations.at(which));
    const auto event = DecideEvaluated(*order_, task.number, Evaluate(task, &engine));
    ASSERT_TRUE(event.has_value());
    Take(*event);
  }

  // Takes what follows by itself.
  void Settle() {
    // Each event sends something, passes a slice or ends the run, so the count has a bound.
    std::size_t left = 5 * (order_->work_orders.size() + order_->slice_count()) + 10;
    while (true) {
      if (const auto event = DecideNext(*order_, now_)) {
        Take(*event);
      } else if (scripts != nullptr && !order_->evaluations.empty()) {
        RunScript(0, *scripts);
      } else {
        break;
      }
      ASSERT_GT(left--, 0U) << "the order does not come to rest";
    }
  }

  // False when the answer left no trace.
  bool TakeAnswer(Answer answer) {
    const auto event = DecideAnswer(*order_, std::move(answer), now_);
    if (!event) return false;
    Take(*event);
    Settle();
    return true;
  }

  // Moves the clock, and sends what is due by then.
  void Wait(Nanos span) {
    now_ += span;
    for (std::uint32_t w = 0; w < order_->work_orders.size(); ++w) {
      if (const auto event = DecideRetry(*order_, w, now_)) {
        Take(*event);
        Settle();
      }
      if (const auto event = DecideDeadline(*order_, w, now_)) {
        Take(*event);
        Settle();
      }
      if (const auto event = DecideStepDeadline(*order_, w, now_)) {
        Take(*event);
        Settle();
      }
    }
    Settle();
  }

  Status Cancel(CancelVerb verb) {
    ASSIGN_OR_RETURN(const auto event, DecideCancel(*order_, verb, "not wanted"));
    if (!event) return {};
    Take(*event);
    Settle();
    return {};
  }

  Status Patch(PatchOfOrder patch) {
    ASSIGN_OR_RETURN(const OrderEvent event, DecidePatch(*order_, std::move(patch)));
    Take(event);
    Settle();
    return {};
  }

  Status Resubmit() {
    ASSIGN_OR_RETURN(const OrderEvent event, DecideResubmit(*order_, "again"));
    Take(event);
    Settle();
    return {};
  }

  Status GiveUp() {
    ASSIGN_OR_RETURN(const OrderEvent event, DecideGiveUp(*order_, "enough"));
    Take(event);
    return {};
  }

  // What was sent since the last call, in order.
  std::vector<std::uint32_t> TakeSent() { return std::exchange(sent_, {}); }

 private:
  std::unique_ptr<Order> order_;
  Nanos now_ = kRunStart;
  std::vector<std::uint32_t> sent_;
};

}  // namespace cairn::testing
