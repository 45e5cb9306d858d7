#include "runtime/node_cartridges.h"

#include "engine/orders/retry_delay.h"
#include "engine/orders/work_order_input.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <string_view>

namespace cairn {
namespace {

std::string TypeName(const records::Cartridge& cartridge) {
  if (cartridge.has_http()) return "http";
  if (cartridge.has_exec()) return "exec";
  return cartridge.has_manual() ? "manual" : "simulated";
}

}  // namespace

Result<std::shared_ptr<const records::Cartridge>> NodeCartridges::Find(
    const std::string& name) const {
  for (const auto& catalog : catalogs_.All()) {
    for (const records::Cartridge& cartridge : catalog->records().cartridges()) {
      if (cartridge.name() == name) {
        return std::shared_ptr<const records::Cartridge>(catalog, &cartridge);
      }
    }
  }
  return Fail(ErrorCode::kNotFound, fmt::format("the catalog has no cartridge '{}'", name));
}

CartridgeView NodeCartridges::ViewOf(const records::Cartridge& cartridge) const {
  CartridgeView view;
  view.name = cartridge.name();
  view.type = TypeName(cartridge);
  view.health = dispatcher_.HealthOf(cartridge.name());
  view.concurrency = ConcurrencyOf(cartridge);
  view.calls_per_second = cartridge.calls_per_second();
  view.attempts = AttemptsOf(cartridge);
  return view;
}

std::vector<CartridgeView> NodeCartridges::ListCartridges() {
  const auto metrics = dispatcher_.Metrics();
  std::vector<CartridgeView> views;
  std::set<std::string_view> seen;
  const auto catalogs = catalogs_.All();
  for (const auto& catalog : catalogs) {
    for (const records::Cartridge& cartridge : catalog->records().cartridges()) {
      if (!seen.insert(cartridge.name()).second) continue;
      CartridgeView view = ViewOf(cartridge);
      const auto lane = std::find_if(metrics.begin(), metrics.end(),
                                     [&](const auto& m) { return m.name == cartridge.name(); });
      if (lane != metrics.end()) {
        view.running = lane->running;
        view.waiting = lane->waiting;
      }
      // Of older catalogs, those that orders still wait for, or that somebody may want back.
      const bool is_used = view.health != TargetHealth::kUp || view.running > 0 || view.waiting > 0;
      if (catalog == catalogs.front() || is_used) views.push_back(std::move(view));
    }
  }
  std::sort(views.begin(), views.end(),
            [](const CartridgeView& a, const CartridgeView& b) { return a.name < b.name; });
  return views;
}

void NodeCartridges::SetMaintenance(std::string name, bool on, std::string actor,
                                    CartridgeDone done) {
  auto cartridge = Find(name);
  if (!cartridge) return done(Fail(cartridge.error()));
  MaintenanceCommand command;
  command.cartridge = std::move(name);
  command.on = on;
  command.actor = std::move(actor);
  // Replies come one after the other in the order of the commands, so what the dispatcher was told
  // last is what is durable last.
  command.done = [this, on, cartridge = std::move(*cartridge), done](const Status& result) {
    if (!result) return done(Fail(result.error()));
    dispatcher_.SetMaintenance(cartridge->name(), on);
    done(ViewOf(*cartridge));
  };
  if (!partition_.PutOperator(std::move(command))) {
    done(Fail(ErrorCode::kOverloaded, "too many questions wait"));
  }
}

void NodeCartridges::StartMaintenance(std::string name, std::string actor, CartridgeDone done) {
  SetMaintenance(std::move(name), true, std::move(actor), std::move(done));
}

void NodeCartridges::StopMaintenance(std::string name, std::string actor, CartridgeDone done) {
  SetMaintenance(std::move(name), false, std::move(actor), std::move(done));
}

void NodeCartridges::TestCartridge(std::string name, std::string /*actor*/, TestDone done) {
  const auto cartridge = Find(name);
  if (!cartridge) return done(Fail(cartridge.error()));
  if ((*cartridge)->test().empty()) {
    return done(Fail(ErrorCode::kConflict,
                     fmt::format("the cartridge '{}' names no test operation", name)));
  }
  CartridgeCall call;
  call.cartridge = *cartridge;
  call.operation = (*cartridge)->test();
  call.idempotency_key = fmt::format("test-{}-{}", name, clock_.Now());
  call.timeout = WorkOrderTimeout(**cartridge);
  const bool called = dispatcher_.Test(std::move(call), [done](CartridgeAnswer answer) {
    done(TestResult{.outcome = answer.outcome, .detail = std::move(answer.detail)});
  });
  if (!called) done(Fail(ErrorCode::kOverloaded, "too many tests wait, or the node is stopping"));
}

}  // namespace cairn
