#include "edges/http/tmf641_gather.h"

#include <atomic>
#include <utility>

namespace cairn::http {
namespace {

struct Gathering {
  Snapshots snapshots;
  std::atomic<std::size_t> missing = 0;
  std::function<void(const Snapshots&)> then;
};

}  // namespace

void GatherOrders(Service& service, const ExchangePtr& exchange, const std::vector<OrderId>& ids,
                  std::function<void(const Snapshots&)> then) {
  const auto gathering = std::make_shared<Gathering>();
  gathering->snapshots.resize(ids.size());
  gathering->missing = ids.size();
  gathering->then = std::move(then);
  if (ids.empty()) {
    return exchange->RunOnWorker([gathering] { gathering->then(gathering->snapshots); });
  }
  for (std::size_t i = 0; i < ids.size(); ++i) {
    service.GetOrder(ids[i], [exchange, gathering, i](Result<Snapshot> snapshot) {
      if (snapshot) gathering->snapshots[i] = std::move(*snapshot);
      if (gathering->missing.fetch_sub(1) > 1) return;
      exchange->RunOnWorker([gathering] { gathering->then(gathering->snapshots); });
    });
  }
}

}  // namespace cairn::http
