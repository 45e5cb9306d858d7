// What must hold when everything has come to rest.
#include "base/bytes.h"
#include "engine/orders/work_order_input.h"
#include "runtime/order_snapshot.h"
#include "runtime/partition_state.h"
#include "runtime/recovery.h"
#include "simulation/run.h"
#include "simulation/violation.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

namespace cairn::simulation {
namespace {

// The first line in which two dumps differ.
std::string FirstDifference(const std::string& a, const std::string& b) {
  std::size_t at = 0;
  while (at < a.size() && at < b.size() && a[at] == b[at]) ++at;
  const auto line = [at](const std::string& text) {
    const std::size_t from = at == 0 ? 0 : text.rfind('\n', at - 1) + 1;
    return text.substr(std::min(from, text.size()), text.find('\n', at) - from);
  };
  return "\n  " + line(a) + "\n  " + line(b);
}

}  // namespace

// Who waits for an order is told when its end is durable, not when the wait is over. The frame that
// such an answer stands behind may have to wait for room on the disk.
void Run::CheckNotLate(OrderId id, Nanos asked_at) const {
  const Nanos since = std::max(asked_at, shadow_.EndedAt(id));
  Require(clock_.true_now() <= since || disk_full_until_ >= since,
          fmt::format("{} ended {} ns before those who waited were told", FormatId(id),
                      clock_.true_now() - since));
}

// An answer that was taken is durable, and each attempt's token is good for one ok and one error.
void Run::CheckCompleted(const CallbackTarget& target, Outcome outcome, const Status& status) {
  const std::string name = fmt::format("the answer to work order {} of {}", target.work_order.index,
                                       FormatId(target.work_order.order));
  if (!status) {
    Require(status.error().code == ErrorCode::kConflict ||
                status.error().code == ErrorCode::kOverloaded,
            name + " was refused: " + status.error().message);
    return;
  }
  Require(taken_.emplace(target, outcome == Outcome::kOk).second, name + " was taken twice");
  const Order* order = shadow_.Find(target.work_order.order);
  if (order == nullptr) {
    Require(!shadow_.EndOf(target.work_order.order).empty(), name + " was taken for no order");
    return;
  }
  const auto attempt = order->FindAttempt(target.work_order.index, target.run, target.attempt);
  Require(attempt && order->attempts[*attempt].answered, name + " was taken and is not durable");
  Require(outcome != Outcome::kOk ||
              order->work_orders[target.work_order.index].state == WorkOrderState::kCompleted,
          name + " was ok, and its work order is not completed");
}

void Run::CheckTaskCompleted(WorkOrderRef task, Outcome outcome, const Status& status) {
  const std::string name = "the task " + WorkOrderName(task.order, task.index);
  if (!status) {
    // Not found: its order has gone.
    Require(status.error().code == ErrorCode::kConflict ||
                status.error().code == ErrorCode::kOverloaded ||
                (status.error().code == ErrorCode::kNotFound && !shadow_.EndOf(task.order).empty()),
            name + " was refused: " + status.error().message);
    return;
  }
  ++result_.tasks;
  const Order* order = shadow_.Find(task.order);
  if (order == nullptr || outcome != Outcome::kOk) return;
  Require(order->work_orders[task.index].state == WorkOrderState::kCompleted,
          name + " was completed, and its work order is not");
}

// The list of tasks is what the orders say. Between steps.
void Run::CheckTasks() const {
  const Partition& partition = node_->partition();
  std::set<WorkOrderRef> tasks;
  partition.state().orders.ForEach([&](const Order& order) {
    for (std::uint32_t w = 0; w < order.work_orders.size(); ++w) {
      const bool waits = order.work_orders[w].state == WorkOrderState::kWaiting;
      if (waits && order.cartridge(w).has_manual()) tasks.insert({order.id, w});
    }
  });
  Require(tasks == partition.tasks(),
          fmt::format("{} tasks are listed, and {} work orders wait for a person",
                      partition.tasks().size(), tasks.size()));
}

// `known`: what matches the query, and was acknowledged before it was put.
void Run::CheckList(const OrderQuery& query, const OrderList& list,
                    const std::vector<OrderId>& known) const {
  const auto& items = list.items;
  Require(items.size() <= query.limit, "a list is longer than its limit");
  for (std::size_t i = 0; i < items.size(); ++i) {
    Require(shadow_.WasAccepted(items[i].id), "a list shows an order that is not durable");
    Require(i == 0 || items[i].id < items[i - 1].id, "a list is out of order");
    Require(!query.customer || items[i].customer == *query.customer, "a list ignores its filter");
  }
  Require(!list.next.valid() || (!items.empty() && list.next == items.back().id),
          "a list goes on elsewhere");
  for (const OrderId id : known) {
    if (list.next.valid() && id < list.next) continue;
    const bool there = std::any_of(items.begin(), items.end(),
                                   [id](const OrderSummary& item) { return item.id == id; });
    Require(there, FormatId(id) + " is missing in a list");
  }
}

void Run::CheckReload(const CatalogService::Reloaded& reloaded, const std::string& version_before,
                      bool is_bad, std::uint64_t hash) const {
  const std::string version = node_->catalog_version();
  Require(reloaded.current.version == version, "a reload tells another version than the node");
  if (is_bad) {
    Require(!reloaded.problems.empty() && version == version_before,
            "a bad catalog has changed something");
    return;
  }
  Require(version == Hex64(hash), "a reload has brought another catalog");
  Require(shadow_.HasCatalog(hash), "new orders are planned with a catalog that is not durable");
}

void Run::CheckServices(const InventoryQuery& query, const InventoryList& list) const {
  Require(list.items.size() <= query.limit, "an inventory's list is longer than its limit");
  for (const ServiceView& service : list.items) {
    Require(query.service.empty() || service.service == query.service, "a list ignores its filter");
    Require(shadow_.inventory().HasSeen(ParseId<ServiceTag>(service.id).value()),
            "a list shows a service that is not durable");
  }
}

const records::Catalog& Run::CatalogOfVersion(const std::string& version) const {
  for (const auto& catalog : catalogs_) {
    if (Hex64(catalog->hash()) == version) return catalog->records();
  }
  throw Violation("an order is of a catalog that there never was");
}

// Cheap, since it is asked after each step: all that is at rest and whole is counted at the end.
void Run::CheckFolded() {
  const OrderTable& orders = node_->partition().state().orders;
  Require(orders.folded() <= orders.size(), "more orders are folded than there are");
  result_.folded_max = std::max<std::uint64_t>(result_.folded_max, orders.folded());
}

void Run::CheckEnd() {
  std::size_t unfolded = 0;
  node_->partition().state().orders.ForEachStored([&](const StoredOrder& stored) {
    if (stored.live != nullptr && FoldedOrder::Fold(*stored.live) != nullptr) ++unfolded;
  });
  Require(unfolded <= limits_.resting_orders,
          fmt::format("{} orders are at rest and not folded", unfolded));
  for (const Wish& wish : wishes_) {
    if (!wish.id.valid()) continue;
    const Order* live = shadow_.Find(wish.id);
    if (live != nullptr && !IsFinal(live->state)) {
      Require(live->state == OrderState::kHeld, FormatId(wish.id) + " neither ended nor is Held");
      Require(live->active == 0 && live->ready_head == live->ready.size(),
              FormatId(wish.id) + " is Held with something left to send");
    } else {
      Require(!shadow_.EndOf(wish.id).empty(), FormatId(wish.id) + " is lost");
    }
  }
  Require(shadow_.accepted_count() == by_key_.size(),
          fmt::format("{} orders for {} keys", shadow_.accepted_count(), by_key_.size()));
  shadow_.inventory().RequireSame(node_->partition().state());
  CheckArchive();
}

// Archive and journal agree on every order that has ended.
void Run::CheckArchive() {
  for (const auto& [key, id] : by_key_) {
    const std::string end = shadow_.EndOf(id);
    if (end.empty()) continue;
    const auto body = archive_->ReadBody(id);
    const std::string bytes = body ? body->value_or("") : "";
    Require(!bytes.empty(), FormatId(id) + " ended and is not in the archive");
    const auto order =
        OrderFromArchiveBody(bytes, [&](std::uint64_t hash) -> std::shared_ptr<const Catalog> {
          for (const auto& catalog : catalogs_) {
            if (catalog->hash() == hash) return catalog;
          }
          return nullptr;
        });
    Require(order.has_value(), FormatId(id) + ": its archived body cannot be read");
    Require(DumpOrder(**order) == end,
            FormatId(id) + ": archived as " + DumpOrder(**order) + "but ended as " + end);
    for (std::uint32_t w = 0; w < (*order)->work_orders.size(); ++w) {
      const WorkOrder& work_order = (*order)->work_orders[w];
      if (work_order.state != WorkOrderState::kCompleted || work_order.sends == 0) continue;
      // What a target was asked about it may have done in an earlier run.
      const bool can_tell = !(*order)->cartridge(w).verify().empty();
      bool done = false;
      for (std::uint32_t run = work_order.run; run > 0 && !done; run = can_tell ? run - 1 : 0) {
        done = targets_.HasEffect(fmt::format("{}-r{}", WorkOrderName(id, w), run));
      }
      Require(done, WorkOrderName(id, w) + " is completed, but the target never did it");
    }
  }
}

// Replay equality: what the journal says, read again from the start, is what was in memory.
void Run::CheckReplay() {
  const std::string in_memory = DumpState(node_->partition().state());
  const auto ledger = node_->partition().state().ledger.Sorted();
  const auto versions = node_->partition().state().versions;
  StopNode("the end", CrashStyle::kKeepAll);
  Recovery recovery(0);
  JournalFile journal(storage_, journal_options_);
  const auto report = journal.Replay([&](const FramePosition& position, std::string_view frame) {
    return recovery.Add(position.segment, frame);
  });
  Require(report.has_value(), "the journal cannot be replayed");
  const auto state = recovery.Finish();
  Require(state.has_value(), "the journal cannot be recovered from");
  const std::string replayed = DumpState(*state);
  Require(replayed == in_memory, "in memory and replayed:" + FirstDifference(in_memory, replayed));
  Require(state->ledger.Sorted() == ledger, "the live bytes of entities differ after a replay");
  Require(state->versions == versions, "the versions of entities differ after a replay");
  shadow_.RequireKeys(*state);
  shadow_.inventory().RequireSame(*state);
  const std::uint64_t live = state->ledger.live_bytes();
  const JournalSpace space = journal.Space();
  Require(space.bytes <= 3 * live + 4 * space.segment_bytes,
          fmt::format("the journal is {} bytes for {} live ones", space.bytes, live));
}

}  // namespace cairn::simulation
