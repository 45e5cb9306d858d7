// The tasks of people: the work orders of manual cartridges that wait. The index is kept with the
// deadlines (partition_moments.cc), and made anew at each start.
#include "base/check.h"
#include "engine/orders/secrets.h"
#include "engine/orders/work_order_input.h"
#include "runtime/partition.h"

#include <fmt/format.h>

#include <utility>

namespace cairn {
namespace {

// By one command: a page of tasks with long inputs is put together in several.
constexpr std::size_t kTasksPerCommand = 2'000;
constexpr std::size_t kTaskBytesPerCommand = 1U << 20U;

TaskView ViewOf(const Order& order, std::uint32_t w) {
  const WorkOrder& work_order = order.work_orders[w];
  const TechnicalOrder& technical = order.technical_orders[work_order.technical_order];
  TaskView view;
  view.id = WorkOrderName(order.id, w);
  view.order = order.id;
  view.product_order = order.product_orders[technical.plan->product_order()].plan->id();
  view.technical_order = order.catalog->technical(technical.plan->definition()).name();
  view.step = order.step(w).name();
  view.cartridge = order.cartridge(w).name();
  view.operation = order.step(w).operation();
  view.input = SecretValues(order).Hide(WorkOrderInput(order, w));
  view.since = order.attempts[work_order.last_attempt].answered_at;
  view.deadline = std::min(work_order.deadline, StepDeadline(order, w));
  return view;
}

}  // namespace

// True when the page is full or the walk has come to its end; else it goes on with a later command.
bool Partition::Decide(ListTasksCommand& command) {
  auto task = command.after ? tasks_.upper_bound(*command.after) : tasks_.begin();
  std::size_t looked_at = 0;
  std::size_t bytes = 0;
  std::shared_ptr<const Order> order;  // of the last one
  // One more than wanted: is there a next page?
  for (; task != tasks_.end() && command.found.size() <= command.limit; ++task) {
    if (looked_at >= kTasksPerCommand || bytes >= kTaskBytesPerCommand) return false;
    command.after = *task;
    ++looked_at;
    if (order == nullptr || order->id != task->order) {
      const StoredOrder* const stored = state_.orders.FindStored(task->order.counter());
      if (stored != nullptr && stored->live == nullptr) looked_at += kUnfoldingInLooks;
      order = state_.orders.Peek(task->order.counter());
    }
    CHECK(order != nullptr && order->work_orders[task->index].state == WorkOrderState::kWaiting);
    if (!command.cartridge.empty() && order->cartridge(task->index).name() != command.cartridge) {
      continue;
    }
    command.found.push_back(ViewOf(*order, task->index));
    bytes += command.found.back().input.encoded().size();
  }
  TaskList list;
  list.items = std::move(command.found);
  if (list.items.size() > command.limit) {
    list.items.pop_back();
    list.next = list.items.back().id;
  }
  batch_->replies.push_back([done = std::move(command.done), list = std::move(list)]() mutable {
    done(std::move(list));
  });
  return true;
}

void Partition::Decide(CompleteTaskCommand& command) {
  const WorkOrderRef ref = command.work_order;
  const std::string name = WorkOrderName(ref.order, ref.index);
  const bool ours = ref.order.partition() == state_.partition;
  const Order* const order = ours ? state_.orders.Find(ref.order.counter()) : nullptr;
  Status taken;
  if (order == nullptr || ref.index >= order->work_orders.size() ||
      !order->cartridge(ref.index).has_manual()) {
    taken = Fail(ErrorCode::kNotFound, fmt::format("there is no task '{}'", name));
  } else if (const WorkOrder& task = order->work_orders[ref.index];
             task.state != WorkOrderState::kWaiting) {
    taken = Fail(ErrorCode::kConflict,
                 fmt::format("the task {} waits for nobody: it is {}", name, Name(task.state)));
  } else {
    const bool counts = TakeAnswer({.ticket = {.work_order = ref,
                                               .run = task.run,
                                               .attempt = task.attempt,
                                               .epoch = state_.epoch},
                                    .outcome = command.answer.outcome,
                                    .output = std::move(command.answer.output),
                                    .detail = std::move(command.answer.detail)},
                                   command.answer.actor);
    CHECK_MSG(counts, "the answer to what waits counts");
  }
  batch_->replies.push_back(
      [done = std::move(command.done), taken = std::move(taken)] { done(taken); });
}

}  // namespace cairn
