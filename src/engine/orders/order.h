// Order: the whole state of one service order. Plain data that only Apply (apply.h) changes; every
// other function of the engine reads it.
//
// Three levels, each a flat list in which the members of one parent are neighbours:
//
//   product orders  ->  technical product orders  ->  work orders
//
// The plan (what was ordered, how it decomposes, what comes after what) never changes and is
// shared; what changes is small and copied whole when somebody wants to read.
#pragma once

#include "base/time.h"
#include "engine/orders/catalog.h"
#include "model/ids.h"
#include "model/records.pb.h"
#include "model/states.h"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace cairn {

// A piece of Order::text.
struct TextRange {
  std::uint32_t offset = 0;
  std::uint32_t size = 0;
};

inline constexpr std::uint32_t kNoAttempt = UINT32_MAX;

struct Attempt {
  std::uint32_t work_order = 0;
  std::uint32_t run = 0;
  std::uint32_t n = 0;  // from 1 within the run
  Outcome outcome = Outcome::kOk;
  bool answered = false;  // not by a delayed answer: that leaves the attempt open
  Nanos sent_at = 0;
  Nanos answered_at = 0;  // or, of an attempt that waits, when its answer was delayed
  TextRange detail;
  std::uint32_t previous = kNoAttempt;  // of the same work order: index in Order::attempts
};

// When the scripts and assignments of a step are evaluated. Stored in the journal.
enum class EvaluationPhase : std::uint8_t {
  kNone = 0,
  kEntry = 1,  // before it is sent; all there is to a choice, an assignment or an end
  kEval = 2,   // after it was answered ok, before what follows begins
};

// One step of a process. What is no work order (a choice, say) is never sent.
struct WorkOrder {
  WorkOrderState state = WorkOrderState::kPending;
  bool queued = false;                                  // in Order::ready, plain or evaluations
  EvaluationPhase evaluating = EvaluationPhase::kNone;  // what it waits for, or will when begun
  bool has_input = false;
  std::uint32_t technical_order = 0;
  std::uint32_t run = 0;           // of the last attempt; 0: never sent
  std::uint32_t attempt = 0;       // the last one's number within that run
  std::uint32_t sends = 0;         // over all runs
  std::uint32_t last_attempt = 0;  // index in Order::attempts; meaningful when sends > 0
  Nanos retry_at = 0;              // > 0: pending, and sent again at that moment
  Nanos deadline = 0;              // > 0: waiting; past it the silence is a technical error
  std::uint32_t doubtful_run = 0;  // > 0: nobody knows whether that run's call was carried out
  TextRange output;                // encoded Fields; once completed
  TextRange input;                 // encoded Fields; when has_input
  TextRange error;                 // why an evaluation was not ok
  std::uint32_t branch = 0;        // that a choice took
  std::uint32_t completed = 0;     // the how manieth of its process to complete; 0: not yet
};

struct TechnicalOrder {
  ProductOrderState state = ProductOrderState::kPending;
  std::uint32_t first_work_order = 0;
  std::uint32_t active = 0;   // work orders that are ready or sent, or wait for retry or answer
  std::uint32_t waiting = 0;  // of them, those that wait for an asynchronous answer
  std::uint32_t open_predecessors = 0;  // that have not completed
  std::uint32_t completions = 0;        // steps that have completed so far
  std::uint32_t ended_by = 0;           // the step, when `ended`
  bool ended = false;                   // by a step that ends the process
  bool compensating = false;            // it has failed, and what was done is undone
  bool troubled = false;                // counted in Order::troubled
  const records::TechnicalOrderPlan* plan = nullptr;
};

struct ProductOrder {
  ProductOrderState state = ProductOrderState::kPending;
  std::uint32_t first_technical_order = 0;
  const records::ProductOrderPlan* plan = nullptr;
};

// Lists of indexes by key: members_of(k) are neighbours in one array.
struct IndexLists {
  std::vector<std::uint32_t> starts;  // one more than there are keys
  std::vector<std::uint32_t> members;
};

// A script that the order waits for. `number` counts them, so a later one differs.
struct PendingEvaluation {
  std::uint32_t work_order = 0;
  std::uint32_t number = 0;
  EvaluationPhase phase = EvaluationPhase::kNone;
};

// Fields that steps have set in a dataset.
struct AssignedFields {
  records::DatasetScope scope = records::TECHNICAL_ORDER;
  std::uint32_t index = 0;  // of the technical or product order; 0 for the order's own
  std::string fields;       // encoded Fields
};

// A piece of the trail that the journal holds on its own.
struct TrailChunk {
  std::uint64_t id = 0;
  std::uint64_t bytes = 0;
};

struct Order {
  OrderId id;
  std::uint64_t version = 0;  // counts the order's records, the first is 1

  // The plan.
  std::shared_ptr<const Catalog> catalog;
  std::shared_ptr<const records::OrderAccepted> accepted;
  std::vector<std::shared_ptr<const records::OrderPart>> further_parts;
  IndexLists slices;      // slice -> technical orders
  IndexLists dependents;  // technical order -> technical orders that wait for it

  // What changes.
  OrderState state = OrderState::kNew;
  Port port = Port::kNone;
  std::uint32_t run = 1;
  std::uint32_t slice = 0;     // the one that is running, or the last that ran
  bool in_pop = false;         // product order processing has begun this run and not ended it
  std::uint32_t active = 0;    // work orders that are ready or sent, or wait for retry or answer
  std::uint32_t waiting = 0;   // of them, those that wait for an asynchronous answer
  std::uint32_t troubled = 0;  // technical orders that are Partial or Failed, or being undone
  // Product orders that the last event has completed: what follows from that is another's affair.
  std::vector<std::uint32_t> just_completed;
  std::uint32_t ready_head = 0;
  std::vector<std::uint32_t> ready;  // work orders to send, from ready_head on, in order
  std::uint32_t plain_head = 0;
  std::vector<std::uint32_t> plain;            // steps to pass without a script, likewise
  std::vector<PendingEvaluation> evaluations;  // by number
  std::uint32_t last_evaluation = 0;           // the highest number so far
  std::vector<AssignedFields> assigned;        // by scope and index
  std::vector<ProductOrder> product_orders;
  std::vector<TechnicalOrder> technical_orders;
  std::vector<WorkOrder> work_orders;
  std::vector<Attempt> attempts;
  std::uint32_t ignored_answers = 0;
  bool cancel_requested = false;  // nothing new is begun: it ends when what runs has ended
  bool abort_requested = false;   // and of that, only calls that are out are awaited
  std::string cancel_description;
  std::uint32_t patches = 0;
  std::shared_ptr<const records::OrderPatched> patched;  // the last change; null: none
  Nanos submitted_at = 0;
  Nanos started_at = 0;  // 0: nothing was sent yet
  Nanos ended_at = 0;    // 0: not yet
  std::string text;      // outputs and details

  // The order's records after the first, each as time (fixed64) and record (model/record.h): its
  // audit trail, and with the first one its snapshot.
  std::string trail;
  std::vector<TrailChunk> trail_chunks;  // the trail's beginning, where it is long
  std::string actor;                     // who submitted it

  std::string_view Text(TextRange range) const {
    return std::string_view(text).substr(range.offset, range.size);
  }
  std::uint32_t work_order_end(std::uint32_t technical_order) const {
    return technical_order + 1 < technical_orders.size()
               ? technical_orders[technical_order + 1].first_work_order
               : static_cast<std::uint32_t>(work_orders.size());
  }
  std::uint32_t technical_order_end(std::uint32_t product_order) const {
    return product_order + 1 < product_orders.size()
               ? product_orders[product_order + 1].first_technical_order
               : static_cast<std::uint32_t>(technical_orders.size());
  }
  // The index in `attempts`; nothing when the work order was never sent so. Takes time by the sends
  // of that work order. REQUIRES: there is such a work order.
  std::optional<std::uint32_t> FindAttempt(std::uint32_t work_order, std::uint32_t of_run,
                                           std::uint32_t n) const;
  const records::Step& step(std::uint32_t work_order) const;
  const records::Cartridge& cartridge(std::uint32_t work_order) const;
  // What the order says of itself, as it was accepted or last changed.
  const std::string& external_id() const {
    return patched ? patched->external_id() : accepted->external_id();
  }
  std::int64_t priority() const { return patched ? patched->priority() : accepted->priority(); }
  bool has_priority() const { return patched ? patched->has_priority() : accepted->has_priority(); }
  Nanos requested_start() const {
    return patched ? patched->requested_start() : accepted->requested_start();
  }
  const std::string& tmf_document() const {
    return patched ? patched->tmf_document() : accepted->tmf_document();
  }
  std::uint32_t slice_count() const { return accepted->slice_count(); }
};

// The order as it is when it has just been accepted, before any record but the first. A pure
// function of its arguments, so it may be called ahead of time on another thread.
// REQUIRES: the parts are those that `accepted` names, and all of it was made by MakePlan.
std::unique_ptr<Order> BuildOrder(
    OrderId id, Nanos submitted_at, std::string actor, std::shared_ptr<const Catalog> catalog,
    std::shared_ptr<const records::OrderAccepted> accepted,
    std::vector<std::shared_ptr<const records::OrderPart>> further_parts);

}  // namespace cairn
