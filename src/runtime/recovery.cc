#include "runtime/recovery.h"

#include "base/bytes.h"
#include "engine/orders/snapshot.h"
#include "model/listeners.pb.h"
#include "model/targets.pb.h"
#include "runtime/shared_work.h"

#include <fmt/format.h>

#include <algorithm>
#include <tuple>
#include <vector>

namespace cairn {
namespace {

constexpr std::size_t kOrdersAtOnce = 16'384;

std::string Describe(EntityKey key) {
  return fmt::format("entity {} of kind {}", key.id, static_cast<unsigned>(key.kind));
}

template <typename Message>
Result<Message> Parse(const RecordView& record) {
  Message message;
  if (!message.ParseFromArray(record.payload.data(), static_cast<int>(record.payload.size()))) {
    return Fail(ErrorCode::kCorrupt, fmt::format("{}: the payload of a {} record",
                                                 Describe(record.entity), EventName(record.event)));
  }
  return message;
}

// Calls visit(record) for each of the gathered records.
template <typename Visit>
Status ForEachRecord(std::string_view rest, Visit visit) {
  Nanos time = 0;
  RecordView record;
  std::string_view raw;
  for (;;) {
    ASSIGN_OR_RETURN(const bool more, NextTimedRecord(rest, time, record, raw));
    if (!more) return {};
    RETURN_IF_ERROR(visit(record));
  }
}

// Without the spare room that a string makes for itself: there may be a million of these.
void AppendTimed(std::string& records, Nanos time, std::string_view raw) {
  const std::size_t size = records.size() + sizeof(time) + raw.size();
  if (size > records.capacity()) {
    std::string larger;
    larger.reserve(size + (records.empty() ? 0 : size / 16));
    larger.append(records);
    records.swap(larger);
  }
  AppendFixed(records, time);
  records.append(raw);
}

Status UnknownEvent(const RecordView& record) {
  return Fail(ErrorCode::kIncompatible, fmt::format("{}: event type {}", Describe(record.entity),
                                                    static_cast<unsigned>(record.event)));
}

}  // namespace

Status Recovery::Add(std::uint64_t segment, std::string_view frame, std::vector<EventRef>* events) {
  ASSIGN_OR_RETURN(BatchReader reader, BatchReader::Open(frame));
  if (reader.header().partition != state_.partition) {
    return Fail(ErrorCode::kCorrupt,
                fmt::format("a frame of partition {} in the journal of partition {}",
                            reader.header().partition, state_.partition));
  }
  state_.time = std::max(state_.time, reader.header().time);
  RecordView record;
  std::string_view raw;
  for (;;) {
    ASSIGN_OR_RETURN(const bool more, reader.Next(record, &raw));
    if (!more) return {};
    if (events != nullptr && record.entity.kind == EntityKind::kOrder &&
        record.type == RecordType::kEvent) {
      events->push_back({OrderId(record.entity.id), record.version});
    }
    RETURN_IF_ERROR(Gather(segment, reader.header().time, record, raw));
  }
}

Status Recovery::Gather(std::uint64_t segment, Nanos time, const RecordView& record,
                        std::string_view raw) {
  const auto it = entities_.find(record.entity);
  if (record.type == RecordType::kRetire) {
    // What it retires may lie in a segment that was dropped before the retire itself was.
    if (it != entities_.end()) {
      entities_.erase(it);
    } else {
      unexplained_.erase(record.entity);
    }
    return {};
  }
  const bool base = record.type == RecordType::kSnapshot || record.version == 1;
  if (it == entities_.end() && !base) {
    unexplained_.insert(record.entity);
    return {};
  }
  Gathered& gathered = it != entities_.end()
                           ? *it->second
                           : *(entities_[record.entity] = std::make_unique<Gathered>());
  if (base) {
    unexplained_.erase(record.entity);
    gathered = Gathered();
    gathered.segment = segment;
  } else if (record.version != gathered.version + 1) {
    return Fail(ErrorCode::kCorrupt,
                fmt::format("{}: version {} follows {}", Describe(record.entity), record.version,
                            gathered.version));
  }
  gathered.version = record.version;
  gathered.bytes += raw.size();
  if (record.type == RecordType::kSnapshot && record.entity.kind == EntityKind::kOrder) {
    ASSIGN_OR_RETURN(SnapshotParts parts, TakeSnapshotApart(record.payload));
    gathered.timed_records.assign(parts.timed_records);
    gathered.chunks = std::move(parts.chunks);
    return {};
  }
  AppendTimed(gathered.timed_records, time, raw);
  return {};
}

Result<PartitionState> Recovery::Finish(Executor* executor) {
  if (!unexplained_.empty()) {
    return Fail(ErrorCode::kCorrupt,
                fmt::format("{} entities have events but no beginning, for example {}",
                            unexplained_.size(), Describe(*unexplained_.begin())));
  }
  std::vector<Entity> entities = TakeEntities();
  const auto orders = std::find_if(entities.begin(), entities.end(), [](const Entity& entity) {
    return entity.key.kind == EntityKind::kOrder;
  });
  for (auto entity = entities.begin(); entity != orders; ++entity) {
    NoteInLedger(*entity);
    state_.versions[entity->key] = entity->gathered->version;
    RETURN_IF_ERROR(MakeEntity(*entity));
  }
  for (std::span<Entity> left{orders, entities.end()}; !left.empty();) {
    const std::size_t count = std::min(left.size(), kOrdersAtOnce);
    RETURN_IF_ERROR(MakeOrders(left.first(count), executor));
    left = left.subspan(count);
  }
  state_.next_counter = state_.reserved_end;
  return std::move(state_);
}

void Recovery::NoteInLedger(const Entity& entity) {
  state_.ledger.Record(entity.key, RecordType::kEvent, entity.gathered->bytes);
  state_.ledger.SetBase(entity.key, entity.gathered->segment);
}

// By kind and id, orders behind all else: what they are made from comes first.
std::vector<Recovery::Entity> Recovery::TakeEntities() {
  std::vector<Entity> entities;
  entities.reserve(entities_.size());
  for (auto& [key, gathered] : entities_) entities.push_back({key, std::move(gathered)});
  decltype(entities_)().swap(entities_);
  std::sort(entities.begin(), entities.end(), [](const Entity& a, const Entity& b) {
    const bool a_is_order = a.key.kind == EntityKind::kOrder;
    const bool b_is_order = b.key.kind == EntityKind::kOrder;
    return std::tie(a_is_order, a.key) < std::tie(b_is_order, b.key);
  });
  return entities;
}

Status Recovery::MakeEntity(const Entity& entity) {
  switch (entity.key.kind) {
    case EntityKind::kPartition: return MakePartition(*entity.gathered);
    case EntityKind::kCatalog: return MakeCatalog(*entity.gathered);
    case EntityKind::kOrderPart: return MakePart(entity.key, *entity.gathered);
    case EntityKind::kSubmissionKeys: return MakeKeys(entity.key, *entity.gathered);
    case EntityKind::kOrderTrail: return MakeTrailChunk(entity.key, *entity.gathered);
    case EntityKind::kService: return MakeService(entity.key, *entity.gathered);
    case EntityKind::kTarget: return MakeTarget(entity.key, *entity.gathered);
    case EntityKind::kListener: return MakeListener(entity.key, *entity.gathered);
    case EntityKind::kCancelTask:
    case EntityKind::kOrder: break;
  }
  return Fail(ErrorCode::kIncompatible,
              Describe(entity.key) + ": this version does not know the kind");
}

Status Recovery::MakeOrders(std::span<Entity> entities, Executor* executor) {
  std::vector<Result<MadeOrder>> made(entities.size());
  const auto make = [&](std::size_t i) {
    made[i] = MakeOrder(*entities[i].gathered);
    // Given back at once, so that records and orders are not all there at the same time.
    std::string().swap(entities[i].gathered->timed_records);
  };
  if (executor != nullptr) {
    ShareWork(*executor, entities.size(), make);
  } else {
    for (std::size_t i = 0; i < entities.size(); ++i) make(i);
  }
  for (std::size_t i = 0; i < entities.size(); ++i) {
    if (!made[i]) return Fail(made[i].error());
    NoteInLedger(entities[i]);
    InsertOrder(*std::move(made[i]), *entities[i].gathered);
    entities[i].gathered.reset();
  }
  return {};
}

Status Recovery::MakePartition(const Gathered& gathered) {
  return ForEachRecord(gathered.timed_records, [&](const RecordView& record) -> Status {
    if (record.event == EventType::kPartitionStarted) {
      ASSIGN_OR_RETURN(const auto event, Parse<records::PartitionStarted>(record));
      state_.epoch = event.epoch();
    } else if (record.event == EventType::kIdsReserved) {
      ASSIGN_OR_RETURN(const auto event, Parse<records::IdsReserved>(record));
      state_.reserved_end = event.counter_end();
    } else if (record.event == EventType::kPartitionSnapshot) {
      ASSIGN_OR_RETURN(const auto event, Parse<records::PartitionSnapshot>(record));
      state_.epoch = event.epoch();
      state_.reserved_end = event.counter_end();
    } else {
      return UnknownEvent(record);
    }
    return {};
  });
}

Status Recovery::MakeCatalog(const Gathered& gathered) {
  return ForEachRecord(gathered.timed_records, [&](const RecordView& record) -> Status {
    if (record.event != EventType::kCatalogStored) return UnknownEvent(record);
    ASSIGN_OR_RETURN(const auto event, Parse<records::CatalogStored>(record));
    ASSIGN_OR_RETURN(auto catalog, Catalog::Parse(event.catalog()));
    state_.catalogs[event.hash()] = std::move(catalog);
    return {};
  });
}

Status Recovery::MakePart(EntityKey key, const Gathered& gathered) {
  return ForEachRecord(gathered.timed_records, [&](const RecordView& record) -> Status {
    if (record.event != EventType::kOrderPartStaged) return UnknownEvent(record);
    ASSIGN_OR_RETURN(auto event, Parse<records::OrderPartStaged>(record));
    auto part = std::make_shared<records::OrderPart>(std::move(*event.mutable_part()));
    state_.parts[key.id] = {.part = std::move(part), .order = 0};
    return {};
  });
}

Status Recovery::MakeKeys(EntityKey key, const Gathered& gathered) {
  return ForEachRecord(gathered.timed_records, [&](const RecordView& record) -> Status {
    if (record.event != EventType::kSubmissionKeysKept) return UnknownEvent(record);
    ASSIGN_OR_RETURN(const auto event, Parse<records::SubmissionKeysKept>(record));
    for (const auto& kept : event.keys()) {
      if (kept.key().size() != 16)
        return Fail(ErrorCode::kCorrupt, "a submission key without 16 bytes");
      const SubmissionKey submission = DecodeSubmissionKey(kept.key());
      state_.keys[submission] = {OrderId(kept.order()), kept.body_hash(), kept.submitted_at(),
                                 static_cast<OrderState>(kept.end_state())};
      state_.key_buckets[key.id].push_back(submission);
    }
    return {};
  });
}

Status Recovery::MakeTarget(EntityKey key, const Gathered& gathered) {
  return ForEachRecord(gathered.timed_records, [&](const RecordView& record) -> Status {
    if (record.event == EventType::kTargetMaintenanceStarted) {
      ASSIGN_OR_RETURN(const auto event, Parse<records::TargetMaintenanceStarted>(record));
      state_.targets[key.id] = {.cartridge = event.cartridge(), .maintenance = true};
    } else if (record.event == EventType::kTargetMaintenanceStopped) {
      ASSIGN_OR_RETURN(const auto event, Parse<records::TargetMaintenanceStopped>(record));
      state_.targets[key.id] = {.cartridge = event.cartridge(), .maintenance = false};
    } else if (record.event == EventType::kTargetKept) {
      ASSIGN_OR_RETURN(const auto event, Parse<records::TargetKept>(record));
      state_.targets[key.id] = {.cartridge = event.cartridge(), .maintenance = event.maintenance()};
    } else {
      return UnknownEvent(record);
    }
    return {};
  });
}

Status Recovery::MakeListener(EntityKey key, const Gathered& gathered) {
  return ForEachRecord(gathered.timed_records, [&](const RecordView& record) -> Status {
    if (record.event == EventType::kListenerAdded) {
      ASSIGN_OR_RETURN(auto event, Parse<records::ListenerAdded>(record));
      state_.listeners[key.id] = {.callback = std::move(*event.mutable_callback()),
                                  .query = std::move(*event.mutable_query()),
                                  .delivered = event.delivered()};
    } else if (record.event == EventType::kListenerDelivered) {
      ASSIGN_OR_RETURN(const auto event, Parse<records::ListenerDelivered>(record));
      state_.listeners[key.id].delivered = event.delivered();
    } else {
      return UnknownEvent(record);
    }
    return {};
  });
}

Status Recovery::MakeTrailChunk(EntityKey key, const Gathered& gathered) {
  return ForEachRecord(gathered.timed_records, [&](const RecordView& record) -> Status {
    if (record.event != EventType::kOrderTrailKept) return UnknownEvent(record);
    ASSIGN_OR_RETURN(auto event, Parse<records::OrderTrailKept>(record));
    chunk_bytes_[key.id] = std::move(*event.mutable_timed_records());
    state_.trail_chunks[key.id] = {};
    return {};
  });
}

Status Recovery::MakeService(EntityKey key, const Gathered& gathered) {
  return ForEachRecord(gathered.timed_records, [&](const RecordView& record) -> Status {
    if (record.event != EventType::kServiceKept) return UnknownEvent(record);
    ASSIGN_OR_RETURN(auto event, Parse<records::ServiceKept>(record));
    state_.PutService(std::make_shared<const StoredService>(
        ServiceFromRecord(ServiceId(key.id), record.version, std::move(event))));
    return {};
  });
}

Result<std::string> Recovery::JoinTrail(const Gathered& gathered) const {
  std::string_view rest = gathered.timed_records;
  Nanos time = 0;
  RecordView record;
  std::string_view raw;
  ASSIGN_OR_RETURN(const bool some, NextTimedRecord(rest, time, record, raw));
  const std::size_t first = gathered.timed_records.size() - rest.size();
  std::string joined = gathered.timed_records.substr(0, some ? first : 0);
  for (const std::uint64_t id : gathered.chunks) {
    const auto it = chunk_bytes_.find(id);
    if (it == chunk_bytes_.end()) {
      return Fail(ErrorCode::kCorrupt,
                  fmt::format("a piece of an order's trail is missing: {}", id));
    }
    joined += it->second;
  }
  joined.append(gathered.timed_records, first);
  return joined;
}

Result<Recovery::MadeOrder> Recovery::MakeOrder(const Gathered& gathered) const {
  std::string joined;
  if (!gathered.chunks.empty()) {
    ASSIGN_OR_RETURN(joined, JoinTrail(gathered));
  }
  ASSIGN_OR_RETURN(std::shared_ptr<Order> order,
                   OrderFromRecords(
                       gathered.chunks.empty() ? gathered.timed_records : joined,
                       [&](std::uint64_t hash) { return state_.FindCatalog(hash); },
                       [&](std::uint64_t part_id) -> std::shared_ptr<const records::OrderPart> {
                         const auto it = state_.parts.find(part_id);
                         return it == state_.parts.end() ? nullptr : it->second.part;
                       }));
  MadeOrder made;
  made.submission_key = order->accepted->submission_key();
  made.submission = {order->id, order->accepted->body_hash(), order->submitted_at};
  if (gathered.chunks.empty()) {
    made.stored.folded = FoldedOrder::Fold(*order, gathered.timed_records);
  }
  if (made.stored.folded == nullptr) made.stored.live = std::move(order);
  return made;
}

void Recovery::InsertOrder(MadeOrder made, const Gathered& gathered) {
  if (made.submission_key.size() == 16) {
    state_.keys[DecodeSubmissionKey(made.submission_key)] = made.submission;
  }
  if (made.stored.live == nullptr) {
    state_.orders.Insert(std::move(made.stored.folded));
    return;
  }
  const std::shared_ptr<Order> order = std::move(made.stored.live);
  std::size_t from = 0;
  for (const std::uint64_t id : gathered.chunks) {
    const std::size_t bytes = chunk_bytes_.at(id).size();
    order->trail_chunks.push_back({id, bytes});
    state_.trail_chunks[id] = {.order = order->id.value(), .from = from, .bytes = bytes};
    from += bytes;
  }
  for (const std::uint64_t part : order->accepted->part_ids())
    state_.parts[part].order = order->id.value();
  state_.orders.Insert(order);
}

}  // namespace cairn
