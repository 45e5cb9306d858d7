// Partition: the loop that everything goes through. One worker owns all state; commands come in by
// three lanes, and leave as events in a batch for the journal, with the effects and replies that
// rest on them.
//
//   lanes: answers and timers (never refused), operators, admission (refused first)
//
// Functions marked "any thread" only put into a lane. The rest belongs to the partition's worker.
#pragma once

#include "engine/orders/decide.h"
#include "ports/clock.h"
#include "ports/executor.h"
#include "runtime/archive_worker.h"
#include "runtime/batch.h"
#include "runtime/callback_token.h"
#include "runtime/commands.h"
#include "runtime/event_log.h"
#include "runtime/journal_worker.h"
#include "runtime/mailbox.h"
#include "runtime/partition_clock.h"
#include "runtime/partition_state.h"
#include "runtime/service_index.h"

#include <atomic>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <queue>
#include <set>
#include <unordered_map>
#include <vector>

namespace cairn {

class Evaluator;

struct PartitionLimits {
  std::size_t admission_queue = 20'000;  // commands
  std::size_t operator_queue = 50'000;
  std::size_t late_answer_queue = 100'000;
  std::size_t live_orders = 2'000'000;
  std::size_t archive_waiting = 400'000;      // ended orders that the archive does not have yet
  std::size_t services = 5'000'000;           // of the inventory, with the terminated ones
  std::size_t terminated_services = 100'000;  // past this the oldest go before their time
  std::size_t catalogs = 10'000;              // versions of it
  std::size_t awaiting = 100'000;             // waits for an order to change
  std::size_t resting_orders = 10'000;        // at rest and not folded
  std::size_t batch_bytes = 2U << 20U;        // a frame is closed past this
  std::size_t batch_replies = 16'384;         // as is a batch, which may wait long for a full disk
  std::size_t commands_per_step = 512;
  std::uint64_t id_block = 1U << 16U;  // ids reserved at once
};

// Counters that any thread may read.
struct PartitionCounters {
  std::atomic<std::uint64_t> accepted{0}, refused{0}, completed{0}, failed{0}, cancelled{0},
      held{0}, waiting{0}, live{0}, folded{0};
  std::atomic<std::uint64_t> sent{0}, answered{0}, ignored{0}, commands{0}, batches{0};
  std::atomic<std::uint64_t> journal_bytes{0}, live_bytes{0}, segments_ahead{0}, epoch{0},
      clock_alarms{0};
  std::atomic<Nanos> clock_jump_max{0}, command_time_max{0};
};

class Partition final : public Worker {
 public:
  Partition(PartitionState state, PartitionLimits limits, Clock& clock, JournalWorker& journal,
            ArchiveWorker& archive, std::shared_ptr<const CallbackTokens> tokens);

  // What runs the scripts of orders; before Start. Null, or never called: no catalog has any.
  void SetEvaluator(Evaluator* evaluator) { evaluator_ = evaluator; }

  void Attach(WorkerHandle* handle) { handle_ = handle; }

  // Makes the new epoch, stores the catalog if it is a new one, and derives again what was under
  // way when the journal ended. Nothing leaves before the epoch is durable. Once, before any Step.
  void Start(const std::shared_ptr<const Catalog>& catalog);
  // Gives out none of the next `count` ids. Right after Start; `when_durable` is called, on a
  // thread of the runtime, once that cannot be lost any more.
  void LeaveOutIds(std::uint64_t count, std::function<void()> when_durable);

  // What listeners were not told of yet stays in the journal as long as `log` has it. Before Start.
  void KeepFor(const EventLog& log) { event_log_ = &log; }

  // Any thread.
  void PutAnswers(std::vector<CartridgeAnswer> answers);
  void PutEvaluated(EvaluatedStep evaluated);
  void PutArchived(std::vector<OrderId> ids);
  void PutDurable(DurableNotice notice);
  [[nodiscard]] bool PutLateAnswer(LateAnswerCommand command);  // false: the lane is full
  [[nodiscard]] bool PutOperator(OperatorCommand command);      // false: the lane is full
  [[nodiscard]] bool PutAdmission(std::vector<AdmissionCommand> commands);  // all or none
  void StopAdmission();
  const PartitionCounters& counters() const { return counters_; }
  const ServiceIndex& services() const { return services_; }
  // Nothing is queued, open or on its way to the journal.
  bool idle() const;

  bool Step() override;

  // For the simulation and for tests: between steps only.
  const PartitionState& state() const { return state_; }
  std::size_t timers() const { return timers_.size(); }
  std::size_t moments() const { return moments_.size(); }
  const std::set<WorkOrderRef>& tasks() const { return tasks_; }

 private:
  struct Timer {
    Nanos at = 0;
    std::uint64_t order = 0;  // a retry: the order's id and the work order
    std::uint32_t work_order = 0;
    std::uint64_t waiter = 0;  // else: a wait that is over
    friend bool operator>(const Timer& a, const Timer& b) {
      return std::tie(a.at, a.order, a.work_order, a.waiter) >
             std::tie(b.at, b.order, b.work_order, b.waiter);
    }
  };
  // A deadline of a delayed answer, or an order's start: known long before, and mostly given up
  // before it comes, so that it must be found again.
  struct Moment {
    Nanos at = 0;
    std::uint64_t order = 0;
    std::uint32_t work_order = 0;
    friend auto operator<=>(const Moment&, const Moment&) = default;
  };
  static constexpr std::uint32_t kStartOfOrder = UINT32_MAX;  // in place of a work order
  struct Waiter {
    std::uint64_t number = 0;
    AwaitOptions options;
    FoundOrder done;
  };

  // partition.cc: the loop.
  void TakeNotices();
  void Collect();
  void DecideSome();
  // False when the rest of it is for a later step.
  bool DecideOperator(OperatorCommand& command);
  bool RetirementIsDue();
  void NoteCommandTime(Nanos& from);
  void SubmitBatch();
  bool MayDecide() const;
  bool HasWork() const;
  void OpenBatch();
  void BeginFrame();
  void WakeForTimers();
  void PublishGauges();

  // partition_orders.cc: what becomes of orders.
  void Decide(CartridgeAnswer answer);
  void Decide(LateAnswerCommand& command);
  static Answer AnswerOf(CartridgeAnswer& answer);
  bool TakeAnswer(CartridgeAnswer answer, std::string_view actor);  // false: it counts for nothing
  void Decide(EvaluatedStep& evaluated);
  void Decide(StagePart& command);
  void Decide(AcceptOrder& command);
  void Decide(HeldOrderCommand& command);
  void Decide(ChangeOrder& command);
  void DecideArchived(OrderId id);
  void Advance(Order& order) { AdvanceAt(order, state_.time); }
  void AdvanceAt(Order& order, Nanos now);
  void RecordEvent(Order& order, const OrderEvent& event, std::string_view actor);
  void AfterEvent(Order& order, const OrderEvent& event, OrderState before);
  void CountState(OrderState state, bool enters);
  void Send(const Order& order, std::uint32_t work_order);
  bool MayLeaveEarly(const Order& order, std::uint32_t work_order) const;
  CartridgeCall CallOf(const Order& order, std::uint32_t work_order) const;

  // partition_verify.cc: questions whether something was done, before it is done again.
  void SendOrAsk(const Order& order, std::uint32_t work_order, bool may_have_been_made);
  void Ask(const Order& order, std::uint32_t work_order);
  void TakeVerification(CartridgeAnswer answer);

  // partition_moments.cc: deadlines and starts.
  void ForgetMoments(const Order& order, const OrderEvent& event);
  void KeepMoments(const Order& order, const OrderEvent& event);
  void KeepStart(const Order& order);
  void KeepWait(const Order& order, std::uint32_t work_order);
  void DeriveAgain(const StoredOrder& stored);
  void DeriveAgain(const Order& order);
  void DeriveAgain(const FoldedOrder& order);
  void ResumeSome();
  void FireMoments();
  bool AnswerRepeat(const SubmissionKey& key, std::uint64_t body_hash,
                    const Service::SubmitDone& done);
  bool Refuse(AcceptOrder& command);  // false: there is nothing against it
  std::uint64_t NewCounter();
  void RetireOrder(std::uint64_t counter);

  // partition_tasks.cc: what waits for a person.
  bool Decide(ListTasksCommand& command);
  void Decide(CompleteTaskCommand& command);

  // partition_targets.cc: what is in maintenance.
  void Decide(MaintenanceCommand& command);
  void KeepTarget(EntityKey key);

  // partition_listeners.cc: who is told of events.
  void Decide(RegisterListener& command);
  void Decide(DropListener& command);
  void Decide(NoteDelivered& command);
  void KeepListener(EntityKey key);
  std::uint64_t OldestSegmentForListeners() const;

  // partition_evaluations.cc: scripts of orders.
  void QueueEvaluations(const Order& order, std::uint32_t after);
  void KeepStepDeadline(const Order& order, std::uint32_t work_order);
  CallTicket TicketOf(const Order& order, std::uint32_t work_order) const;
  void GiveCallsBack(const Order& order);
  void WithdrawCall(const Order& order, std::uint32_t work_order);
  bool SubmitEvaluations();  // false: there was nothing that could be

  // partition_entities.cc: records of what is no order, keys, and the moving of bases.
  void RecordEntity(EntityKey key, RecordType type, EventType event, std::string_view payload,
                    std::string_view actor = {});
  void KeepSubmissionKey(const Order& order);
  void DropOldKeys();
  void RetireOrphanedChunks();
  void MoveBases();
  bool MoveBase(EntityKey key);  // false: it needs further steps
  bool MoveOrder(std::uint64_t id);
  void RecordMoved(std::uint64_t id, std::uint64_t version, std::string_view snapshot);

  // partition_services.cc: the inventory and the versions of the catalog.
  void KeepService(const Order& order, std::uint32_t product_order);
  void KeepServicesAtOnce(const Order& order);
  void DropTerminatedServices();
  void MoveService(EntityKey key);
  bool IsStale(const AcceptOrder& command) const;
  void KeepCatalog(const std::shared_ptr<const Catalog>& catalog, std::string_view actor);
  void Decide(RefuseOrder& command);
  void Decide(ReadService& command);
  bool Decide(ListServicesCommand& command);
  void Decide(StoreCatalog& command);

  // partition_reads.cc: questions and waits.
  void Decide(ReadOrder& command);
  void Decide(AwaitOrderCommand& command);
  bool Decide(ListLiveOrders& command);
  void Decide(AwaitRetirement& command);
  void NotifyWaiters(const Order& order);
  void FireTimers();
  void AddTimer(Timer timer);
  void DropStaleTimers();
  void EndWait(std::uint64_t number);

  PartitionState state_;
  ServiceIndex services_;  // as far as they are durable
  const PartitionLimits limits_;
  Clock& machine_clock_;
  PartitionClock clock_;
  JournalWorker& journal_;
  ArchiveWorker& archive_;
  const std::shared_ptr<const CallbackTokens> tokens_;
  WorkerHandle* handle_ = nullptr;
  const EventLog* event_log_ = nullptr;

  Evaluator* evaluator_ = nullptr;

  Mailbox<EvaluatedStep> evaluated_lane_;
  Mailbox<CartridgeAnswer> answer_lane_;
  Mailbox<LateAnswerCommand> late_answer_lane_;
  Mailbox<OrderId> archived_lane_;
  Mailbox<DurableNotice> notice_lane_;
  Mailbox<OperatorCommand> operator_lane_;
  Mailbox<AdmissionCommand> admission_lane_;

  // Taken from the lanes, in order.
  std::deque<EvaluatedStep> evaluated_;
  std::deque<CartridgeAnswer> answers_;
  std::deque<LateAnswerCommand> late_answers_;
  std::deque<OrderId> archived_;
  std::deque<OperatorCommand> operators_;
  std::deque<AdmissionCommand> admissions_;
  std::deque<std::uint64_t> going_on_;  // counters of orders with more to send
  // Counters of orders that wait for what answers by itself, which does not know it after a start.
  std::deque<std::uint64_t> to_resume_;
  Nanos life_began_ = 0;

  struct QueuedEvaluation {
    OrderId order;
    PendingEvaluation evaluation;
  };
  std::deque<QueuedEvaluation> evaluations_;  // for the evaluator, in order
  std::atomic<std::uint64_t> evaluating_{0};  // with the evaluator, or on their way back

  std::unique_ptr<Batch> batch_;
  // Orders that began a slice in the open batch, of those that are checkpointed slice by slice.
  std::set<std::uint64_t> slices_begun_;
  bool first_batch_ = true;  // the one that makes the epoch was not submitted yet
  std::vector<std::shared_ptr<const Order>> discarded_;
  std::vector<Timer> timers_;  // a heap, the earliest first
  std::set<Moment> moments_;
  std::set<WorkOrderRef> tasks_;  // work orders of manual cartridges that wait
  // Whose target was asked, in this life of the node, whether it had carried them out, and has not
  // answered yet.
  std::set<WorkOrderRef> asked_;
  std::size_t stale_timers_ = 0;  // of waits that were met before their time
  std::unordered_map<std::uint64_t, std::vector<Waiter>> waiters_;  // by counter; never iterated
  std::unordered_map<std::uint64_t, std::uint64_t> waiter_orders_;  // number -> counter
  // Who waits for an ended order to be retired, by counter.
  std::multimap<std::uint64_t, std::function<void(Status)>> retirement_waiters_;
  std::uint64_t next_waiter_ = 1;
  JournalSpace space_;
  Nanos archived_due_ = 0;  // when orders that were archived are retired; 0: none wait
  std::size_t last_batch_bytes_ = 0;
  std::uint64_t move_budget_ = 0;  // bytes that may be moved, earned by bytes appended
  std::uint64_t dropped_before_ = 0;
  bool in_flight_ = false;  // a batch is with the journal
  std::atomic<bool> admitting_{true};
  std::atomic<bool> settled_{false};  // see idle()
  PartitionCounters counters_;
};

}  // namespace cairn
