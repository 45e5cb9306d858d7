// Random lives of a journal on a disk that loses, tears and reorders: whatever was acknowledged is
// there afterwards, in order, and at most the one frame more that was being written.
#include "base/random.h"
#include "tests/support/test_journal.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <deque>
#include <optional>

namespace cairn {
namespace {

constexpr std::uint64_t kSeeds = 300;

// What a client of the journal knows for sure.
struct Known {
  std::deque<TestFrame> synced;
  std::optional<std::string> in_flight;
  std::uint64_t dropped_below = 0;
};

class Life {
 public:
  Life(SimStorage& disk, Random& random, Known& known)
      : disk_(disk), random_(random), known_(known), journal_(disk) {}

  void CheckReplay() {
    const Status opened = journal_.Open();
    ASSERT_TRUE(opened) << opened.error().message;
    std::vector<TestFrame> found = journal_.frames();
    // A drop that was begun may or may not have happened.
    while (!known_.synced.empty() && !found.empty() &&
           known_.synced.front().position < found.front().position &&
           known_.synced.front().position.segment < known_.dropped_below) {
      known_.synced.pop_front();
    }
    ASSERT_GE(found.size(), known_.synced.size());
    ASSERT_TRUE(std::equal(known_.synced.begin(), known_.synced.end(), found.begin()));
    if (found.size() > known_.synced.size()) {
      ASSERT_EQ(found.size(), known_.synced.size() + 1);
      ASSERT_TRUE(known_.in_flight.has_value());
      ASSERT_EQ(found.back().payload, *known_.in_flight);
      known_.synced.push_back(found.back());
    }
    known_.in_flight.reset();
  }

  // False when the life is over.
  bool Step() {
    switch (random_.Below(12)) {
      case 0: return Alive(journal_->CloseBurst());
      case 1: return Alive(journal_->Maintain());
      case 2: return Drop();
      case 3:
        disk_.SetCapacity(random_.Chance(1, 2) ? disk_.bytes_used() + random_.Below(80000)
                                               : UINT64_MAX);
        return true;
      default: return Put();
    }
  }

 private:
  template <typename R>
  static bool Alive(const R& result) {
    return result || result.error().code == ErrorCode::kNoSpace;
  }
  bool Drop() {
    const JournalSpace space = journal_->Space();
    const std::uint64_t below =
        space.first_segment + random_.Below(space.last_segment - space.first_segment + 1);
    known_.dropped_below = std::max(known_.dropped_below, below);
    if (!journal_->DropBefore(below)) return false;
    while (!known_.synced.empty() && known_.synced.front().position.segment < below) {
      known_.synced.pop_front();
    }
    return true;
  }
  bool Put() {
    const auto bytes = static_cast<std::size_t>(
        1 + random_.Below(random_.Chance(1, 8) ? journal_->max_payload() : 9000));
    std::string payload(bytes, static_cast<char>(random_.Next()));
    known_.in_flight = payload;
    const auto position = journal_->Append(payload);
    if (!position) {
      if (Alive(position)) known_.in_flight.reset();
      return Alive(position);
    }
    if (random_.Chance(1, 10)) return false;  // the power goes before the sync
    if (!journal_->Sync()) return false;
    known_.synced.push_back({*position, std::move(payload)});
    known_.in_flight.reset();
    return true;
  }

  SimStorage& disk_;
  Random& random_;
  Known& known_;
  TestJournal journal_;
};

void RunSeed(std::uint64_t seed) {
  SCOPED_TRACE("seed " + std::to_string(seed));
  Random random(seed);
  SimStorage disk(seed);
  Known known;
  for (int life_number = 0; life_number < 12; ++life_number) {
    Life life(disk, random, known);
    disk.SetCapacity(UINT64_MAX);
    life.CheckReplay();
    if (testing::Test::HasFatalFailure()) return;
    if (random.Chance(1, 3)) disk.FailSync(1 + random.Below(30));
    if (random.Chance(1, 3)) disk.FailWrite(1 + random.Below(30));
    for (std::uint64_t steps = random.Below(60); steps > 0 && life.Step(); --steps) {
    }
    disk.FailSync(0);
    disk.FailWrite(0);
    disk.Crash(static_cast<CrashStyle>(random.Below(3)));
  }
}

TEST(JournalCrash, WhatWasAcknowledgedIsThereAfterEveryCrash) {
  for (std::uint64_t seed = 0; seed < kSeeds && !HasFatalFailure(); ++seed) RunSeed(seed);
}

// A crash while the journal is being opened is a crash like any other.
TEST(JournalCrash, ACrashWhileOpeningLosesNothing) {
  for (std::uint64_t seed = 0; seed < kSeeds && !HasFatalFailure(); ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    SimStorage disk(seed);
    Known known;
    Random random(seed);
    {
      Life life(disk, random, known);
      life.CheckReplay();
      for (int steps = 0; steps < 30 && life.Step(); ++steps) {
      }
    }
    disk.SetCapacity(UINT64_MAX);
    disk.Crash(CrashStyle::kTearUnsynced);
    for (int attempt = 0; attempt < 3; ++attempt) {
      TestJournal opening(disk);
      if (random.Chance(1, 2)) {
        disk.FailSync(1 + random.Below(3));
      } else {
        disk.FailWrite(1 + random.Below(3));
      }
      (void)opening.Open();
      disk.FailSync(0);
      disk.FailWrite(0);
      disk.Crash(CrashStyle::kTearUnsynced);
    }
    Life life(disk, random, known);
    life.CheckReplay();
  }
}

}  // namespace
}  // namespace cairn
