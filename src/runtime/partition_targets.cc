// What is in maintenance. Only the wish is kept here; that nothing is sent meanwhile is seen to by
// the dispatcher, which learns of it when it is durable.
#include "model/targets.pb.h"
#include "runtime/partition.h"

#include <fmt/format.h>

#include <algorithm>

namespace cairn {

void Partition::Decide(MaintenanceCommand& command) {
  auto target = std::find_if(state_.targets.begin(), state_.targets.end(), [&](const auto& entry) {
    return entry.second.cartridge == command.cartridge;
  });
  const bool is_on = target != state_.targets.end() && target->second.maintenance;
  Status result;
  if (is_on != command.on) {
    if (target == state_.targets.end() && state_.targets.size() >= kTargetsMax) {
      result = Fail(ErrorCode::kTooLarge,
                    fmt::format("{} targets were in maintenance at some time, the limit",
                                state_.targets.size()));
    } else {
      if (target == state_.targets.end()) {
        const std::uint64_t id = OrderPartId::Of(state_.partition, NewCounter()).value();
        target = state_.targets.try_emplace(id, TargetState{command.cartridge, false}).first;
      }
      target->second.maintenance = command.on;
      const EntityKey key{EntityKind::kTarget, target->first};
      records::TargetMaintenanceStarted started;
      started.set_cartridge(command.cartridge);
      records::TargetMaintenanceStopped stopped;
      stopped.set_cartridge(command.cartridge);
      RecordEntity(
          key, RecordType::kEvent,
          command.on ? EventType::kTargetMaintenanceStarted : EventType::kTargetMaintenanceStopped,
          command.on ? started.SerializeAsString() : stopped.SerializeAsString(), command.actor);
    }
  }
  batch_->replies.push_back([done = std::move(command.done), result] { done(result); });
}

void Partition::KeepTarget(EntityKey key) {
  const TargetState& target = state_.targets.at(key.id);
  records::TargetKept snapshot;
  snapshot.set_cartridge(target.cartridge);
  snapshot.set_maintenance(target.maintenance);
  RecordEntity(key, RecordType::kSnapshot, EventType::kTargetKept, snapshot.SerializeAsString());
}

}  // namespace cairn
