#include "runtime/entity_ledger.h"

#include "base/check.h"
#include "base/random.h"

#include <algorithm>

namespace cairn {

std::size_t EntityLedger::KeyHash::operator()(const EntityKey& key) const noexcept {
  return static_cast<std::size_t>(Mix64(key.id ^ (static_cast<std::uint64_t>(key.kind) << 56U)));
}

bool EntityLedger::Record(EntityKey key, RecordType type, std::size_t bytes) {
  if (type == RecordType::kRetire) {
    const auto it = entries_.find(key);
    CHECK(it != entries_.end());
    live_bytes_ -= it->second.bytes;
    if (it->second.segment != 0) retired_.push_back(it->second.segment);
    entries_.erase(it);
    return false;
  }
  const auto [it, first] = entries_.try_emplace(key);
  Entry& entry = it->second;
  if (type == RecordType::kSnapshot) {
    live_bytes_ -= entry.bytes;
    entry.bytes = 0;
    entry.moving = true;
  }
  entry.bytes += bytes;
  live_bytes_ += bytes;
  return first || type == RecordType::kSnapshot;
}

void EntityLedger::SetBase(EntityKey key, std::uint64_t segment) {
  const auto it = entries_.find(key);
  if (it == entries_.end()) return;  // retired in the meantime
  Leave(it->second.segment);
  it->second.segment = segment;
  it->second.moving = false;
  Bases& bases = by_segment_[segment];
  ++bases.count;
  bases.keys.push_back(key);
}

void EntityLedger::Submitted() {
  CHECK(retired_submitted_.empty());
  retired_submitted_.swap(retired_);
}

void EntityLedger::Durable() {
  for (const std::uint64_t segment : retired_submitted_) Leave(segment);
  retired_submitted_.clear();
}

void EntityLedger::Leave(std::uint64_t segment) {
  if (segment == 0) return;
  const auto it = by_segment_.find(segment);
  CHECK(it != by_segment_.end() && it->second.count > 0);
  if (--it->second.count == 0) by_segment_.erase(it);
}

std::uint64_t EntityLedger::oldest_segment() const {
  return by_segment_.empty() ? UINT64_MAX : by_segment_.begin()->first;
}

std::vector<std::pair<EntityKey, std::uint64_t>> EntityLedger::Sorted() const {
  std::vector<std::pair<EntityKey, std::uint64_t>> rows;
  rows.reserve(entries_.size());
  for (const auto& [key, entry] : entries_) rows.emplace_back(key, entry.bytes);
  std::sort(rows.begin(), rows.end());
  return rows;
}

}  // namespace cairn
