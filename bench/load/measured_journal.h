// MeasuredJournal passes everything on to a journal and measures its syncs: those that frames wait
// for, and apart from them the closing ones that follow a burst and that nobody waits for.
//
// The thread rule is that of ports/journal.h; the figures may be read by any thread.
#pragma once

#include "bench/load/latency_histogram.h"
#include "ports/journal.h"

#include <atomic>
#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

namespace cairn::bench {

class MeasuredJournal final : public Journal {
 public:
  // The journal outlives this object.
  explicit MeasuredJournal(Journal& journal) : journal_(journal) {}

  std::uint64_t frame_syncs() const { return sync_times_.count(); }
  std::uint64_t closing_syncs() const { return closing_syncs_.load(); }
  // From the call of Sync to its return.
  const LatencyHistogram& sync_times() const { return sync_times_; }
  Nanos sync_time_sum() const { return sync_time_sum_.load(); }

  [[nodiscard]] Result<ReplayReport> Replay(const Visitor& visitor) override {
    return journal_.Replay(visitor);
  }
  [[nodiscard]] Result<FramePosition> Append(std::string_view payload) override {
    return journal_.Append(payload);
  }
  [[nodiscard]] Status Sync() override {
    const auto from = std::chrono::steady_clock::now();
    Status synced = journal_.Sync();
    const Nanos span = std::chrono::nanoseconds(std::chrono::steady_clock::now() - from).count();
    sync_times_.Add(span);
    sync_time_sum_.fetch_add(span, std::memory_order_relaxed);
    return synced;
  }
  [[nodiscard]] Status CloseBurst() override {
    const std::uint64_t before = journal_.sync_count();
    Status closed = journal_.CloseBurst();
    closing_syncs_.fetch_add(journal_.sync_count() - before);
    return closed;
  }
  [[nodiscard]] Result<std::string> Read(const FramePosition& position) override {
    return journal_.Read(position);
  }
  [[nodiscard]] Status DropBefore(std::uint64_t segment) override {
    return journal_.DropBefore(segment);
  }
  [[nodiscard]] Result<bool> Maintain() override { return journal_.Maintain(); }
  JournalSpace Space() const override { return journal_.Space(); }
  std::size_t max_payload() const override { return journal_.max_payload(); }
  std::uint64_t sync_count() const override { return journal_.sync_count(); }

 private:
  Journal& journal_;
  LatencyHistogram sync_times_;
  std::atomic<Nanos> sync_time_sum_{0};
  std::atomic<std::uint64_t> closing_syncs_{0};
};

}  // namespace cairn::bench
