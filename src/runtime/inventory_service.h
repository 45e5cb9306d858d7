// InventoryService: which services there are, as completed orders have left them.
//
// Threads and callbacks as in service.h.
#pragma once

#include "base/result.h"
#include "base/time.h"
#include "model/fields.h"
#include "model/ids.h"
#include "model/limits.h"

#include <functional>
#include <string>
#include <vector>

namespace cairn {

struct ServiceView {
  std::string id;       // "sv-..."
  std::string service;  // the value of the product's id parameter
  std::string product;
  std::string customer;
  std::string state;  // active; terminated: it was deleted, and can be read for some time yet
  Fields parameters;
  OrderId order;  // that wrote it last
  Nanos created_at = 0;
  Nanos changed_at = 0;
};

struct InventoryQuery {
  std::string customer;  // empty: any
  std::string product;
  std::string service;
  std::string after;  // the last id of the page before; empty: from the beginning
  std::size_t limit = kListLimitDefault;
};

struct InventoryList {
  std::vector<ServiceView> items;  // by id
  std::string next;                // pass as InventoryQuery::after; empty: there are no more
};

class InventoryService {
 public:
  virtual ~InventoryService() = default;

  using ListDone = std::function<void(Result<InventoryList>)>;
  // kInvalidArgument: the query's `after` is no id of a service.
  virtual void ListServices(InventoryQuery query, ListDone done) = 0;

  // kNotFound; kInvalidArgument: the id is none of a service.
  using ServiceDone = std::function<void(Result<ServiceView>)>;
  virtual void GetService(std::string id, ServiceDone done) = 0;
};

}  // namespace cairn
