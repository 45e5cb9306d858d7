// The question whether something was done, before it is done again. It goes where the call would
// go, and waits for its turn like one; its answer counts once, and in the life of the node that
// asked.
#include "base/check.h"
#include "engine/orders/decide.h"
#include "engine/orders/work_order_input.h"
#include "runtime/partition.h"

#include <utility>

namespace cairn {

void Partition::SendOrAsk(const Order& order, std::uint32_t w, bool may_have_been_made) {
  if (MustVerify(order, w, may_have_been_made)) {
    Ask(order, w);
  } else {
    Send(order, w);
  }
}

void Partition::Ask(const Order& order, std::uint32_t w) {
  CartridgeCall& call = batch_->calls.emplace_back(CallOf(order, w));
  call.ticket.verify = true;
  call.operation = order.cartridge(w).verify();
  call.callback_token.clear();
  call.idempotency_key = QuestionedKey(order, w);
  call.input = WorkOrderInput(order, w);
  CHECK(asked_.insert({order.id, w}).second);
}

void Partition::TakeVerification(CartridgeAnswer answer) {
  const WorkOrderRef ref = answer.ticket.work_order;
  Order* order = state_.orders.Find(ref.order.counter());
  // An answer to a life that is over may be from before the last call.
  const bool counts = order != nullptr && ref.order.partition() == state_.partition &&
                      answer.ticket.epoch == state_.epoch && asked_.contains(ref);
  auto verification = counts ? DecideVerification(*order, AnswerOf(answer)) : std::nullopt;
  if (!verification) {
    counters_.ignored.fetch_add(1, std::memory_order_relaxed);
    return;
  }
  asked_.erase(ref);
  RecordEvent(*order, verification->event, {});
  if (!verification->answer) {
    Send(*order, ref.index);
    return;
  }
  const auto event = DecideAnswer(*order, std::move(*verification->answer), state_.time);
  CHECK_MSG(event.has_value(), "the answer to the attempt that is under way counts");
  RecordEvent(*order, *event, {});
  Advance(*order);
}

}  // namespace cairn
