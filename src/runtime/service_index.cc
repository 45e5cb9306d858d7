#include "runtime/service_index.h"

#include <mutex>
#include <utility>

namespace cairn {

StoredServicePtr ServiceIndex::Find(std::string_view product, std::string_view service) const {
  const std::shared_lock lock(mutex_);
  const auto it = services_.find(ByServiceKey::View{product, service});
  return it == services_.end() ? nullptr : *it;
}

void ServiceIndex::Publish(StoredServicePtr service) {
  StoredServicePtr former;  // destroyed behind the lock
  const std::unique_lock lock(mutex_);
  if (const auto it = services_.find(service); it != services_.end()) {
    former = *it;
    services_.erase(it);
  }
  if (!service->terminated) services_.insert(std::move(service));
}

}  // namespace cairn
