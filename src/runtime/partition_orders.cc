// What becomes of orders: each command decided, its events recorded and applied, its effects noted.
#include "base/check.h"
#include "base/text.h"
#include "engine/orders/apply.h"
#include "engine/orders/snapshot.h"
#include "engine/orders/work_order_input.h"
#include "model/limits.h"
#include "runtime/partition.h"

#include <fmt/format.h>

#include <algorithm>

namespace cairn {

// The one place where an event of an order is made: into the batch, into the state, onto the trail.
void Partition::RecordEvent(Order& order, const OrderEvent& event, std::string_view actor) {
  BeginFrame();
  const std::size_t from = batch_->bytes.size();
  AppendOrderEvent(batch_->bytes, order.id.value(), order.version + 1, actor, event);
  const std::string_view raw = std::string_view(batch_->bytes).substr(from);
  ++batch_->records;
  batch_->events.push_back({order.id, order.version + 1});
  state_.ledger.Record({EntityKind::kOrder, order.id.value()}, RecordType::kEvent, raw.size());
  const OrderState before = order.state;
  const std::uint32_t last_evaluation = order.last_evaluation;
  ForgetMoments(order, event);
  Apply(order, event, state_.time);
  KeepMoments(order, event);
  QueueEvaluations(order, last_evaluation);
  AppendFixed(order.trail, state_.time);
  order.trail.append(raw);
  for (const std::uint32_t p : order.just_completed) KeepService(order, p);
  AfterEvent(order, event, before);
}

// Effects and timers follow from events, so that recovery can derive them from the state alone.
void Partition::AfterEvent(Order& order, const OrderEvent& event, OrderState before) {
  if (order.accepted->checkpoint_after_slice() &&
      (std::holds_alternative<records::SliceStarted>(event) ||
       std::holds_alternative<records::OrderResubmitted>(event))) {
    slices_begun_.insert(order.id.counter());
  }
  if (const auto* sent = std::get_if<records::WorkOrdersSent>(&event)) {
    for (const std::uint32_t w : sent->work_orders()) {
      SendOrAsk(order, w, false);
      // One is enough for all attempts of a run.
      if (order.work_orders[w].attempt == 1) KeepStepDeadline(order, w);
    }
  } else if (const auto* answered = std::get_if<records::WorkOrderAnswered>(&event)) {
    counters_.answered.fetch_add(1, std::memory_order_relaxed);
    asked_.erase({order.id, answered->work_order()});
    if (answered->retry_at() != 0) {
      AddTimer({.at = answered->retry_at(),
                .order = order.id.value(),
                .work_order = answered->work_order()});
    }
  } else if (const auto* delayed = std::get_if<records::WorkOrderDelayed>(&event)) {
    asked_.erase({order.id, delayed->work_order()});
  } else if (const auto* wish = std::get_if<records::OrderCancelRequested>(&event)) {
    if (wish->abort()) GiveCallsBack(order);
  } else if (std::holds_alternative<records::WorkOrderAnswerIgnored>(event)) {
    counters_.ignored.fetch_add(1, std::memory_order_relaxed);
  }
  if (order.state != before) {
    CountState(before, false);
    CountState(order.state, true);
  }
  if (IsFinal(order.state)) {
    batch_->ended.push_back(state_.orders.FindShared(order.id.counter()));
  }
}

void Partition::CountState(OrderState state, bool enters) {
  const std::uint64_t one = enters ? 1 : ~std::uint64_t{0};  // the latter takes one off
  switch (state) {
    case OrderState::kHeld: counters_.held.fetch_add(one, std::memory_order_relaxed); break;
    case OrderState::kWaiting: counters_.waiting.fetch_add(one, std::memory_order_relaxed); break;
    case OrderState::kCompleted: counters_.completed.fetch_add(one); break;
    case OrderState::kCancelled: counters_.cancelled.fetch_add(one); break;
    case OrderState::kFailed:
    case OrderState::kRolledBack:
    case OrderState::kRejected: counters_.failed.fetch_add(one); break;
    case OrderState::kNew:
    case OrderState::kRunning:
    case OrderState::kSuspended:
    case OrderState::kRollingBack: break;
  }
}

// All but the input.
CartridgeCall Partition::CallOf(const Order& order, std::uint32_t w) const {
  const WorkOrder& work_order = order.work_orders[w];
  const records::Cartridge& cartridge = order.cartridge(w);
  CartridgeCall call{.ticket = {.work_order = {order.id, w},
                                .run = work_order.run,
                                .attempt = work_order.attempt,
                                .epoch = state_.epoch},
                     .cartridge = {order.catalog, &cartridge},
                     .operation = order.step(w).operation(),
                     .idempotency_key = IdempotencyKey(order, w),
                     .ordinal = work_order.sends - 1,
                     .input = {},
                     .timeout = WorkOrderTimeout(cartridge),
                     .priority = order.has_priority() ? order.priority() : kPriorityDefault};
  // What answers by itself hands no token on.
  if (!cartridge.has_simulated()) {
    call.callback_token = tokens_->Make(
        {.work_order = {order.id, w}, .run = work_order.run, .attempt = work_order.attempt});
  }
  return call;
}

// With POP_CHECKPOINT AfterSlice what has begun a slice must be durable, and nothing after it: a
// crash then repeats the slice's calls, each with the key that it had. But not where a repetition
// must ask first: that it was sent must be known then.
bool Partition::MayLeaveEarly(const Order& order, std::uint32_t w) const {
  return order.accepted->checkpoint_after_slice() && order.cartridge(w).verify().empty() &&
         !first_batch_ && !slices_begun_.contains(order.id.counter());
}

void Partition::Send(const Order& order, std::uint32_t w) {
  auto& calls = MayLeaveEarly(order, w) ? batch_->early_calls : batch_->calls;
  CartridgeCall& call = calls.emplace_back(CallOf(order, w));
  call.input = WorkOrderInput(order, w);
  counters_.sent.fetch_add(1, std::memory_order_relaxed);
}

// Everything that the order does next by itself, up to the limit of one command.
void Partition::AdvanceAt(Order& order, Nanos now) {
  std::size_t sent = 0;
  std::size_t events = 0;
  while (true) {
    const auto event = DecideNext(order, now);
    if (!event) break;
    if (sent >= kSendsPerCommand || events >= kEventsPerCommand) {
      going_on_.push_back(order.id.counter());
      break;
    }
    if (const auto* sends = std::get_if<records::WorkOrdersSent>(&*event)) {
      sent += static_cast<std::size_t>(sends->work_orders_size());
    }
    ++events;
    RecordEvent(order, *event, {});
  }
  if (IsAtRest(order)) state_.orders.NoteAtRest(order);
  NotifyWaiters(order);
}

void Partition::Decide(CartridgeAnswer answer) {
  if (answer.ticket.verify) return TakeVerification(std::move(answer));
  (void)TakeAnswer(std::move(answer), {});
}

void Partition::Decide(LateAnswerCommand& command) {
  const WorkOrderRef work_order = command.answer.ticket.work_order;
  Status taken;
  if (!TakeAnswer(std::move(command.answer), command.actor)) {
    taken =
        Fail(ErrorCode::kConflict, fmt::format("{} waits for no answer by this token any more",
                                               WorkOrderName(work_order.order, work_order.index)));
  }
  batch_->replies.push_back(
      [done = std::move(command.done), taken = std::move(taken)] { done(taken); });
}

// What the engine is told of a cartridge's answer, within the limits of one.
Answer Partition::AnswerOf(CartridgeAnswer& answer) {
  answer.detail.resize(CutUtf8(answer.detail, kTextBytesMax).size());
  if (answer.output.encoded().size() > kOutputBytesMax) {
    answer.output = Fields();
    answer.detail = fmt::format("the output was dropped: over {} bytes", kOutputBytesMax);
  }
  return {.work_order = answer.ticket.work_order.index,
          .run = answer.ticket.run,
          .attempt = answer.ticket.attempt,
          .outcome = answer.outcome,
          .output = answer.output.TakeEncoded(),
          .detail = std::move(answer.detail),
          .retry_after = answer.retry_after};
}

bool Partition::TakeAnswer(CartridgeAnswer answer, std::string_view actor) {
  Order* order = state_.orders.Find(answer.ticket.work_order.order.counter());
  if (order == nullptr || answer.ticket.work_order.order.partition() != state_.partition) {
    counters_.ignored.fetch_add(1, std::memory_order_relaxed);
    return false;
  }
  auto event = DecideAnswer(*order, AnswerOf(answer), state_.time);
  if (!event) return false;
  const bool counts = !std::holds_alternative<records::WorkOrderAnswerIgnored>(*event);
  const WorkOrder& work_order = order->work_orders[answer.ticket.work_order.index];
  const bool overtaken =
      work_order.state == WorkOrderState::kSent &&
      (work_order.attempt != answer.ticket.attempt || answer.ticket.epoch != state_.epoch);
  if (overtaken && counts) {
    // A later attempt, or this one sent again after a restart, may still wait for its turn; what it
    // would ask for is known.
    WithdrawCall(*order, answer.ticket.work_order.index);
  }
  RecordEvent(*order, *event, actor);
  Advance(*order);
  return counts;
}

std::uint64_t Partition::NewCounter() {
  if (state_.next_counter >= state_.reserved_end) {
    state_.reserved_end = state_.next_counter + limits_.id_block;
    records::IdsReserved event;
    event.set_counter_end(state_.reserved_end);
    RecordEntity({EntityKind::kPartition, state_.partition}, RecordType::kEvent,
                 EventType::kIdsReserved, event.SerializeAsString());
  }
  return state_.next_counter++;
}

void Partition::Decide(StagePart& command) {
  const OrderPartId id = OrderPartId::Of(state_.partition, NewCounter());
  records::OrderPartStaged event;
  *event.mutable_part() = *command.part;
  state_.parts[id.value()] = {.part = command.part, .order = 0};
  RecordEntity({EntityKind::kOrderPart, id.value()}, RecordType::kEvent,
               EventType::kOrderPartStaged, event.SerializeAsString());
  command.staging->part_ids.push_back(id.value());
}

// A repeat of a submission gets the order of the first one; a key with another body is refused.
bool Partition::AnswerRepeat(const SubmissionKey& key, std::uint64_t body_hash,
                             const Service::SubmitDone& done) {
  const auto it = state_.keys.find(key);
  if (it == state_.keys.end()) return false;
  const SubmissionRecord& record = it->second;
  if (record.body_hash != body_hash) {
    Refusal refusal{
        .code = ErrorCode::kRuleViolated,
        .detail = "this Idempotency-Key was used with another body",
        .errors = {{"", "idempotency-key-reused",
                    fmt::format("the key belongs to order {}", FormatId(record.order))}}};
    batch_->replies.push_back(
        [done, refusal = std::move(refusal)] { done(tl::unexpected(refusal)); });
    return true;
  }
  const StoredOrder* order = state_.orders.FindStored(record.order.counter());
  const SubmitReply reply{.id = record.order,
                          .state = order != nullptr ? order->state() : record.end_state,
                          .submitted_at = record.submitted_at,
                          .repeated = true};
  batch_->replies.push_back([done, reply] { done(reply); });
  return true;
}

// What stands against an order that could be planned.
bool Partition::Refuse(AcceptOrder& command) {
  if (command.has_key && AnswerRepeat(command.key, command.accepted->body_hash(), command.done)) {
    return true;
  }
  if (IsStale(command)) {
    batch_->replies.push_back(std::move(command.plan_again));
    return true;
  }
  const bool adds = std::any_of(command.services_seen.begin(), command.services_seen.end(),
                                [](const SeenService& seen) { return !seen.id.valid(); });
  if (!adds || state_.services.size() < limits_.services) return false;
  Refusal refusal{.code = ErrorCode::kOverloaded,
                  .detail = fmt::format("the inventory holds {} services, which is the limit",
                                        state_.services.size()),
                  .errors = {},
                  .retry_after = kMinute};
  batch_->replies.push_back(
      [done = command.done, refusal = std::move(refusal)] { done(tl::unexpected(refusal)); });
  return true;
}

void Partition::Decide(AcceptOrder& command) {
  if (Refuse(command)) {
    for (const std::uint64_t part :
         command.staging ? command.staging->part_ids : std::vector<std::uint64_t>()) {
      state_.parts.erase(part);
      RecordEntity({EntityKind::kOrderPart, part}, RecordType::kRetire, EventType::kNone, {});
    }
    return;
  }
  Order& order = *command.order;
  order.id = OrderId::Of(state_.partition, NewCounter());
  order.submitted_at = state_.time;
  order.actor = std::move(command.actor);
  if (command.staging) {
    for (const std::uint64_t part : command.staging->part_ids) {
      command.accepted->add_part_ids(part);
      state_.parts[part].order = order.id.value();
    }
  }
  if (command.has_key) {
    command.accepted->set_submission_key(EncodeSubmissionKey(command.key));
    state_.keys[command.key] = {order.id, command.accepted->body_hash(), order.submitted_at,
                                OrderState::kNew};
  }

  BeginFrame();
  const std::size_t from = batch_->bytes.size();
  AppendAccepted(batch_->bytes, order);
  ++batch_->records;
  batch_->events.push_back({order.id, order.version});
  const EntityKey key{EntityKind::kOrder, order.id.value()};
  state_.ledger.Record(key, RecordType::kEvent, batch_->bytes.size() - from);
  batch_->bases.push_back(key);
  counters_.accepted.fetch_add(1, std::memory_order_relaxed);

  Order& stored = state_.orders.Insert(std::move(command.order));
  KeepServicesAtOnce(stored);
  KeepStart(stored);
  Advance(stored);
  // What is acknowledged is the acceptance; that the order has begun in the same frame is its own
  // affair.
  const SubmitReply reply{
      .id = stored.id, .state = OrderState::kNew, .submitted_at = stored.submitted_at};
  batch_->replies.push_back([done = std::move(command.done), reply] { done(reply); });
}

void Partition::Decide(HeldOrderCommand& command) {
  Order* order = state_.orders.Find(command.id.counter());
  if (order == nullptr || command.id.partition() != state_.partition) {
    batch_->replies.push_back(
        [done = std::move(command.done)] { done(std::shared_ptr<const Order>()); });
    return;
  }
  auto event = [&]() -> Result<OrderEvent> {
    RETURN_IF_ERROR(RequireVersion(*order, command.expected_version));
    return command.verb == HeldVerb::kResubmit
               ? DecideResubmit(*order, std::move(command.description))
               : DecideGiveUp(*order, std::move(command.description));
  }();
  if (!event) {
    batch_->replies.push_back(
        [done = std::move(command.done), error = event.error()] { done(Fail(error)); });
    return;
  }
  RecordEvent(*order, *event, command.actor);
  Advance(*order);
  batch_->replies.push_back(
      [done = std::move(command.done), copy = state_.orders.ReadableCopy(command.id.counter())] {
        done(copy);
      });
}

void Partition::Decide(ChangeOrder& command) {
  Order* order = state_.orders.Find(command.id.counter());
  if (order == nullptr || command.id.partition() != state_.partition) {
    batch_->replies.push_back(
        [done = std::move(command.done)] { done(std::shared_ptr<const Order>()); });
    return;
  }
  const auto event = command.decide(*order);
  if (!event) {
    batch_->replies.push_back(
        [done = std::move(command.done), error = event.error()] { done(Fail(error)); });
    return;
  }
  if (*event) {
    RecordEvent(*order, **event, command.actor);
    Advance(*order);
  }
  batch_->replies.push_back(
      [done = std::move(command.done), copy = state_.orders.ReadableCopy(command.id.counter())] {
        done(copy);
      });
}

void Partition::DecideArchived(OrderId id) {
  // Twice is possible: an order that was archived just before a crash is archived again.
  if (state_.orders.FindStored(id.counter()) != nullptr) RetireOrder(id.counter());
}

void Partition::RetireOrder(std::uint64_t counter) {
  const std::shared_ptr<Order> order = state_.orders.Remove(counter);
  CHECK(IsFinal(order->state));
  KeepSubmissionKey(*order);
  for (const std::uint64_t part : order->accepted->part_ids()) {
    state_.parts.erase(part);
    RecordEntity({EntityKind::kOrderPart, part}, RecordType::kRetire, EventType::kNone, {});
  }
  for (const TrailChunk& chunk : order->trail_chunks) {
    state_.trail_chunks.erase(chunk.id);
    RecordEntity({EntityKind::kOrderTrail, chunk.id}, RecordType::kRetire, EventType::kNone, {});
  }
  const EntityKey key{EntityKind::kOrder, order->id.value()};
  BeginFrame();
  AppendRecord(batch_->bytes, {.type = RecordType::kRetire,
                               .entity = key,
                               .version = order->version + 1,
                               .event = EventType::kNone,
                               .event_version = 1,
                               .actor = {},
                               .payload = {}});
  ++batch_->records;
  state_.ledger.Record(key, RecordType::kRetire, 0);
  const auto [first, last] = retirement_waiters_.equal_range(counter);
  for (auto waiter = first; waiter != last; ++waiter) {
    batch_->replies.push_back([done = std::move(waiter->second)] { done({}); });
  }
  retirement_waiters_.erase(first, last);
  discarded_.push_back(order);
}

}  // namespace cairn
