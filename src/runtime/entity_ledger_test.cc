#include "runtime/entity_ledger.h"

#include "base/random.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <deque>
#include <map>
#include <set>
#include <utility>

namespace cairn {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

EntityKey Order(std::uint64_t id) { return {EntityKind::kOrder, id}; }

std::vector<std::uint64_t> IdsInOldest(EntityLedger& ledger) {
  std::vector<std::uint64_t> ids;
  ledger.ForEachInOldest([&](EntityKey key) {
    ids.push_back(key.id);
    return true;
  });
  std::sort(ids.begin(), ids.end());
  return ids;
}

TEST(EntityLedgerTest, FirstRecordIsABase) {
  EntityLedger ledger;
  EXPECT_EQ(ledger.oldest_segment(), UINT64_MAX);
  EXPECT_THAT(IdsInOldest(ledger), IsEmpty());
  EXPECT_TRUE(ledger.Record(Order(1), RecordType::kEvent, 10));
  EXPECT_FALSE(ledger.Record(Order(1), RecordType::kEvent, 5));
  EXPECT_EQ(ledger.oldest_segment(), UINT64_MAX);  // where it went is not known yet
  ledger.SetBase(Order(1), 3);
  EXPECT_EQ(ledger.oldest_segment(), 3U);
  EXPECT_EQ(ledger.live_bytes(), 15U);
  EXPECT_THAT(ledger.Sorted(), ElementsAre(std::pair(Order(1), 15U)));
}

TEST(EntityLedgerTest, SnapshotReplacesWhatWasBefore) {
  EntityLedger ledger;
  (void)ledger.Record(Order(1), RecordType::kEvent, 100);
  ledger.SetBase(Order(1), 1);
  EXPECT_TRUE(ledger.Record(Order(1), RecordType::kSnapshot, 40));
  EXPECT_EQ(ledger.live_bytes(), 40U);
  EXPECT_EQ(ledger.oldest_segment(), 1U);  // until the snapshot is durable
  EXPECT_THAT(IdsInOldest(ledger), IsEmpty()) << "it is on its way already";
  ledger.SetBase(Order(1), 4);
  EXPECT_EQ(ledger.oldest_segment(), 4U);
  EXPECT_FALSE(ledger.Record(Order(1), RecordType::kEvent, 2));
  EXPECT_EQ(ledger.live_bytes(), 42U);
}

TEST(EntityLedgerTest, RetiredIsGone) {
  EntityLedger ledger;
  (void)ledger.Record(Order(1), RecordType::kEvent, 7);
  ledger.SetBase(Order(1), 1);
  EXPECT_FALSE(ledger.Record(Order(1), RecordType::kRetire, 3));
  EXPECT_FALSE(ledger.Has(Order(1)));
  EXPECT_EQ(ledger.live_bytes(), 0U);
  EXPECT_EQ(ledger.oldest_segment(), 1U) << "until the retirement is durable";
  EXPECT_THAT(IdsInOldest(ledger), IsEmpty());
  ledger.Durable();
  EXPECT_EQ(ledger.oldest_segment(), 1U) << "what became durable was submitted before";
  ledger.Submitted();
  EXPECT_EQ(ledger.oldest_segment(), 1U);
  ledger.Durable();
  EXPECT_EQ(ledger.oldest_segment(), UINT64_MAX);
  ledger.SetBase(Order(1), 2);  // its base became durable after it was gone
  EXPECT_EQ(ledger.oldest_segment(), UINT64_MAX);
}

TEST(EntityLedgerTest, VisitStopsAndGoesOnWhereItStopped) {
  EntityLedger ledger;
  for (std::uint64_t id = 1; id <= 5; ++id) {
    (void)ledger.Record(Order(id), RecordType::kEvent, 1);
    ledger.SetBase(Order(id), 1);
  }
  std::set<std::uint64_t> seen;
  for (int round = 0; round < 5; ++round) {
    int left = 1;
    ledger.ForEachInOldest([&](EntityKey key) {
      if (left-- == 0) return false;
      EXPECT_TRUE(seen.insert(key.id).second);
      (void)ledger.Record(key, RecordType::kSnapshot, 1);
      return true;
    });
    EXPECT_EQ(seen.size(), static_cast<std::size_t>(round + 1));
  }
  for (std::uint64_t id = 1; id <= 5; ++id) ledger.SetBase(Order(id), 2);
  EXPECT_EQ(ledger.oldest_segment(), 2U);
}

// The same, kept the slow way.
class NaiveLedger {
 public:
  struct Entry {
    std::uint64_t bytes = 0;
    std::uint64_t segment = 0;
    bool moving = false;
  };
  std::map<EntityKey, Entry> entries;
  std::multiset<std::uint64_t> retired;  // segments of what is retired and not durably so
  std::multiset<std::uint64_t> retired_submitted;

  std::uint64_t live_bytes() const {
    std::uint64_t sum = 0;
    for (const auto& [key, entry] : entries) sum += entry.bytes;
    return sum;
  }
  std::uint64_t oldest() const {
    std::uint64_t segment = UINT64_MAX;
    for (const auto& [key, entry] : entries) {
      if (entry.segment != 0) segment = std::min(segment, entry.segment);
    }
    if (!retired.empty()) segment = std::min(segment, *retired.begin());
    if (!retired_submitted.empty()) segment = std::min(segment, *retired_submitted.begin());
    return segment;
  }
  std::set<EntityKey> InOldest() const {
    std::set<EntityKey> keys;
    for (const auto& [key, entry] : entries) {
      if (entry.segment == oldest() && entry.segment != 0 && !entry.moving) keys.insert(key);
    }
    return keys;
  }
};

TEST(EntityLedgerTest, AgreesWithTheSlowWay) {
  Random random(77);
  EntityLedger ledger;
  NaiveLedger naive;
  std::deque<EntityKey> not_durable;
  std::uint64_t segment = 1;
  for (int step = 0; step < 30'000; ++step) {
    const EntityKey key = {random.Chance(1, 5) ? EntityKind::kOrderPart : EntityKind::kOrder,
                           random.Below(60)};
    const std::uint64_t bytes = 1 + random.Below(100);
    const bool waits = std::find(not_durable.begin(), not_durable.end(), key) != not_durable.end();
    const std::uint64_t draw = random.Below(10);
    const bool known = naive.entries.contains(key);
    if (draw < 5) {
      EXPECT_EQ(ledger.Record(key, RecordType::kEvent, bytes), !known);
      naive.entries[key].bytes += bytes;
      if (!known) not_durable.push_back(key);
    } else if (draw < 6 && known && !waits) {
      EXPECT_TRUE(ledger.Record(key, RecordType::kSnapshot, bytes));
      naive.entries[key].bytes = bytes;
      naive.entries[key].moving = true;
      not_durable.push_back(key);
    } else if (draw < 7 && known && !waits) {
      EXPECT_FALSE(ledger.Record(key, RecordType::kRetire, bytes));
      const std::uint64_t held = naive.entries.at(key).segment;
      if (held != 0) naive.retired.insert(held);
      naive.entries.erase(key);
    } else if (draw < 8) {
      ledger.Durable();
      ledger.Submitted();
      naive.retired_submitted = std::exchange(naive.retired, {});
    } else if (!not_durable.empty()) {
      const EntityKey durable = not_durable.front();
      not_durable.pop_front();
      segment += random.Chance(1, 20) ? 1U : 0U;
      ledger.SetBase(durable, segment);
      naive.entries[durable].segment = segment;
      naive.entries[durable].moving = false;
    }
    ASSERT_EQ(ledger.size(), naive.entries.size());
    ASSERT_EQ(ledger.live_bytes(), naive.live_bytes());
    ASSERT_EQ(ledger.oldest_segment(), naive.oldest());
    if (step % 100 != 0) continue;
    const std::set<EntityKey> wanted = naive.InOldest();
    std::set<EntityKey> found;
    ledger.ForEachInOldest([&](EntityKey k) {
      found.insert(k);
      (void)ledger.Record(k, RecordType::kSnapshot, 1);
      naive.entries[k].bytes = 1;
      naive.entries[k].moving = true;
      not_durable.push_back(k);
      return true;
    });
    ASSERT_EQ(found, wanted);
  }
  EXPECT_GT(segment, 100U);
}

}  // namespace
}  // namespace cairn
