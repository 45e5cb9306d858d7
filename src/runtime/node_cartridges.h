// NodeCartridges: the CartridgeService of a node. What is in maintenance is the partition's to
// keep; what waits and runs, and whether a target is being probed, the dispatcher knows.
//
// Any thread.
#pragma once

#include "ports/clock.h"
#include "runtime/cartridge_service.h"
#include "runtime/catalog_shelf.h"
#include "runtime/dispatcher.h"
#include "runtime/partition.h"

#include <memory>
#include <string>
#include <vector>

namespace cairn {

class NodeCartridges final : public CartridgeService {
 public:
  // All of them outlive this object.
  NodeCartridges(const CatalogShelf& catalogs, Partition& partition, Dispatcher& dispatcher,
                 const Clock& clock)
      : catalogs_(catalogs), partition_(partition), dispatcher_(dispatcher), clock_(clock) {}

  std::vector<CartridgeView> ListCartridges() override;
  void StartMaintenance(std::string name, std::string actor, CartridgeDone done) override;
  void StopMaintenance(std::string name, std::string actor, CartridgeDone done) override;
  void TestCartridge(std::string name, std::string actor, TestDone done) override;

 private:
  // kNotFound. Of an older catalog only where the current one has none of that name: orders that
  // were planned with it still call it.
  Result<std::shared_ptr<const records::Cartridge>> Find(const std::string& name) const;
  CartridgeView ViewOf(const records::Cartridge& cartridge) const;
  void SetMaintenance(std::string name, bool on, std::string actor, CartridgeDone done);

  const CatalogShelf& catalogs_;
  Partition& partition_;
  Dispatcher& dispatcher_;
  const Clock& clock_;
};

}  // namespace cairn
