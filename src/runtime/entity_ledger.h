// EntityLedger: for each live entity, where in the journal its base lies and how many bytes of the
// journal it needs. From it follow what the journal must keep and what has to be moved so that old
// segments can go.
//
// Owned by the partition's thread.
#pragma once

#include "model/record.h"

#include <boost/unordered/unordered_flat_map.hpp>

#include <cstdint>
#include <map>
#include <vector>

namespace cairn {

class EntityLedger {
 public:
  // A record of `bytes` was appended. The first record of an entity, and each snapshot, is a base;
  // true then: SetBase must follow when it is known which segment it went to.
  bool Record(EntityKey key, RecordType type, std::size_t bytes);
  void SetBase(EntityKey key, std::uint64_t segment);

  // What was retired holds its base's segment until its retirement is durable: were the base lost
  // before, later records of the entity would have no beginning. All that was recorded so far is on
  // its way to the journal (one batch at a time); and then: it is durable.
  void Submitted();
  void Durable();

  bool Has(EntityKey key) const { return entries_.contains(key); }
  std::uint64_t live_bytes() const { return live_bytes_; }
  std::size_t size() const { return entries_.size(); }

  // The oldest segment that a base lies in; UINT64_MAX when no base is known. What is durable
  // needs no segment below.
  std::uint64_t oldest_segment() const;

  // Entities whose base lies in the oldest segment, to be moved, until `visit` returns false. What
  // was moved in the meantime is skipped.
  template <typename Visit>
  void ForEachInOldest(Visit visit) {
    if (by_segment_.empty()) return;
    auto& [segment, bases] = *by_segment_.begin();
    while (!bases.keys.empty()) {
      const EntityKey key = bases.keys.back();
      const auto it = entries_.find(key);
      const bool here = it != entries_.end() && it->second.segment == segment && !it->second.moving;
      if (here && !visit(key)) return;
      bases.keys.pop_back();
    }
  }

  // Sorted dump for comparing: key, bytes.
  std::vector<std::pair<EntityKey, std::uint64_t>> Sorted() const;

 private:
  struct Entry {
    std::uint64_t segment = 0;  // 0: not known yet
    std::uint64_t bytes = 0;
    bool moving = false;  // a newer base is on its way to the journal
  };
  struct KeyHash {
    std::size_t operator()(const EntityKey& key) const noexcept;
  };
  struct Bases {
    std::uint64_t count = 0;
    std::vector<EntityKey> keys;  // may hold keys that have moved on
  };

  void Leave(std::uint64_t segment);

  boost::unordered_flat_map<EntityKey, Entry, KeyHash> entries_;
  std::map<std::uint64_t, Bases> by_segment_;
  std::uint64_t live_bytes_ = 0;
  // Segments of the bases of what was retired: since Submitted, and before it.
  std::vector<std::uint64_t> retired_;
  std::vector<std::uint64_t> retired_submitted_;
};

}  // namespace cairn
