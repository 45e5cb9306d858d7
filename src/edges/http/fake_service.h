// FakeService: a Service of orders that do what a test tells them, for tests of the edge. Callbacks
// come on a thread of its own, as the runtime's do.
#pragma once

#include "runtime/service.h"

#include <condition_variable>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <type_traits>
#include <utility>
#include <vector>

namespace cairn::http {

class FakeSnapshot final : public OrderSnapshot {
 public:
  explicit FakeSnapshot(OrderView view) : view_(std::move(view)) {}
  OrderId id() const override { return view_.summary.id; }
  OrderState state() const override { return view_.summary.state; }
  std::uint64_t version() const override { return view_.version; }
  OrderView View() const override { return view_; }
  // One item for each version.
  std::vector<HistoryItem> History(std::size_t first, std::size_t count) const override {
    std::vector<HistoryItem> items;
    for (std::size_t i = first; i < view_.version && items.size() < count; ++i) {
      items.push_back({kDay, "Event" + std::to_string(i), "anonymous", R"({"run":1})"});
    }
    return items;
  }

 private:
  OrderView view_;
};

class FakeService final : public Service {
 public:
  FakeService() : thread_([this] { Loop(); }) {}
  ~FakeService() override {
    {
      const std::lock_guard lock(mutex_);
      ending_ = true;
    }
    wake_.notify_all();
    thread_.join();
  }

  // --- what a test says --------------------------------------------------------------------
  // From now on submissions are kept back; Release() answers them.
  void HoldSubmissions() {
    Locked([this] { holding_ = true; });
  }
  void Release() {
    std::vector<std::function<void()>> held;
    Locked([&] {
      holding_ = false;
      held.swap(held_);
    });
    for (auto& answer : held) Run(std::move(answer));
  }
  std::size_t held() {
    return Locked([this] { return held_.size(); });
  }
  std::size_t waiters() {
    return Locked([this] { return waiters_.size(); });
  }
  void RefuseNext(Refusal refusal) {
    Locked([&] { refusal_ = std::move(refusal); });
  }
  void SetReadiness(Readiness readiness) {
    Locked([&] { readiness_ = readiness; });
  }
  // Changes an order and answers those that wait for it.
  void SetState(OrderId id, OrderState state) {
    Locked([&] {
      OrderView& view = orders_.at(id);
      view.summary.state = state;
      ++view.version;
      std::erase_if(waiters_, [&](Waiter& waiter) {
        if (waiter.id != id || !Met(waiter.options, view)) return false;
        RunLocked([done = waiter.done, s = Snapshot(view)] { done(s); });
        return true;
      });
    });
  }
  // Answers everybody that waits with the order as it is, as if the time was over.
  void EndWaits() {
    Locked([&] {
      for (Waiter& waiter : std::exchange(waiters_, {})) {
        RunLocked([done = waiter.done, s = Snapshot(orders_.at(waiter.id))] { done(s); });
      }
    });
  }
  std::vector<SubmitContext> contexts() {
    return Locked([this] { return contexts_; });
  }
  OrderRequest last_request() {
    return Locked([this] { return last_request_; });
  }
  LateAnswer last_answer() {
    return Locked([this] { return last_answer_; });
  }
  std::string last_actor() {
    return Locked([this] { return last_actor_; });
  }
  // The first product order gets a work order that waits for its answer.
  void AddWaitingWorkOrder(OrderId id, std::string token, Nanos deadline) {
    Locked([&] {
      WorkOrderView work;
      work.id = "wo-1-0";
      work.state = WorkOrderState::kWaiting;
      work.callback_token = std::move(token);
      work.deadline = deadline;
      TechnicalOrderView technical;
      technical.work_orders.push_back(std::move(work));
      orders_.at(id).product_orders.at(0).technical_orders.push_back(std::move(technical));
    });
  }
  OrderQuery last_query() {
    return Locked([this] { return last_query_; });
  }

  // --- Service ---------------------------------------------------------------------------------
  void SubmitOrder(const OrderRequest& request, SubmitContext context, SubmitDone done) override {
    Locked([&] {
      contexts_.push_back(context);
      last_request_ = request;
      if (refusal_) {
        const Refusal refusal = *std::exchange(refusal_, std::nullopt);
        return RunLocked([done, refusal] { done(tl::unexpected(refusal)); });
      }
      SubmitReply reply;
      if (const auto known = keys_.find(context.idempotency_key); known != keys_.end()) {
        const OrderView& view = orders_.at(known->second);
        reply = {view.summary.id, view.summary.state, view.summary.submitted_at, true};
      } else {
        const OrderView& view = Store(request);
        reply = {view.summary.id, view.summary.state, view.summary.submitted_at, false};
        if (!context.idempotency_key.empty()) keys_[context.idempotency_key] = reply.id;
      }
      std::function<void()> answer = [done, reply] { done(reply); };
      if (holding_) return held_.push_back(std::move(answer));
      RunLocked(std::move(answer));
    });
  }
  tl::expected<PlanView, Refusal> PlanOrder(const OrderRequest& request) override {
    PlanView plan;
    plan.catalog_version = "c0ffee";
    for (const auto& product_order : request.product_orders) {
      plan.slices.push_back({product_order.id});
    }
    return plan;
  }
  void GetOrder(OrderId id, OrderDone done) override {
    Locked([&] {
      const auto found = orders_.find(id);
      if (found == orders_.end()) return RunLocked([done] { done(NotFound()); });
      RunLocked([done, s = Snapshot(found->second)] { done(s); });
    });
  }
  void AwaitOrder(OrderId id, AwaitOptions options, OrderDone done) override {
    Locked([&] {
      const auto found = orders_.find(id);
      if (found == orders_.end()) return RunLocked([done] { done(NotFound()); });
      if (Met(options, found->second)) {
        return RunLocked([done, s = Snapshot(found->second)] { done(s); });
      }
      waiters_.push_back({id, options, std::move(done)});
    });
  }
  void ListOrders(const OrderQuery& query, ListDone done) override {
    OrderList list;
    Locked([&] {
      last_query_ = query;
      for (auto it = orders_.rbegin(); it != orders_.rend(); ++it) {
        if (query.before.valid() && !(it->first < query.before)) continue;
        const OrderSummary& summary = it->second.summary;
        if (query.state && summary.state != *query.state) continue;
        if (query.external_id && summary.external_id != *query.external_id) continue;
        if (list.items.size() == query.limit) {
          list.next = list.items.back().id;
          break;
        }
        list.items.push_back(summary);
      }
    });
    Run([done, list] { done(list); });
  }
  void ResubmitOrder(OrderAtVersion order, std::string, std::string, OrderDone done) override {
    Act(order, OrderState::kRunning, std::move(done));
  }
  void GiveUpOrder(OrderAtVersion order, std::string, std::string, OrderDone done) override {
    Act(order, OrderState::kFailed, std::move(done));
  }
  void CancelOrder(OrderAtVersion order, std::string actor, std::string description,
                   OrderDone done) override {
    End(order, false, std::move(actor), std::move(description), std::move(done));
  }
  void AbortOrder(OrderAtVersion order, std::string actor, std::string description,
                  OrderDone done) override {
    End(order, true, std::move(actor), std::move(description), std::move(done));
  }
  void PatchOrder(OrderId id, OrderPatch, OrderDone done) override {
    Act(id, OrderState::kRunning, std::move(done));
  }
  void DeleteOrder(OrderId, std::string, DeleteDone done) override { done(Status()); }
  void CompleteWorkOrder(std::string_view token, LateAnswer answer, CompleteDone done) override {
    Locked([&] {
      last_answer_ = std::move(answer);
      Status status;
      if (token == "spent") status = Fail(ErrorCode::kConflict, "the token is spent");
      if (token == "false") status = Fail(ErrorCode::kNotFound, "there is no such token");
      RunLocked([done = std::move(done), status] { done(status); });
    });
  }
  Readiness readiness() const override {
    const std::lock_guard lock(mutex_);
    return readiness_;
  }
  NodeMetrics metrics() const override {
    NodeMetrics metrics;
    metrics.orders_accepted = 7;
    metrics.cartridges.push_back({"hlr", 1, 2, 3, 4, 5});
    return metrics;
  }
  std::string catalog_version() const override { return "c0ffee"; }
  Nanos now() const override {
    const std::lock_guard lock(mutex_);
    return now_;
  }
  Status AdvanceClockTo(Nanos moment) override {
    const std::lock_guard lock(mutex_);
    if (moment < now_) return Fail(ErrorCode::kInvalidArgument, "the moment is in the past");
    now_ = moment;
    return {};
  }

 private:
  struct Waiter {
    OrderId id;
    AwaitOptions options;
    OrderDone done;
  };

  static Result<std::shared_ptr<const OrderSnapshot>> NotFound() {
    return Fail(ErrorCode::kNotFound, "no such order");
  }
  static Result<std::shared_ptr<const OrderSnapshot>> Snapshot(const OrderView& view) {
    return std::make_shared<const FakeSnapshot>(view);
  }
  static bool Met(const AwaitOptions& options, const OrderView& view) {
    const bool settled = IsFinal(view.summary.state) || view.summary.state == OrderState::kHeld;
    return options.until_settled ? settled : view.version > options.after_version;
  }
  const OrderView& Store(const OrderRequest& request) {
    OrderView view;
    view.summary.id = OrderId(orders_.size() + 1);
    view.summary.external_id = request.external_id;
    view.summary.customer = request.customer;
    view.summary.submitted_at = kDay;
    view.version = 1;
    view.tmf_document = request.tmf_document;
    for (const auto& product_order : request.product_orders) {
      ProductOrderView shown;
      shown.id = product_order.id;
      shown.product = product_order.product;
      shown.action = "add";
      shown.parameters = product_order.parameters;
      view.product_orders.push_back(std::move(shown));
    }
    return orders_.emplace(view.summary.id, view).first->second;
  }
  void Act(OrderAtVersion order, OrderState state, OrderDone done) {
    Locked([&] {
      const auto found = orders_.find(order.id);
      if (found == orders_.end()) return RunLocked([done] { done(NotFound()); });
      if (order.version != 0 && order.version != found->second.version) {
        return RunLocked([done] { done(Fail(ErrorCode::kConflict, "another version")); });
      }
      if (found->second.summary.state != OrderState::kHeld) {
        return RunLocked([done] { done(Fail(ErrorCode::kConflict, "the order is not Held")); });
      }
      found->second.summary.state = state;
      RunLocked([done, s = Snapshot(found->second)] { done(s); });
    });
  }

  // A running order takes note and goes on; any other one that lives ends at once.
  void End(OrderAtVersion order, bool abort, std::string actor, std::string description,
           OrderDone done) {
    Locked([&] {
      last_actor_ = std::move(actor);
      const auto found = orders_.find(order.id);
      if (found == orders_.end()) return RunLocked([done] { done(NotFound()); });
      OrderView& view = found->second;
      if (order.version != 0 && order.version != view.version) {
        return RunLocked([done] { done(Fail(ErrorCode::kConflict, "another version")); });
      }
      if (IsFinal(view.summary.state)) {
        return RunLocked([done] { done(Fail(ErrorCode::kConflict, "the order has ended")); });
      }
      (abort ? view.abort_requested : view.cancel_requested) = true;
      view.cancel_description = std::move(description);
      ++view.version;
      if (view.summary.state != OrderState::kRunning) view.summary.state = OrderState::kCancelled;
      RunLocked([done, s = Snapshot(view)] { done(s); });
    });
  }

  template <typename Work>
  std::invoke_result_t<Work> Locked(Work work) {
    const std::lock_guard lock(mutex_);
    return work();
  }
  void Run(std::function<void()> work) {
    Locked([&] { RunLocked(std::move(work)); });
  }
  void RunLocked(std::function<void()> work) {
    queue_.push_back(std::move(work));
    wake_.notify_all();
  }
  void Loop() {
    std::unique_lock lock(mutex_);
    while (true) {
      wake_.wait(lock, [this] { return ending_ || !queue_.empty(); });
      if (queue_.empty()) return;
      const auto work = std::move(queue_.front());
      queue_.pop_front();
      lock.unlock();
      work();
      lock.lock();
    }
  }

  mutable std::mutex mutex_;
  std::condition_variable wake_;
  std::deque<std::function<void()>> queue_;
  bool ending_ = false;
  std::map<OrderId, OrderView> orders_;
  std::map<std::string, OrderId> keys_;
  std::vector<Waiter> waiters_;
  std::vector<std::function<void()>> held_;
  bool holding_ = false;
  std::optional<Refusal> refusal_;
  Readiness readiness_ = Readiness::kReady;
  std::vector<SubmitContext> contexts_;
  OrderRequest last_request_;
  OrderQuery last_query_;
  LateAnswer last_answer_;
  std::string last_actor_;
  Nanos now_ = kDay;
  std::thread thread_;  // last: it uses all of the above
};

}  // namespace cairn::http
