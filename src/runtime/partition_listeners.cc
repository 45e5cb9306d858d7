// Who is told of events. Only that, and how far each was told, is kept here; the telling is done
// elsewhere and follows what is durable.
#include "model/listeners.pb.h"
#include "runtime/partition.h"

#include <fmt/format.h>

#include <algorithm>

namespace cairn {
namespace {

// A listener that is away for long must not fill the disk: of what it missed, so many segments of
// the journal are kept at most.
constexpr std::uint64_t kSegmentsKeptForListeners = 16;

records::ListenerAdded RecordOf(const Listener& listener) {
  records::ListenerAdded record;
  record.set_callback(listener.callback);
  record.set_query(listener.query);
  record.set_delivered(listener.delivered);
  return record;
}

}  // namespace

void Partition::Decide(RegisterListener& command) {
  const auto reply = [&](Result<ListenerId> result) {
    batch_->replies.push_back(
        [done = std::move(command.done), result = std::move(result)] { done(result); });
  };
  const auto known =
      std::find_if(state_.listeners.begin(), state_.listeners.end(), [&](const auto& entry) {
        return entry.second.callback == command.listener.callback &&
               entry.second.query == command.listener.query;
      });
  if (known != state_.listeners.end()) return reply(ListenerId(known->first));
  if (state_.listeners.size() >= kListenersMax) {
    return reply(Fail(ErrorCode::kConflict,
                      fmt::format("there are {} listeners, the limit", state_.listeners.size())));
  }
  const ListenerId id = ListenerId::Of(state_.partition, NewCounter());
  RecordEntity({EntityKind::kListener, id.value()}, RecordType::kEvent, EventType::kListenerAdded,
               RecordOf(command.listener).SerializeAsString(), command.actor);
  state_.listeners[id.value()] = std::move(command.listener);
  reply(id);
}

void Partition::Decide(DropListener& command) {
  Status result;
  if (state_.listeners.erase(command.id.value()) > 0) {
    RecordEntity({EntityKind::kListener, command.id.value()}, RecordType::kRetire, EventType::kNone,
                 {}, command.actor);
  } else {
    result =
        Fail(ErrorCode::kNotFound, fmt::format("there is no listener {}", FormatId(command.id)));
  }
  batch_->replies.push_back([done = std::move(command.done), result] { done(result); });
}

void Partition::Decide(NoteDelivered& command) {
  const auto listener = state_.listeners.find(command.id.value());
  if (listener == state_.listeners.end()) return;
  listener->second.delivered = command.sequence;
  records::ListenerDelivered event;
  event.set_delivered(command.sequence);
  RecordEntity({EntityKind::kListener, command.id.value()}, RecordType::kEvent,
               EventType::kListenerDelivered, event.SerializeAsString());
}

void Partition::KeepListener(EntityKey key) {
  RecordEntity(key, RecordType::kSnapshot, EventType::kListenerAdded,
               RecordOf(state_.listeners.at(key.id)).SerializeAsString());
}

// The oldest segment with something that a listener was not told of, and that could still be told
// after a restart.
std::uint64_t Partition::OldestSegmentForListeners() const {
  if (state_.listeners.empty() || event_log_ == nullptr) return UINT64_MAX;
  std::uint64_t delivered = UINT64_MAX;
  for (const auto& [id, listener] : state_.listeners) {
    delivered = std::min(delivered, listener.delivered);
  }
  const std::uint64_t frame = FrameOfEvent(std::max(delivered, event_log_->floor()));
  const std::uint64_t limit =
      space_.last_segment - std::min(space_.last_segment, kSegmentsKeptForListeners);
  std::uint64_t oldest = 0;
  for (const auto& [segment, first_frame] : state_.first_frames) {
    if (first_frame <= frame) oldest = segment;
  }
  return std::max(oldest, limit);
}

}  // namespace cairn
