// Node: a partition with its journal, archive and cartridges, wired and running. What an app makes
// out of its configuration, and what edges talk to.
//
// Made and stopped by one thread; as a Service it serves any thread.
#pragma once

#include "engine/orders/plan.h"
#include "engine/orders/script.h"
#include "ports/archive.h"
#include "ports/clock.h"
#include "ports/executor.h"
#include "ports/journal.h"
#include "runtime/archive_worker.h"
#include "runtime/catalog_shelf.h"
#include "runtime/dispatcher.h"
#include "runtime/evaluator.h"
#include "runtime/event_log.h"
#include "runtime/journal_worker.h"
#include "runtime/latched_handle.h"
#include "runtime/node_cartridges.h"
#include "runtime/node_catalog.h"
#include "runtime/node_events.h"
#include "runtime/node_inventory.h"
#include "runtime/node_tasks.h"
#include "runtime/partition.h"
#include "runtime/planner.h"
#include "runtime/service.h"

#include <functional>
#include <memory>
#include <mutex>

namespace cairn {

// More ids than a journal that is left behind can have given out since.
inline constexpr std::uint64_t kIdsLeftOut = std::uint64_t{1} << 32U;

class Recovery;

class Node final : public Service, private Outlet {
 public:
  struct Options {
    std::uint64_t partition = 0;
    PartitionLimits limits;
    // Moves the clock, when it is a virtual one.
    std::function<Status(Nanos)> advance_clock;
    // Where a reload finds the catalog. Empty: there is no reload.
    ReadCatalogSource read_catalog;
    // Called when the disk failed: the process must end at once, without an answer to anybody.
    std::function<void(const Error&)> on_fatal;
    // What to do when the archive rests on more than the journal has: the journal is an old copy,
    // or was repaired. Empty: Start fails, naming both positions. Else the node goes on with ids
    // that lie kIdsLeftOut ahead, and as soon as that is durable calls this with the sequence at
    // which the journal ended, for the archive to forget the higher one. On the archive's thread.
    std::function<Status(std::uint64_t journal_sequence)> rebase_archive;
    // Of CallbackTokens: the same at each start. Empty: delayed answers come by cartridges only.
    std::string callback_key;
    // What listeners are told of events. Empty: there are none.
    TellListener tell_listener;
  };
  // All of them outlive the node.
  struct Parts {
    Clock* clock = nullptr;
    Executor* executor = nullptr;
    Journal* journal = nullptr;
    Archive* archive = nullptr;
    ScriptEngine* scripts = nullptr;  // null: the node's catalogs have no scripts
  };

  Node(Parts parts, Options options);
  ~Node() override;

  // Where cartridges put their answers; valid from the construction on.
  AnswerSink& answer_sink() { return dispatcher_; }

  // Where the cartridge that calls listeners puts its answers; valid from the construction on.
  AnswerSink& listener_sink() { return listener_sink_; }

  // Replays the journal and starts the workers. `catalog` is the one that new orders are planned
  // with; `listener_caller`, of the http type, calls listeners. kCorrupt, kIncompatible: what the
  // journal said. Once.
  [[nodiscard]] Result<ReplayReport> Start(std::shared_ptr<const Catalog> catalog,
                                           Dispatcher::Cartridges cartridges,
                                           Cartridge* listener_caller = nullptr);
  // REQUIRES: started.
  EventService& events() { return *events_; }

  // Takes no more orders and sends no more work orders: once this has returned, no cartridge is
  // called any more. Any thread, but not from within a cartridge's Call or an answer.
  void StopAdmission();
  // True when no call is under way and everything that was answered is durable: the node may be
  // destroyed without giving anything up. Any thread.
  bool quiet() const;

  // What drives the targets, what people have to do, what new orders are planned with, and what
  // orders have left. REQUIRES: Start has returned without an error.
  CartridgeService& cartridges() { return *cartridges_; }
  TaskService& tasks() { return *tasks_; }
  CatalogService& catalog() { return *catalog_service_; }
  InventoryService& inventory() { return *inventory_; }

  // Service.
  void SubmitOrder(const OrderRequest& request, SubmitContext context, SubmitDone done) override;
  tl::expected<PlanView, Refusal> PlanOrder(const OrderRequest& request) override;
  void GetOrder(OrderId id, OrderDone done) override;
  void AwaitOrder(OrderId id, AwaitOptions options, OrderDone done) override;
  void ListOrders(const OrderQuery& query, ListDone done) override;
  void ResubmitOrder(OrderAtVersion order, std::string actor, std::string description,
                     OrderDone done) override;
  void GiveUpOrder(OrderAtVersion order, std::string actor, std::string description,
                   OrderDone done) override;
  void CancelOrder(OrderAtVersion order, std::string actor, std::string description,
                   OrderDone done) override;
  void AbortOrder(OrderAtVersion order, std::string actor, std::string description,
                  OrderDone done) override;
  void PatchOrder(OrderId id, OrderPatch patch, OrderDone done) override;
  void DeleteOrder(OrderId id, std::string actor, DeleteDone done) override;
  void CompleteWorkOrder(std::string_view callback_token, LateAnswer answer,
                         CompleteDone done) override;
  Readiness readiness() const override;
  NodeMetrics metrics() const override;
  std::string catalog_version() const override;
  Nanos now() const override { return parts_.clock->Now(); }
  Status AdvanceClockTo(Nanos moment) override;

  // For the simulation: between steps only.
  const Partition& partition() const { return *partition_; }
  const Dispatcher& dispatcher() const { return dispatcher_; }

 private:
  // Outlet.
  void Dispatch(std::vector<CartridgeCall> calls) override {
    dispatcher_.Dispatch(std::move(calls));
  }
  void Resume(std::vector<Cartridge::Waiting> waiting) override {
    dispatcher_.Resume(std::move(waiting));
  }
  void Withdraw(const std::vector<CallTicket>& tickets) override { dispatcher_.Withdraw(tickets); }
  void GiveBack(const std::vector<CallTicket>& tickets) override { dispatcher_.GiveBack(tickets); }
  void ArchiveOrders(std::vector<std::shared_ptr<const Order>> ended,
                     std::uint64_t sequence) override;
  void OnDurable(DurableNotice notice) override;
  void OnFatal(const Error& error) override;

  // Passes answers on once there is somebody who waits for them.
  class ListenerSink final : public AnswerSink {
   public:
    explicit ListenerSink(Node& node) : node_(node) {}
    void OnAnswers(std::vector<CartridgeAnswer> answers) override {
      node_.events_->answer_sink().OnAnswers(std::move(answers));
    }

   private:
    Node& node_;
  };

  // node_submit.cc
  struct Submission;
  PlanContext PlanningContext() const;
  void PlanAndQueue(std::shared_ptr<Submission> again, const OrderRequest& request,
                    SubmitContext context, const SubmitDone& done);
  void PlanAgain(const std::shared_ptr<Submission>& submission);
  void Refuse(Refusal refusal, const SubmitContext& context, const SubmitDone& done);
  Refusal Busy() const;

  void StartWorkers();
  // Also fills the log of events, and notes the first frame of each segment.
  [[nodiscard]] Result<ReplayReport> Replay(Recovery& recovery,
                                            std::map<std::uint64_t, std::uint64_t>& first_frames);
  void StartEvents(const std::map<std::uint64_t, Listener>& listeners, Cartridge* caller);
  void FindOrderNow(OrderId id,
                    const std::function<void(Result<std::shared_ptr<const Order>>)>& done);
  void ReadArchived(OrderId id, OrderDone done);
  void MergeList(const OrderQuery& query, std::vector<OrderSummary> live, const ListDone& done);
  void CommandHeld(HeldOrderCommand command, const OrderDone& done);
  void Change(ChangeOrder command, const OrderDone& done);
  void Cancel(OrderAtVersion order, CancelVerb verb, std::string actor, std::string description,
              const OrderDone& done);
  void PatchArchived(OrderId id, std::shared_ptr<const PatchOfOrder> change, std::string actor,
                     const OrderDone& done);
  std::function<void(Result<std::shared_ptr<const Order>>)> EndOfChange(OrderId id, OrderDone done);
  FoundOrder FromMemoryOrArchive(OrderId id, OrderDone done);

  Parts parts_;
  Options options_;
  std::shared_ptr<const CallbackTokens> tokens_;
  Dispatcher dispatcher_;
  CatalogShelf catalogs_;
  JournalWorker journal_worker_;
  ArchiveWorker archive_worker_;
  EventLog event_log_;
  Planner planner_;
  std::unique_ptr<Partition> partition_;
  std::unique_ptr<NodeCartridges> cartridges_;
  std::unique_ptr<NodeTasks> tasks_;
  std::unique_ptr<NodeEvents> events_;
  ListenerSink listener_sink_{*this};
  std::unique_ptr<NodeCatalog> catalog_service_;
  std::unique_ptr<NodeInventory> inventory_;
  std::atomic<bool> stopping_{false};
  Nanos recovery_time_ = 0;
  // Stopped by the destructor, before anything that the workers use goes.
  std::unique_ptr<LatchedHandle> dispatcher_handle_;
  std::unique_ptr<LatchedHandle> planner_handle_;
  std::unique_ptr<LatchedHandle> archive_handle_;
  std::unique_ptr<LatchedHandle> journal_handle_;
  std::unique_ptr<LatchedHandle> partition_handle_;
  std::unique_ptr<Evaluator> evaluator_;  // null: there are no scripts
};

}  // namespace cairn
