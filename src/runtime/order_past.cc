#include "runtime/order_past.h"

#include "base/check.h"
#include "engine/orders/apply.h"
#include "engine/orders/snapshot.h"

#include <utility>

namespace cairn {

OrderPast::OrderPast(std::shared_ptr<const Order> now)
    : now_(std::move(now)),
      then_(BuildOrder(now_->id, now_->submitted_at, now_->actor, now_->catalog, now_->accepted,
                       now_->further_parts)),
      rest_(now_->trail),
      at_(now_->submitted_at) {
  record_.entity = {EntityKind::kOrder, now_->id.value()};
  record_.version = then_->version;
  record_.event = EventType::kOrderAccepted;
  record_.actor = now_->actor;
}

bool OrderPast::Next() {
  std::string_view raw;
  const auto more = NextTimedRecord(rest_, at_, record_, raw);
  CHECK(more.has_value());
  if (!*more) return false;
  // These records made the order that we were given.
  CHECK(ApplyRecord(*then_, record_, raw, at_).has_value());
  return true;
}

}  // namespace cairn
