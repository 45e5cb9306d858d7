#include "runtime/event_gather.h"

#include "runtime/order_snapshot.h"

#include <mutex>
#include <utility>

namespace cairn {
namespace {

struct Gathering {
  std::shared_ptr<GatheredEvents> events = std::make_shared<GatheredEvents>();
  std::function<void(std::shared_ptr<GatheredEvents>)> done;
  std::mutex mutex;
  std::size_t left = 0;
};

}  // namespace

void GatherEvents(EventLog::Page page, const FindOrder& find,
                  std::function<void(std::shared_ptr<GatheredEvents>)> done) {
  const auto gathering = std::make_shared<Gathering>();
  gathering->done = std::move(done);
  GatheredEvents& events = *gathering->events;
  events.page = std::move(page);
  for (const LoggedEvent& item : events.page.items) events.orders[item.event.order] = nullptr;
  if (events.orders.empty()) return gathering->done(gathering->events);
  gathering->left = events.orders.size();
  std::vector<OrderId> ids;
  ids.reserve(events.orders.size());
  for (const auto& [id, order] : events.orders) ids.push_back(id);
  for (const OrderId id : ids) {
    find(id, [gathering, id](Result<std::shared_ptr<const Order>> order) {
      {
        const std::lock_guard lock(gathering->mutex);
        if (order) {
          gathering->events->orders[id] = std::move(*order);
        } else if (gathering->events->status) {
          gathering->events->status = Fail(order.error());
        }
        if (--gathering->left > 0) return;
      }
      gathering->done(gathering->events);
    });
  }
}

std::optional<ToldEvent> EventTeller::Tell(const LoggedEvent& event) {
  const auto& order = gathered_.orders.at(event.event.order);
  if (order == nullptr) return std::nullopt;
  const auto [entry, fresh] = pasts_.try_emplace(
      event.event.order, Pasts{OrderPast(order), OrderPast(order), SecretValues(*order)});
  Pasts& pasts = entry->second;
  while (pasts.after.order().version < event.event.version) {
    if (pasts.before.order().version < pasts.after.order().version) pasts.before.Next();
    // The archive may have an older copy than the journal once had.
    if (!pasts.after.Next()) return std::nullopt;
  }
  HistoryItem item = HistoryItemOf(*order, pasts.secrets, pasts.after.record(), pasts.after.at());
  const bool first = event.event.version == 1;
  ToldEvent told;
  told.event = {.position = {.partition = order->id.partition(), .sequence = event.sequence},
                .at = item.at,
                .kind = "order",
                .event = std::move(item.event),
                .actor = std::move(item.actor),
                .order = order->id,
                .state = pasts.after.order().state,
                .detail = std::move(item.detail)};
  told.state_before = first ? OrderState::kNew : pasts.before.order().state;
  told.after = [&pasts] { return MakeOrderSnapshot(pasts.after.Copy()); };
  told.before = [&pasts, first]() -> std::shared_ptr<const OrderSnapshot> {
    return first ? nullptr : MakeOrderSnapshot(pasts.before.Copy());
  };
  return told;
}

}  // namespace cairn
