// Service: all that an edge (HTTP, later others) may ask of a running node. The only part of the
// runtime that edges see.
//
// Any thread may call any function. None blocks except where it says so. A callback comes exactly
// once, on a thread of the runtime, after everything that the answer rests on is durable; it must
// not block and should hand its work to a thread of the edge.
#pragma once

#include "base/result.h"
#include "base/time.h"
#include "model/ids.h"
#include "model/order_request.h"
#include "model/order_view.h"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

namespace cairn {

// What was wrong with a request: `code` chooses the status, the fields say the rest.
struct Refusal {
  ErrorCode code = ErrorCode::kInvalidArgument;
  std::string detail;
  std::vector<FieldError> errors;
  Nanos retry_after = 0;  // a span; with kOverloaded and kNoSpace
};

struct SubmitContext {
  std::string actor;            // who; at most kNameBytesMax bytes
  std::string idempotency_key;  // of the client; empty: none
  std::uint64_t body_hash = 0;  // of the body as it was sent, to tell a repeat from a mix-up
};

struct SubmitReply {
  OrderId id;
  OrderState state = OrderState::kNew;
  Nanos submitted_at = 0;
  bool repeated = false;  // the same key was used before: this is that order
};

// An order as it stood at one moment. Immutable; any thread. The functions cost time in proportion
// to the order's size: call them on a thread of the edge.
class OrderSnapshot {
 public:
  virtual ~OrderSnapshot() = default;
  virtual OrderId id() const = 0;
  virtual OrderState state() const = 0;
  virtual std::uint64_t version() const = 0;
  virtual OrderView View() const = 0;
  // What happened to it, oldest first: at most `count` items from the one with the index `first`
  // on. The index of an item never changes.
  virtual std::vector<HistoryItem> History(std::size_t first, std::size_t count) const = 0;
};

struct OrderPatch {
  std::string actor;
  std::uint64_t expected_version = 0;  // 0: any
  std::optional<std::string> tmf_document;
  std::optional<std::string> external_id;
  std::optional<std::int64_t> priority;
  std::optional<Nanos> requested_start;
  std::string description;  // of the change, for the history
};

struct LateAnswer {
  std::string actor;
  Outcome outcome = Outcome::kOk;  // not kDelayed
  Fields output;
  std::string detail;
};

// An order, and the version of it that whoever wants something done with it has seen.
struct OrderAtVersion {
  // NOLINTNEXTLINE(google-explicit-constructor): most have seen none in particular
  OrderAtVersion(OrderId order, std::uint64_t seen = 0) : id(order), version(seen) {}
  OrderId id;
  std::uint64_t version = 0;  // 0: any
};

struct AwaitOptions {
  bool until_settled = false;       // Held or an end state
  std::uint64_t after_version = 0;  // else: as soon as the version is higher than this
  Nanos wait = 0;                   // a span; at most kAwaitMax
};
inline constexpr Nanos kAwaitMax = 10 * kMinute;

struct OrderList {
  std::vector<OrderSummary> items;
  OrderId next;  // pass as OrderQuery::before; not valid(): there are no more
};

// Counters since the start and gauges now. Times in nanoseconds, sizes in bytes.
struct NodeMetrics {
  std::uint64_t orders_accepted = 0;
  std::uint64_t orders_refused = 0;
  std::uint64_t orders_completed = 0;
  std::uint64_t orders_failed = 0;
  std::uint64_t orders_cancelled = 0;
  std::uint64_t orders_held_now = 0;
  std::uint64_t orders_waiting_now = 0;  // for nothing but asynchronous answers
  std::uint64_t orders_live = 0;         // in memory: not yet archived
  std::uint64_t orders_folded_now = 0;   // of them, those that wait as compressed records only
  std::uint64_t work_orders_sent = 0;
  std::uint64_t work_orders_answered = 0;
  std::uint64_t answers_ignored = 0;
  std::uint64_t commands = 0;
  std::uint64_t batches = 0;
  std::uint64_t journal_syncs = 0;
  std::uint64_t journal_appended_bytes = 0;
  std::uint64_t journal_bytes = 0;
  std::uint64_t journal_live_bytes = 0;
  std::uint64_t journal_segments_ahead = 0;
  std::uint64_t archive_written = 0;
  std::uint64_t archive_waiting = 0;  // ended orders that the archive does not have yet
  Nanos archive_lag = 0;              // age of the oldest of them
  Nanos command_time_max = 0;         // longest hold of the core thread by one command
  Nanos clock_jump_max = 0;
  std::uint64_t clock_alarms = 0;  // jumps of more than five minutes
  std::uint64_t epoch = 0;
  Nanos recovery_time = 0;
  struct CartridgeMetrics {
    std::string name;
    std::uint64_t running = 0;
    std::uint64_t waiting = 0;
    std::uint64_t ok = 0;
    std::uint64_t functional = 0;
    std::uint64_t technical = 0;
  };
  std::vector<CartridgeMetrics> cartridges;
};

enum class Readiness { kStarting, kReady, kStopping, kNoSpace };

class Service {
 public:
  virtual ~Service() = default;

  // Plans on the calling thread (which takes time in proportion to the order's size), then queues.
  using SubmitDone = std::function<void(tl::expected<SubmitReply, Refusal>)>;
  virtual void SubmitOrder(const OrderRequest& request, SubmitContext context, SubmitDone done) = 0;

  // Plans on the calling thread; stores and runs nothing.
  [[nodiscard]] virtual tl::expected<PlanView, Refusal> PlanOrder(const OrderRequest& request) = 0;

  // The order as it is now, from memory or from the archive (then this may block on the disk for
  // the length of one look-up). kNotFound.
  using OrderDone = std::function<void(Result<std::shared_ptr<const OrderSnapshot>>)>;
  virtual void GetOrder(OrderId id, OrderDone done) = 0;

  // As GetOrder, once the options are met or the wait is over, whichever is first.
  virtual void AwaitOrder(OrderId id, AwaitOptions options, OrderDone done) = 0;

  // Live and archived orders, newest first. May block on the archive: call it on a worker thread.
  using ListDone = std::function<void(Result<OrderList>)>;
  virtual void ListOrders(const OrderQuery& query, ListDone done) = 0;

  // kNotFound; kConflict when the order is not Held, or not of the version that was seen.
  virtual void ResubmitOrder(OrderAtVersion order, std::string actor, std::string description,
                             OrderDone done) = 0;
  virtual void GiveUpOrder(OrderAtVersion order, std::string actor, std::string description,
                           OrderDone done) = 0;
  // Both are answered when the wish is durable, which may be before it takes effect: cancel waits
  // for the running slice, abort for the calls that are out. kNotFound; kConflict when the order
  // has ended, has passed a point of no return or is not of the version that was seen.
  virtual void CancelOrder(OrderAtVersion order, std::string actor, std::string description,
                           OrderDone done) = 0;
  virtual void AbortOrder(OrderAtVersion order, std::string actor, std::string description,
                          OrderDone done) = 0;

  // Changes what an order says of itself, also of one that has ended; what is not set stays.
  // kNotFound; kConflict when the version is not the expected one, or the start is to be changed
  // of an order that has begun.
  virtual void PatchOrder(OrderId id, OrderPatch patch, OrderDone done) = 0;
  // Takes an order that has ended out of the archive. kNotFound; kConflict while it is live.
  using DeleteDone = std::function<void(Status)>;
  virtual void DeleteOrder(OrderId id, std::string actor, DeleteDone done) = 0;

  // The answer to a work order that its cartridge delayed. kNotFound: the token is false;
  // kConflict: it is spent or late.
  using CompleteDone = std::function<void(Status)>;
  virtual void CompleteWorkOrder(std::string_view callback_token, LateAnswer answer,
                                 CompleteDone done) = 0;

  virtual Readiness readiness() const = 0;
  virtual NodeMetrics metrics() const = 0;
  virtual std::string catalog_version() const = 0;

  virtual Nanos now() const = 0;
  // Moves a virtual clock to `moment`. kConflict when the node runs on the real clock,
  // kInvalidArgument when the moment is in the past.
  [[nodiscard]] virtual Status AdvanceClockTo(Nanos moment) = 0;
};

}  // namespace cairn
