// StoredService: one service of the inventory, as the product orders that completed have left it.
// Within its product it is named by the value of the product's id parameter.
//
// Never changed once it is shared: a change makes a new one. Any thread.
#pragma once

#include "base/time.h"
#include "model/fields.h"
#include "model/ids.h"
#include "model/records.pb.h"

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

namespace cairn {

struct Order;

struct StoredService {
  ServiceId id;
  std::uint64_t version = 0;  // counts its changes, the first is 1
  std::string product;
  std::string service;
  std::string customer;
  bool terminated = false;
  Fields parameters;
  OrderId order;  // that changed it last, and which of its product orders
  std::string product_order;
  std::uint64_t catalog_hash = 0;  // of that order
  Nanos created_at = 0;
  Nanos changed_at = 0;
};

using StoredServicePtr = std::shared_ptr<const StoredService>;

// Product and service.
using ServiceKey = std::pair<std::string, std::string>;

// Orders services by product and name; compares with any pair of texts.
struct ByServiceKey {
  using is_transparent = void;  // NOLINT(readability-identifier-naming): the library's word
  using View = std::pair<std::string_view, std::string_view>;
  static View KeyOf(const StoredServicePtr& service) {
    return {service->product, service->service};
  }
  static View KeyOf(View key) { return key; }
  template <typename A, typename B>
  bool operator()(const A& a, const B& b) const {
    return KeyOf(a) < KeyOf(b);
  }
};

// Where planning finds services.
class ServiceSource {
 public:
  virtual ~ServiceSource() = default;
  // Null when there is none, or it is terminated. Any thread.
  virtual StoredServicePtr Find(std::string_view product, std::string_view service) const = 0;
};

// What planning saw of a service. The plan is good for as long as it stays so.
struct SeenService {
  ServiceKey key;
  ServiceId id;  // not valid(): there was none
  std::uint64_t version = 0;
};
bool IsAsSeen(const SeenService& seen, const StoredService* now);

records::ServiceKept ServiceRecord(const StoredService& service);
StoredService ServiceFromRecord(ServiceId id, std::uint64_t version, records::ServiceKept record);

// True when the product order is about a service of the inventory, and completing it says what has
// become of that.
bool ConcernsService(const records::ProductOrderPlan& plan);

// What the service is once the product order has completed; `before` is what it was, null when it
// was not there. A new one has no id yet. Null: there is nothing to keep, since what was not there
// has been deleted. REQUIRES: ConcernsService.
std::shared_ptr<StoredService> ServiceAfter(const Order& order, std::uint32_t product_order,
                                            const StoredService* before, Nanos now);

}  // namespace cairn
