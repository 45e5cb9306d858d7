// ServiceIndex: the services of the inventory that are there, as far as they are durable, for those
// who plan orders. The partition, which owns the inventory, may know better already: it looks again
// when it accepts what was planned.
//
// Any thread.
#pragma once

#include "engine/orders/stored_service.h"

#include <set>
#include <shared_mutex>
#include <string_view>

namespace cairn {

class ServiceIndex final : public ServiceSource {
 public:
  StoredServicePtr Find(std::string_view product, std::string_view service) const override;

  // In the order in which the services have changed.
  void Publish(StoredServicePtr service);

 private:
  mutable std::shared_mutex mutex_;
  std::set<StoredServicePtr, ByServiceKey> services_;
};

}  // namespace cairn
