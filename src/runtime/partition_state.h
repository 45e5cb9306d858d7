// PartitionState: everything of a partition that is made from its journal, and nothing else. The
// partition's thread owns it.
#pragma once

#include "engine/orders/order.h"
#include "engine/orders/stored_service.h"
#include "runtime/entity_ledger.h"
#include "runtime/order_table.h"

#include <cstdint>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

namespace cairn {

// A client's Idempotency-Key as it is kept: 16 bytes of hash. An order holds its own while it
// lives; then a bucket, of the minute in which it went, holds it for a day.
struct SubmissionKey {
  std::uint64_t high = 0;
  std::uint64_t low = 0;
  friend auto operator<=>(const SubmissionKey&, const SubmissionKey&) = default;
};

struct SubmissionRecord {
  OrderId order;
  std::uint64_t body_hash = 0;
  Nanos submitted_at = 0;
  OrderState end_state = OrderState::kNew;  // once the order has gone
};

// What drives a target, once it was taken out of service for the first time.
struct TargetState {
  std::string cartridge;  // its name
  bool maintenance = false;
};
inline constexpr std::size_t kTargetsMax = 10'000;

// Part of an order that is not accepted yet, or that an order holds.
struct StagedPart {
  std::shared_ptr<const records::OrderPart> part;
  std::uint64_t order = 0;  // 0: staged only
};

// Where in its order's trail a chunk lies.
struct OwnedChunk {
  std::uint64_t order = 0;  // 0: no order's snapshot names it
  std::size_t from = 0;
  std::size_t bytes = 0;
};

// Who is told of events, and how far.
struct Listener {
  std::string callback;
  std::string query;
  std::uint64_t delivered = 0;  // the sequence up to which it was told of all events
};
inline constexpr std::size_t kListenersMax = 100;

struct PartitionState {
  std::uint64_t partition = 0;
  std::uint64_t epoch = 0;         // of the last start
  std::uint64_t next_counter = 1;  // ids below were given out, or may have been before a crash
  std::uint64_t reserved_end = 1;  // ids below are durably reserved
  Nanos time = 0;                  // of the last batch; never falls

  std::map<std::uint64_t, std::shared_ptr<const Catalog>> catalogs;  // by hash
  OrderTable orders;                                                 // by counter of the id
  std::map<std::uint64_t, StagedPart> parts;                         // by id
  std::map<EntityKey, std::uint64_t> versions;                      // of entities other than orders
  std::map<std::uint64_t, OwnedChunk> trail_chunks;                 // by id
  std::map<SubmissionKey, SubmissionRecord> keys;                   // of live orders and of buckets
  std::map<std::uint64_t, std::vector<SubmissionKey>> key_buckets;  // minute << 20 | number
  std::map<std::uint64_t, StoredServicePtr> services;               // by id
  std::set<StoredServicePtr, ByServiceKey> services_there;          // that are not terminated
  std::set<std::pair<Nanos, std::uint64_t>> terminated_services;    // since when, and the id
  std::map<std::uint64_t, TargetState> targets;                     // by id
  std::map<std::uint64_t, Listener> listeners;                      // by id
  EntityLedger ledger;
  std::map<std::uint64_t, std::uint64_t> first_frames;  // of the journal's segments

  // In place of what it was.
  void PutService(StoredServicePtr service);
  void DropService(std::uint64_t id);
  // Null when there is none, or it is terminated.
  StoredServicePtr FindService(std::string_view product, std::string_view service) const {
    const auto it = services_there.find(ByServiceKey::View{product, service});
    return it == services_there.end() ? nullptr : *it;
  }
  std::shared_ptr<const Catalog> FindCatalog(std::uint64_t hash) const {
    const auto it = catalogs.find(hash);
    return it == catalogs.end() ? nullptr : it->second;
  }
};

// How long a key is kept after its order has gone, and how many at the most.
inline constexpr Nanos kSubmissionKeyTime = kDay;
inline constexpr std::size_t kSubmissionKeysMax = 10'000'000;

// How long a terminated service can still be read.
inline constexpr Nanos kTerminatedServiceTime = 30 * kDay;

SubmissionKey MakeSubmissionKey(std::string_view client_key);
std::string EncodeSubmissionKey(const SubmissionKey& key);
SubmissionKey DecodeSubmissionKey(std::string_view bytes);  // REQUIRES: 16 bytes

// Canonical text of all that is durable, entity by entity in id order: equal states give equal
// text. Left out, because a restart makes it anew: the epoch, how long trails are cut up, ids that
// were reserved but not used, where in the journal things lie, and the time, which reads move on
// too.
std::string DumpState(const PartitionState& state);
std::uint64_t HashState(const PartitionState& state);

// An order's line of the dump, and a service's.
std::string DumpOrder(const Order& order);
std::string DumpService(const StoredService& service);

}  // namespace cairn
