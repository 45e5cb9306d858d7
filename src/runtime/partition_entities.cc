// Records of what is no order, the keys of clients, and the moving of bases that pin old segments.
#include "base/check.h"
#include "engine/orders/apply.h"
#include "engine/orders/snapshot.h"
#include "model/limits.h"
#include "runtime/partition.h"

#include <algorithm>

namespace cairn {
namespace {

// What may be moved in one step, whatever was earned.
constexpr std::uint64_t kMoveBytesPerStep = 256U << 10U;
constexpr std::size_t kTrailChunkBytes = 256U << 10U;
constexpr std::uint64_t kMoveBytesWhenIdle = 64U << 10U;
constexpr unsigned kBucketNumberBits = 20;
constexpr std::uint64_t kMinuteNanos = static_cast<std::uint64_t>(kMinute);

}  // namespace

void Partition::BeginFrame() {
  OpenBatch();
  if (!batch_->bytes.empty()) return;
  AppendBatchHeader(batch_->bytes, {state_.partition, state_.epoch, state_.time});
}

void Partition::RecordEntity(EntityKey key, RecordType type, EventType event,
                             std::string_view payload, std::string_view actor) {
  BeginFrame();
  std::uint64_t& version = state_.versions[key];
  if (type != RecordType::kSnapshot) ++version;
  const std::size_t from = batch_->bytes.size();
  AppendRecord(batch_->bytes, {.type = type,
                               .entity = key,
                               .version = version,
                               .event = event,
                               .event_version = 1,
                               .actor = actor,
                               .payload = payload});
  ++batch_->records;
  if (state_.ledger.Record(key, type, batch_->bytes.size() - from)) batch_->bases.push_back(key);
  if (type == RecordType::kRetire) state_.versions.erase(key);
}

namespace {

// A bucket of the minute that has room, or a new one.
std::uint64_t BucketFor(const PartitionState& state) {
  const auto minute = static_cast<std::uint64_t>(state.time) / kMinuteNanos;
  const auto after = state.key_buckets.lower_bound((minute + 1) << kBucketNumberBits);
  if (after == state.key_buckets.begin()) return minute << kBucketNumberBits;
  const auto& [last, keys] = *std::prev(after);
  if (last >> kBucketNumberBits != minute) return minute << kBucketNumberBits;
  return keys.size() < kSubmissionKeysPerBucket ? last : last + 1;
}

}  // namespace

void Partition::KeepSubmissionKey(const Order& order) {
  if (order.accepted->submission_key().empty()) return;
  const SubmissionKey key = DecodeSubmissionKey(order.accepted->submission_key());
  state_.keys[key].end_state = order.state;
  const std::uint64_t bucket = BucketFor(state_);
  records::SubmissionKeysKept event;
  auto& kept = *event.add_keys();
  kept.set_key(order.accepted->submission_key());
  kept.set_order(order.id.value());
  kept.set_body_hash(order.accepted->body_hash());
  kept.set_submitted_at(order.submitted_at);
  kept.set_end_state(static_cast<std::uint32_t>(order.state));
  state_.key_buckets[bucket].push_back(key);
  RecordEntity({EntityKind::kSubmissionKeys, bucket}, RecordType::kEvent,
               EventType::kSubmissionKeysKept, event.SerializeAsString());
  DropOldKeys();
}

// A bucket goes as a whole, one at a time. So that time alone never changes what is stored, it goes
// when a key is kept; that brings at most one key, so the dropping keeps up.
void Partition::DropOldKeys() {
  const auto& [bucket, keys] = *state_.key_buckets.begin();
  const std::uint64_t minute = bucket >> kBucketNumberBits;
  const Nanos until = static_cast<Nanos>((minute + 1) * kMinuteNanos) + kSubmissionKeyTime;
  if (until > state_.time && state_.keys.size() <= kSubmissionKeysMax) return;
  for (const SubmissionKey& key : keys) state_.keys.erase(key);
  RecordEntity({EntityKind::kSubmissionKeys, bucket}, RecordType::kRetire, EventType::kNone, {});
  state_.key_buckets.erase(state_.key_buckets.begin());
}

// Keeps the journal below three times its live bytes plus two segments: what still lives in the
// oldest segment is written again at the end, at twice the pace of what is appended, so that the
// segment can go.
void Partition::MoveBases() {
  if (space_.segment_bytes == 0 || !MayDecide()) return;
  const std::uint64_t limit = 2 * state_.ledger.live_bytes() + 2 * space_.segment_bytes;
  const std::uint64_t oldest = state_.ledger.oldest_segment();
  // What only listeners need does not go by moving anything.
  const std::uint64_t kept = std::min(oldest, OldestSegmentForListeners());
  const std::uint64_t kept_bytes = (oldest - kept) * space_.segment_bytes;
  if (space_.bytes <= limit + kept_bytes || oldest >= space_.last_segment) return;
  const bool idle = !HasWork() && batch_ == nullptr;
  std::uint64_t budget =
      std::min(std::max(move_budget_, idle ? kMoveBytesWhenIdle : 0), kMoveBytesPerStep);
  move_budget_ -= std::min(move_budget_, budget);
  if (budget == 0) return;
  OpenBatch();
  state_.ledger.ForEachInOldest([&](EntityKey key) {
    if (budget == 0 || batch_->bytes.size() >= limits_.batch_bytes) return false;
    const std::size_t before = batch_->bytes.size();
    const bool moved = MoveBase(key);
    budget -= std::min<std::uint64_t>(budget, batch_->bytes.size() - before);
    return moved;
  });
}

bool Partition::MoveBase(EntityKey key) {
  switch (key.kind) {
    case EntityKind::kPartition: {
      records::PartitionSnapshot snapshot;
      snapshot.set_epoch(state_.epoch);
      snapshot.set_counter_end(state_.reserved_end);
      RecordEntity(key, RecordType::kSnapshot, EventType::kPartitionSnapshot,
                   snapshot.SerializeAsString());
      return true;
    }
    case EntityKind::kCatalog: {
      for (const auto& [hash, catalog] : state_.catalogs) {
        if (hash >> 1U != key.id) continue;
        records::CatalogStored event;
        event.set_catalog(catalog->serialized());
        event.set_hash(hash);
        RecordEntity(key, RecordType::kSnapshot, EventType::kCatalogStored,
                     event.SerializeAsString());
        return true;
      }
      CHECK_MSG(false, "a catalog without content");
      return true;
    }
    case EntityKind::kOrderPart: {
      records::OrderPartStaged event;
      *event.mutable_part() = *state_.parts.at(key.id).part;
      RecordEntity(key, RecordType::kSnapshot, EventType::kOrderPartStaged,
                   event.SerializeAsString());
      return true;
    }
    case EntityKind::kSubmissionKeys: {
      records::SubmissionKeysKept event;
      for (const SubmissionKey& kept : state_.key_buckets.at(key.id)) {
        const SubmissionRecord& record = state_.keys.at(kept);
        auto& out = *event.add_keys();
        out.set_key(EncodeSubmissionKey(kept));
        out.set_order(record.order.value());
        out.set_body_hash(record.body_hash);
        out.set_submitted_at(record.submitted_at);
        out.set_end_state(static_cast<std::uint32_t>(record.end_state));
      }
      RecordEntity(key, RecordType::kSnapshot, EventType::kSubmissionKeysKept,
                   event.SerializeAsString());
      return true;
    }
    case EntityKind::kOrderTrail: {
      const OwnedChunk& owned = state_.trail_chunks.at(key.id);
      const Order& order = *state_.orders.Find(OrderId(owned.order).counter());
      records::OrderTrailKept event;
      event.set_order(owned.order);
      event.set_timed_records(order.trail.substr(owned.from, owned.bytes));
      RecordEntity(key, RecordType::kSnapshot, EventType::kOrderTrailKept,
                   event.SerializeAsString());
      return true;
    }
    case EntityKind::kService: MoveService(key); return true;
    case EntityKind::kTarget: KeepTarget(key); return true;
    case EntityKind::kListener: KeepListener(key); return true;
    case EntityKind::kCancelTask: CHECK_MSG(false, "nothing makes these"); return true;
    case EntityKind::kOrder: return MoveOrder(key.id);
  }
  CHECK_MSG(false, "an entity of an unknown kind");
  return true;
}

// A long trail goes first, in chunks that stay where they are from then on; then the order itself,
// which is short by then.
bool Partition::MoveOrder(std::uint64_t id) {
  const std::uint64_t counter = OrderId(id).counter();
  const std::size_t piece = std::min(kTrailChunkBytes, limits_.batch_bytes);
  const FoldedOrder* const folded = state_.orders.FindStored(counter)->folded.get();
  if (folded != nullptr && folded->bytes() <= 2 * piece) {
    RecordMoved(id, folded->version(), folded->ShortSnapshotBytes());
    return true;
  }
  Order& order = *state_.orders.Find(counter);
  std::size_t chunked = 0;
  for (const TrailChunk& chunk : order.trail_chunks) chunked += chunk.bytes;
  if (order.trail.size() - chunked > 2 * piece) {
    const std::size_t end = TrailPieceEnd(order, chunked, piece);
    const std::uint64_t chunk = OrderPartId::Of(state_.partition, NewCounter()).value();
    records::OrderTrailKept event;
    event.set_order(id);
    event.set_timed_records(order.trail.substr(chunked, end - chunked));
    RecordEntity({EntityKind::kOrderTrail, chunk}, RecordType::kEvent, EventType::kOrderTrailKept,
                 event.SerializeAsString());
    state_.trail_chunks[chunk] = {.order = id, .from = chunked, .bytes = end - chunked};
    order.trail_chunks.push_back({chunk, end - chunked});
    return false;
  }
  RecordMoved(id, order.version, ShortOrderSnapshotBytes(order));
  return true;
}

void Partition::RecordMoved(std::uint64_t id, std::uint64_t version, std::string_view snapshot) {
  const EntityKey key{EntityKind::kOrder, id};
  BeginFrame();
  const std::size_t from = batch_->bytes.size();
  AppendRecord(batch_->bytes, {.type = RecordType::kSnapshot,
                               .entity = key,
                               .version = version,
                               .event = EventType::kNone,
                               .event_version = 1,
                               .actor = {},
                               .payload = snapshot});
  ++batch_->records;
  state_.ledger.Record(key, RecordType::kSnapshot, batch_->bytes.size() - from);
  batch_->bases.push_back(key);
}

// Chunks that were cut off before a crash, but whose order's own move did not come to be durable.
void Partition::RetireOrphanedChunks() {
  std::vector<std::uint64_t> orphans;
  for (const auto& [id, owned] : state_.trail_chunks) {
    if (owned.order == 0) orphans.push_back(id);
  }
  for (const std::uint64_t id : orphans) {
    state_.trail_chunks.erase(id);
    RecordEntity({EntityKind::kOrderTrail, id}, RecordType::kRetire, EventType::kNone, {});
  }
}

// The first batch of a start. Its effects are the ones that the last run may have lost: they leave
// when the new epoch is durable.
void Partition::Start(const std::shared_ptr<const Catalog>& catalog) {
  OpenBatch();
  life_began_ = state_.time;
  ++state_.epoch;
  state_.next_counter = state_.reserved_end;
  records::PartitionStarted started;
  started.set_epoch(state_.epoch);
  RecordEntity({EntityKind::kPartition, state_.partition}, RecordType::kEvent,
               EventType::kPartitionStarted, started.SerializeAsString());
  KeepCatalog(catalog, {});
  std::vector<std::uint64_t> orphans;
  for (const auto& [id, part] : state_.parts) {
    if (part.order == 0) orphans.push_back(id);
  }
  for (const std::uint64_t id : orphans) {
    state_.parts.erase(id);
    RecordEntity({EntityKind::kOrderPart, id}, RecordType::kRetire, EventType::kNone, {});
  }
  RetireOrphanedChunks();
  std::vector<std::uint64_t> counters;
  state_.orders.ForEachStored(
      [&](const StoredOrder& stored) { counters.push_back(stored.id().counter()); });
  for (const std::uint64_t counter : counters) {
    DeriveAgain(*state_.orders.FindStored(counter));
  }
  PublishGauges();
}

void Partition::LeaveOutIds(std::uint64_t count, std::function<void()> when_durable) {
  state_.reserved_end += count;
  state_.next_counter = state_.reserved_end;
  records::IdsReserved event;
  event.set_counter_end(state_.reserved_end);
  RecordEntity({EntityKind::kPartition, state_.partition}, RecordType::kEvent,
               EventType::kIdsReserved, event.SerializeAsString());
  batch_->replies.push_back(std::move(when_durable));
}

}  // namespace cairn
