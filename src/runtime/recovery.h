// Recovery: from the journal's frames to the state of a partition. Records are first only gathered
// by entity, so that what was retired is never parsed; then each live entity is made by Apply.
// Orders are made from nothing but their own records, catalogs and parts, so several threads may
// make them; they enter the state one by one, in the order of their ids.
//
// Used by one thread, once: Add for every frame, then Finish.
#pragma once

#include "base/random.h"
#include "ports/executor.h"
#include "runtime/event_log.h"
#include "runtime/partition_state.h"

#include <boost/unordered/unordered_flat_map.hpp>
#include <boost/unordered/unordered_flat_set.hpp>

#include <map>
#include <memory>
#include <span>
#include <string>
#include <vector>

namespace cairn {

class Recovery {
 public:
  explicit Recovery(std::uint64_t partition) { state_.partition = partition; }

  // kCorrupt, naming what is wrong, when the frame's records make no sense; kIncompatible when a
  // newer version wrote them. `events`: takes the events of orders that the frame holds.
  [[nodiscard]] Status Add(std::uint64_t segment, std::string_view frame,
                           std::vector<EventRef>* events = nullptr);

  // The state, or what Add says, or of several entities that are wrong the first. It is the same
  // with an executor, whose threads then help, and without.
  [[nodiscard]] Result<PartitionState> Finish(Executor* executor = nullptr);

 private:
  // An entity's records since its base, each with its time.
  struct Gathered {
    std::string timed_records;
    std::uint64_t segment = 0;
    std::uint64_t bytes = 0;
    std::uint64_t version = 0;
    std::vector<std::uint64_t> chunks;  // whose bytes belong behind the first record
  };
  struct Entity {
    EntityKey key;
    std::unique_ptr<Gathered> gathered;
  };
  // An order at rest is folded as soon as it is made, so that all of them are never there whole.
  struct MadeOrder {
    StoredOrder stored;
    std::string submission_key;
    SubmissionRecord submission;
  };
  struct KeyHash {
    std::size_t operator()(const EntityKey& key) const noexcept {
      return static_cast<std::size_t>(
          Mix64(key.id ^ (static_cast<std::uint64_t>(key.kind) << 56U)));
    }
  };

  [[nodiscard]] Status Gather(std::uint64_t segment, Nanos time, const RecordView& record,
                              std::string_view raw);
  std::vector<Entity> TakeEntities();
  [[nodiscard]] Status MakeEntity(const Entity& entity);
  [[nodiscard]] Status MakeOrders(std::span<Entity> entities, Executor* executor);
  [[nodiscard]] Status MakePartition(const Gathered& gathered);
  [[nodiscard]] Status MakeCatalog(const Gathered& gathered);
  [[nodiscard]] Status MakePart(EntityKey key, const Gathered& gathered);
  [[nodiscard]] Status MakeKeys(EntityKey key, const Gathered& gathered);
  [[nodiscard]] Status MakeService(EntityKey key, const Gathered& gathered);
  [[nodiscard]] Status MakeTarget(EntityKey key, const Gathered& gathered);
  [[nodiscard]] Status MakeListener(EntityKey key, const Gathered& gathered);
  [[nodiscard]] Status MakeTrailChunk(EntityKey key, const Gathered& gathered);
  // What several threads may do, and what is left for one.
  [[nodiscard]] Result<MadeOrder> MakeOrder(const Gathered& gathered) const;
  void InsertOrder(MadeOrder made, const Gathered& gathered);
  void NoteInLedger(const Entity& entity);
  [[nodiscard]] Result<std::string> JoinTrail(const Gathered& gathered) const;

  PartitionState state_;
  // Entities with events whose base lay in a segment that is gone: a snapshot or a retirement must
  // follow, or something is missing.
  boost::unordered_flat_set<EntityKey, KeyHash> unexplained_;
  std::map<std::uint64_t, std::string> chunk_bytes_;
  boost::unordered_flat_map<EntityKey, std::unique_ptr<Gathered>, KeyHash> entities_;
};

}  // namespace cairn
