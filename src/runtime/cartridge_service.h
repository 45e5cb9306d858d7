// CartridgeService: what drives the targets, and how they are.
//
// Threads and callbacks as in service.h.
#pragma once

#include "base/result.h"
#include "model/states.h"

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

namespace cairn {

struct CartridgeView {
  std::string name;
  std::string type;  // simulated, http, exec, manual
  TargetHealth health = TargetHealth::kUp;
  std::uint64_t running = 0;  // calls that are with it now
  std::uint64_t waiting = 0;  // calls that wait for their turn
  std::uint32_t concurrency = 0;
  std::uint32_t calls_per_second = 0;  // 0: no limit
  std::uint32_t attempts = 1;
};

class CartridgeService {
 public:
  virtual ~CartridgeService() = default;

  // By name: those of the catalog, and of earlier catalogs those that are not idle or not up.
  // Blocks no longer than a lock is held.
  virtual std::vector<CartridgeView> ListCartridges() = 0;

  // In maintenance nothing is sent: a work order that would be is a technical error at once.
  // Answers that are outstanding still count. Done when it is durable. kNotFound.
  using CartridgeDone = std::function<void(Result<CartridgeView>)>;
  virtual void StartMaintenance(std::string name, std::string actor, CartridgeDone done) = 0;
  virtual void StopMaintenance(std::string name, std::string actor, CartridgeDone done) = 0;

  // Calls the cartridge's test operation once. kConflict when it has none.
  struct TestResult {
    Outcome outcome = Outcome::kOk;
    std::string detail;
  };
  using TestDone = std::function<void(Result<TestResult>)>;
  virtual void TestCartridge(std::string name, std::string actor, TestDone done) = 0;
};

}  // namespace cairn
