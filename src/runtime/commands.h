// What a partition can be asked. Each command is decided whole, in one batch.
#pragma once

#include "engine/orders/events.h"
#include "engine/orders/order.h"
#include "model/order_view.h"
#include "ports/cartridge.h"
#include "runtime/inventory_service.h"
#include "runtime/partition_state.h"
#include "runtime/service.h"
#include "runtime/task_service.h"

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

namespace cairn {

// The parts of a large order that are on their way, shared by their commands.
struct Staging {
  std::vector<std::uint64_t> part_ids;
};

struct StagePart {
  std::shared_ptr<Staging> staging;
  std::shared_ptr<const records::OrderPart> part;
};

// An order that was planned and built outside. Its id and time are set when it is decided.
struct AcceptOrder {
  std::unique_ptr<Order> order;
  std::shared_ptr<records::OrderAccepted> accepted;  // the same that `order` holds
  std::shared_ptr<Staging> staging;                  // null: one part
  std::string actor;
  bool has_key = false;
  SubmissionKey key;
  std::vector<SeenService> services_seen;  // what the plan rests on
  Service::SubmitDone done;
  // In place of `done`: what the plan rests on has changed, and that is durable.
  std::function<void()> plan_again;
};

// An order with a key that cannot be planned. When it was accepted before, under another catalog or
// with another inventory, then that is the answer; else the refusal.
struct RefuseOrder {
  SubmissionKey key;
  std::uint64_t body_hash = 0;
  Refusal refusal;
  Service::SubmitDone done;
};

// A null order: the partition does not have it (any more).
using FoundOrder = std::function<void(std::shared_ptr<const Order>)>;

struct ReadOrder {
  OrderId id;
  FoundOrder done;
};

struct AwaitOrderCommand {
  OrderId id;
  AwaitOptions options;
  FoundOrder done;
};

struct ListLiveOrders {
  OrderQuery query;
  std::uint64_t below = 0;  // counter; where the walk goes on
  std::vector<OrderSummary> rows;
  std::function<void(std::vector<OrderSummary>)> done;
};

// What the scripts of a step came to.
struct EvaluatedStep {
  OrderId order;
  std::uint32_t number = 0;  // of the PendingEvaluation
  records::StepEvaluated result;
};

enum class HeldVerb { kResubmit, kGiveUp };

struct HeldOrderCommand {
  OrderId id;
  std::uint64_t expected_version = 0;  // 0: any
  HeldVerb verb = HeldVerb::kResubmit;
  std::string actor;
  std::string description;
  std::function<void(Result<std::shared_ptr<const Order>>)> done;  // a null order: not here
};

// What somebody asks of a live order. `decide` is one of the functions of decide.h with its
// arguments; no event: as much was asked before.
struct ChangeOrder {
  OrderId id;
  std::function<Result<std::optional<OrderEvent>>(const Order&)> decide;
  std::string actor;
  std::function<void(Result<std::shared_ptr<const Order>>)> done;  // a null order: not here
};

// The answer to a delayed call, by whoever had its token.
struct LateAnswerCommand {
  CartridgeAnswer answer;
  std::string actor;
  Service::CompleteDone done;
};

// Takes what a cartridge drives out of service, or back into it. The caller has seen that there is
// such a cartridge.
struct MaintenanceCommand {
  std::string cartridge;  // its name
  bool on = false;
  std::string actor;
  std::function<void(Status)> done;  // kTooLarge past kTargetsMax
};

// Registers somebody to be told of events; the same callback and query twice are one listener.
struct RegisterListener {
  Listener listener;
  std::string actor;
  std::function<void(Result<ListenerId>)> done;  // kConflict: there are kListenersMax
};
struct DropListener {
  ListenerId id;
  std::string actor;
  std::function<void(Status)> done;  // kNotFound
};
// A listener was told of all events up to here.
struct NoteDelivered {
  ListenerId id;
  std::uint64_t sequence = 0;
};

// To be told when an order that has ended is in the archive and nowhere else. At once when the
// order is not in memory; kConflict when it has not ended, kOverloaded when too many are waited
// for.
struct AwaitRetirement {
  OrderId id;
  std::function<void(Status)> done;
};

struct ListTasksCommand {
  std::optional<WorkOrderRef> after;  // the walk goes on behind it
  std::string cartridge;              // empty: any
  std::size_t limit = kListLimitDefault;
  std::vector<TaskView> found;
  TaskService::ListDone done;
};

// What a person says of a task.
struct CompleteTaskCommand {
  WorkOrderRef work_order;
  LateAnswer answer;
  Service::CompleteDone done;
};

struct ReadService {
  ServiceId id;
  std::function<void(StoredServicePtr)> done;  // null: there is none
};

struct ListServicesCommand {
  InventoryQuery query;
  ServiceId after;  // where the walk goes on
  std::vector<StoredServicePtr> rows;
  std::function<void(std::vector<StoredServicePtr>)> done;
};

// New orders are planned with it once it is durable.
struct StoreCatalog {
  std::shared_ptr<const Catalog> catalog;
  std::string actor;
  std::function<void(const Status&)> done;
};

using OperatorCommand =
    std::variant<ReadOrder, AwaitOrderCommand, ListLiveOrders, HeldOrderCommand, ChangeOrder,
                 MaintenanceCommand, AwaitRetirement, ListTasksCommand, CompleteTaskCommand,
                 RegisterListener, DropListener, NoteDelivered, RefuseOrder, ReadService,
                 ListServicesCommand, StoreCatalog>;
using AdmissionCommand = std::variant<StagePart, AcceptOrder>;

}  // namespace cairn
