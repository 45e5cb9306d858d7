// What every body of ports/journal.h must do, as a suite of tests over a JournalBody: the journal
// and the ways in which a test may treat it badly. A new body instantiates the suite, see
// journal_contract_test.cc.
#pragma once

#include "base/random.h"
#include "ports/journal.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <functional>
#include <memory>
#include <string>
#include <thread>
#include <utility>
#include <vector>

namespace cairn {

class JournalBody {
 public:
  virtual ~JournalBody() = default;
  // The journal of the process that runs now.
  virtual Journal& journal() = 0;
  // That process ends; the machine goes on. journal() is a new one, not yet replayed.
  virtual void Restart() = 0;
};

// A body whose disk can fail.
class JournalBodyWithFaults : public JournalBody {
 public:
  virtual void PowerLoss() = 0;  // like Restart; and what was not synced is lost
  virtual void FailNextSync() = 0;
  virtual void SetDiskFull(bool full) = 0;  // no further segment can be had
};

struct ReplayedFrame {
  FramePosition position;
  std::string payload;
  friend bool operator==(const ReplayedFrame&, const ReplayedFrame&) = default;
};

template <typename Body>
struct JournalBodyKind {
  std::string name;  // of the tests
  std::function<std::unique_ptr<Body>()> make;
};

template <typename Body>
class JournalContractBase : public testing::TestWithParam<JournalBodyKind<Body>> {
 protected:
  void SetUp() override {
    body_ = this->GetParam().make();
    EXPECT_TRUE(Replay().empty());
  }
  Journal& journal() { return body_->journal(); }

  std::vector<ReplayedFrame> Replay() {
    std::vector<ReplayedFrame> frames;
    auto report = journal().Replay([&](const FramePosition& position, std::string_view payload) {
      frames.push_back({position, std::string(payload)});
      return Status();
    });
    EXPECT_TRUE(report) << (report ? "" : report.error().message);
    if (report) report_ = *report;
    return frames;
  }
  // Appends and syncs.
  ReplayedFrame Put(std::string payload) {
    auto position = journal().Append(payload);
    EXPECT_TRUE(position) << (position ? "" : position.error().message);
    const Status synced = journal().Sync();
    EXPECT_TRUE(synced) << (synced ? "" : synced.error().message);
    return {position.value_or(FramePosition{}), std::move(payload)};
  }
  std::vector<ReplayedFrame> PutMany(std::size_t count, std::size_t payload_bytes) {
    std::vector<ReplayedFrame> frames;
    for (std::size_t i = 0; i < count; ++i) {
      frames.push_back(Put(std::string(payload_bytes, static_cast<char>('a' + i % 26))));
    }
    return frames;
  }
  // Until nothing is left to do.
  void Maintain() {
    for (int calls = 0; calls < 10000; ++calls) {
      auto more = journal().Maintain();
      ASSERT_TRUE(more) << more.error().message;
      if (!*more) return;
    }
    FAIL() << "Maintain never ends";
  }

  std::unique_ptr<Body> body_;
  ReplayReport report_;
};

using JournalContract = JournalContractBase<JournalBody>;
using JournalFaultContract = JournalContractBase<JournalBodyWithFaults>;
GTEST_ALLOW_UNINSTANTIATED_PARAMETERIZED_TEST(JournalContract);
GTEST_ALLOW_UNINSTANTIATED_PARAMETERIZED_TEST(JournalFaultContract);

TEST_P(JournalContract, AnEmptyJournalHasOneSegmentAndNoFrame) {
  EXPECT_EQ(report_.frames, 0U);
  EXPECT_EQ(report_.last_sequence, 0U);
  EXPECT_FALSE(report_.cut_tail);
  EXPECT_EQ(journal().Space().first_segment, 1U);
  EXPECT_EQ(journal().Space().last_segment, 1U);
  EXPECT_EQ(journal().sync_count(), 0U);
  EXPECT_TRUE(journal().CloseBurst()) << "there is nothing to close";
  EXPECT_EQ(journal().sync_count(), 0U);
}

TEST_P(JournalContract, FramesComeBackInOrderWithTheirPositions) {
  std::vector<ReplayedFrame> put;
  for (const char* payload : {"one", "two", "three"}) put.push_back(Put(payload));
  EXPECT_EQ(put[0].position.sequence, 1U);
  EXPECT_EQ(put[2].position.sequence, 3U);
  EXPECT_LT(put[0].position.offset, put[1].position.offset);
  body_->Restart();
  EXPECT_EQ(Replay(), put);
  EXPECT_EQ(report_.frames, 3U);
  EXPECT_EQ(report_.bytes, 11U);
  EXPECT_EQ(report_.last_sequence, 3U);
  EXPECT_EQ(Put("four").position.sequence, 4U);
}

TEST_P(JournalContract, APayloadMayHoldAnyBytesUpToTheLimit) {
  std::vector<ReplayedFrame> put;
  Random random(7);
  for (const std::size_t bytes : {std::size_t{1}, std::size_t{4016}, std::size_t{4017},
                                  journal().max_payload() - 1, journal().max_payload()}) {
    std::string payload(bytes, '\0');
    for (char& byte : payload) byte = static_cast<char>(random.Next());
    put.push_back(Put(std::move(payload)));
  }
  for (const ReplayedFrame& frame : put) {
    EXPECT_EQ(journal().Read(frame.position).value(), frame.payload);
  }
  body_->Restart();
  EXPECT_EQ(Replay(), put);
}

TEST_P(JournalContract, AClosingFrameIsNotVisitedAndIsWrittenOnce) {
  const ReplayedFrame first = Put("first");
  ASSERT_TRUE(journal().CloseBurst());
  const std::uint64_t syncs = journal().sync_count();
  EXPECT_EQ(syncs, 2U);
  ASSERT_TRUE(journal().CloseBurst());
  EXPECT_EQ(journal().sync_count(), syncs);
  body_->Restart();
  EXPECT_EQ(Replay(), std::vector{first});
  EXPECT_EQ(report_.frames, 1U);
  EXPECT_EQ(report_.last_sequence, 2U);
  const std::uint64_t syncs_now = journal().sync_count();
  ASSERT_TRUE(journal().CloseBurst()) << "it is closed already";
  EXPECT_EQ(journal().sync_count(), syncs_now);
  EXPECT_EQ(Put("second").position.sequence, 3U);
}

TEST_P(JournalContract, CloseBurstSyncsTheFrameBeforeIt) {
  auto position = journal().Append("not yet synced");
  ASSERT_TRUE(position);
  ASSERT_TRUE(journal().CloseBurst());
  EXPECT_TRUE(journal().Append("next"));
}

TEST_P(JournalContract, SyncWithoutAFrameDoesNothing) {
  ASSERT_TRUE(journal().Sync());
  EXPECT_EQ(journal().sync_count(), 0U);
  Put("x");
  ASSERT_TRUE(journal().Sync());
  EXPECT_EQ(journal().sync_count(), 1U);
}

TEST_P(JournalContract, FramesFillSegmentAfterSegment) {
  Maintain();
  const std::size_t payload = journal().max_payload() / 3;
  const auto put = PutMany(10, payload);
  EXPECT_GE(journal().Space().last_segment, 4U);
  for (std::size_t i = 1; i < put.size(); ++i) EXPECT_LT(put[i - 1].position, put[i].position);
  for (const ReplayedFrame& frame : put) {
    EXPECT_EQ(journal().Read(frame.position).value(), frame.payload);
  }
  body_->Restart();
  EXPECT_EQ(Replay(), put);
}

TEST_P(JournalContract, MaintainKeepsTwoSegmentsAhead) {
  Maintain();
  EXPECT_GE(journal().Space().segments_ahead, 2U);
  PutMany(3, journal().max_payload());
  EXPECT_LT(journal().Space().segments_ahead, 2U);
  Maintain();
  EXPECT_GE(journal().Space().segments_ahead, 2U);
}

TEST_P(JournalContract, DroppedSegmentsAreGoneAndTheRestStays) {
  auto put = PutMany(8, journal().max_payload());
  const std::uint64_t keep = put[5].position.segment;
  const std::uint64_t bytes = journal().Space().bytes;
  ASSERT_TRUE(journal().DropBefore(keep));
  EXPECT_EQ(journal().Space().first_segment, keep);
  EXPECT_LT(journal().Space().bytes, bytes);
  EXPECT_GE(journal().Space().segments_ahead, 2U) << "what is dropped is recycled";
  EXPECT_EQ(journal().Read(put[0].position).error().code, ErrorCode::kNotFound);
  EXPECT_EQ(journal().Read(put[5].position).value(), put[5].payload);
  put.erase(put.begin(), put.begin() + 5);
  for (const auto& frame : PutMany(6, journal().max_payload() / 2)) put.push_back(frame);
  body_->Restart();
  EXPECT_EQ(Replay(), put);
}

TEST_P(JournalContract, TheSegmentBeingWrittenIsNeverDropped) {
  const auto put = PutMany(3, journal().max_payload());
  const std::uint64_t last = journal().Space().last_segment;
  ASSERT_TRUE(journal().DropBefore(last + 100));
  EXPECT_EQ(journal().Space().first_segment, last);
  body_->Restart();
  EXPECT_EQ(Replay(), std::vector{put.back()});
  EXPECT_EQ(Put("next").position.sequence, 4U) << "sequences go on after a drop";
}

TEST_P(JournalContract, TheVisitorsErrorEndsTheReplay) {
  PutMany(3, 10);
  body_->Restart();
  int visits = 0;
  const auto report = journal().Replay([&](const FramePosition&, std::string_view) -> Status {
    if (++visits == 2) return Fail(ErrorCode::kIncompatible, "a record of tomorrow");
    return {};
  });
  ASSERT_FALSE(report);
  EXPECT_EQ(report.error().code, ErrorCode::kIncompatible);
  EXPECT_EQ(report.error().message, "a record of tomorrow");
  EXPECT_EQ(visits, 2);
}

TEST_P(JournalContract, OtherThreadsMayReadWhileFramesAreAppendedAndDropped) {
  const ReplayedFrame early = Put("early");
  const auto put = PutMany(4, journal().max_payload());
  std::atomic<bool> stop = false;
  std::atomic<std::uint64_t> reads = 0;
  std::atomic<std::uint64_t> wrong = 0;
  std::thread reader([&] {
    while (!stop) {
      const auto kept = journal().Read(put.back().position);
      if (!kept || *kept != put.back().payload) ++wrong;
      const auto dropped = journal().Read(early.position);
      if (dropped ? *dropped != "early" : dropped.error().code != ErrorCode::kNotFound) ++wrong;
      ++reads;
    }
  });
  while (reads == 0) std::this_thread::yield();
  ASSERT_TRUE(journal().DropBefore(put.back().position.segment));
  PutMany(20, journal().max_payload() / 2);
  const std::uint64_t seen = reads;
  while (reads == seen) std::this_thread::yield();
  stop = true;
  reader.join();
  EXPECT_EQ(wrong, 0U);
}

TEST_P(JournalFaultContract, WhatWasSyncedOutlivesThePower) {
  std::vector<ReplayedFrame> put;
  for (int round = 0; round < 5; ++round) {
    put.push_back(Put("synced " + std::to_string(round)));
    if (round % 2 == 0) {
      ASSERT_TRUE(journal().CloseBurst());
    }
    ASSERT_TRUE(journal().Append("never synced"));
    body_->PowerLoss();
    EXPECT_EQ(Replay(), put) << "round " << round;
  }
}

TEST_P(JournalFaultContract, AfterAFailedSyncEveryCallFails) {
  const ReplayedFrame kept = Put("kept");
  ASSERT_TRUE(journal().Append("lost"));
  body_->FailNextSync();
  const Status failed = journal().Sync();
  ASSERT_FALSE(failed);
  EXPECT_EQ(failed.error().code, ErrorCode::kIo);
  const std::string& text = failed.error().message;
  const auto says_the_same = [&](const auto& result) {
    return !result && result.error().message == text;
  };
  EXPECT_TRUE(says_the_same(journal().Sync()));
  EXPECT_TRUE(says_the_same(journal().CloseBurst()));
  EXPECT_TRUE(says_the_same(journal().Append("x")));
  EXPECT_TRUE(says_the_same(journal().Read(kept.position)));
  EXPECT_TRUE(says_the_same(journal().DropBefore(1)));
  EXPECT_TRUE(says_the_same(journal().Maintain()));
  body_->PowerLoss();
  const auto found = Replay();
  ASSERT_FALSE(found.empty());
  EXPECT_EQ(found.front(), kept);
  EXPECT_LE(found.size(), 2U) << "the frame whose sync failed may have reached the disk";
}

TEST_P(JournalFaultContract, AFullDiskRefusesAndRecovers) {
  Maintain();
  auto put = PutMany(2, journal().max_payload());
  Maintain();
  body_->SetDiskFull(true);
  // The segments ahead are a reserve that a full disk does not take away.
  while (journal().Space().segments_ahead > 0) {
    put.push_back(Put(std::string(journal().max_payload(), 'r')));
  }
  const JournalSpace before = journal().Space();
  for (int attempt = 0; attempt < 3; ++attempt) {
    const auto refused = journal().Append(std::string(journal().max_payload(), 'x'));
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, ErrorCode::kNoSpace);
    const auto maintained = journal().Maintain();
    ASSERT_FALSE(maintained);
    EXPECT_EQ(maintained.error().code, ErrorCode::kNoSpace);
  }
  EXPECT_EQ(journal().Space().bytes, before.bytes);
  ASSERT_TRUE(journal().CloseBurst()) << "a burst can be closed on a full disk";
  body_->SetDiskFull(false);
  put.push_back(Put("there is room again"));
  Maintain();
  EXPECT_GE(journal().Space().segments_ahead, 2U);
  body_->PowerLoss();
  EXPECT_EQ(Replay(), put);
}

TEST_P(JournalFaultContract, ABurstCanBeClosedWhenNotASingleFrameFitsAnyMore) {
  body_->SetDiskFull(true);
  std::vector<ReplayedFrame> put;
  while (true) {
    const auto position = journal().Append("x");
    if (!position) {
      ASSERT_EQ(position.error().code, ErrorCode::kNoSpace);
      break;
    }
    ASSERT_TRUE(journal().Sync());
    put.push_back({*position, "x"});
  }
  const Status closed = journal().CloseBurst();
  ASSERT_TRUE(closed) << closed.error().message;
  body_->PowerLoss();
  EXPECT_EQ(Replay(), put);
}

TEST_P(JournalFaultContract, DroppingMakesRoomOnAFullDisk) {
  auto put = PutMany(4, journal().max_payload());
  body_->SetDiskFull(true);
  while (journal().Space().segments_ahead > 0) {
    put.push_back(Put(std::string(journal().max_payload(), 'r')));
  }
  const std::string large(journal().max_payload(), 'x');
  const auto refused = journal().Append(large);
  ASSERT_FALSE(refused);
  ASSERT_EQ(refused.error().code, ErrorCode::kNoSpace);
  ASSERT_TRUE(journal().DropBefore(journal().Space().last_segment));
  EXPECT_TRUE(journal().Append(large));
}

}  // namespace cairn
