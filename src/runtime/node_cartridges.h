// NodeCartridges: the CartridgeService of a node. What is in maintenance is the partition's to
// keep; what waits and runs, and whether a target is being probed, the dispatcher knows.
//
// Any thread.
#pragma once

#include "engine/orders/catalog.h"
#include "ports/clock.h"
#include "runtime/cartridge_service.h"
#include "runtime/dispatcher.h"
#include "runtime/partition.h"

#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace cairn {

class NodeCartridges final : public CartridgeService {
 public:
  // The catalog that new orders are planned with.
  using FindCatalog = std::function<std::shared_ptr<const Catalog>()>;

  // All of them outlive this object.
  NodeCartridges(FindCatalog catalog, Partition& partition, Dispatcher& dispatcher,
                 const Clock& clock)
      : catalog_(std::move(catalog)),
        partition_(partition),
        dispatcher_(dispatcher),
        clock_(clock) {}

  std::vector<CartridgeView> ListCartridges() override;
  void StartMaintenance(std::string name, std::string actor, CartridgeDone done) override;
  void StopMaintenance(std::string name, std::string actor, CartridgeDone done) override;
  void TestCartridge(std::string name, std::string actor, TestDone done) override;

 private:
  // Null, with an error to answer: there is none of that name.
  Result<std::shared_ptr<const records::Cartridge>> Find(const std::string& name) const;
  CartridgeView ViewOf(const records::Cartridge& cartridge) const;
  void SetMaintenance(std::string name, bool on, std::string actor, CartridgeDone done);

  FindCatalog catalog_;
  Partition& partition_;
  Dispatcher& dispatcher_;
  const Clock& clock_;
};

}  // namespace cairn
