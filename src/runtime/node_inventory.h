// NodeInventory: the inventory of a running node, for those who ask.
//
// Any thread; callbacks as in service.h. Stops with its node.
#pragma once

#include "runtime/archive_worker.h"
#include "runtime/catalog_shelf.h"
#include "runtime/inventory_service.h"
#include "runtime/partition.h"

#include <string>

namespace cairn {

class NodeInventory final : public InventoryService {
 public:
  // All of them outlive it. Answers are made ready on the archive's thread: they may be long.
  NodeInventory(Partition& partition, ArchiveWorker& archive, const CatalogShelf& catalogs)
      : partition_(partition), archive_(archive), catalogs_(catalogs) {}

  void ListServices(InventoryQuery query, ListDone done) override;
  void GetService(std::string id, ServiceDone done) override;

 private:
  ServiceView View(const StoredService& service) const;

  Partition& partition_;
  ArchiveWorker& archive_;
  const CatalogShelf& catalogs_;
};

}  // namespace cairn
