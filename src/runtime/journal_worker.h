// JournalWorker: makes batches durable, one after the other, and then lets go what rests on them.
// The only place where an effect or a reply leaves the node.
//
// Submit is called by the partition's thread; everything else happens in Step.
#pragma once

#include "ports/clock.h"
#include "ports/executor.h"
#include "ports/journal.h"
#include "runtime/batch.h"
#include "runtime/mailbox.h"

#include <algorithm>
#include <atomic>
#include <functional>
#include <memory>

namespace cairn {

// A burst of frames is closed by an empty one when nothing came for this long.
inline constexpr Nanos kCloseBurstAfter = 8 * kMillisecond;
inline constexpr Nanos kNoSpaceRetry = 100 * kMillisecond;
// While batch follows batch, segments ahead are made ready one piece each time so much was appended
// (or a quarter of a small segment): quicker than they are used up.
inline constexpr std::uint64_t kMaintainAfterBytes = 512U << 10U;

// Where released things go. Called on the journal's thread; must not block.
class Outlet {
 public:
  virtual ~Outlet() = default;
  virtual void Dispatch(std::vector<CartridgeCall> calls) = 0;
  virtual void Resume(std::vector<Cartridge::Waiting> waiting) = 0;
  virtual void Withdraw(const std::vector<CallTicket>& tickets) = 0;
  virtual void GiveBack(const std::vector<CallTicket>& tickets) = 0;
  virtual void ArchiveOrders(std::vector<std::shared_ptr<const Order>> ended,
                             std::uint64_t sequence) = 0;
  virtual void OnDurable(DurableNotice notice) = 0;
  // The disk failed a write or a sync: the process must not go on.
  virtual void OnFatal(const Error& error) = 0;
};

class JournalWorker final : public Worker {
 public:
  JournalWorker(Journal& journal, Clock& clock, Outlet& outlet)
      : journal_(journal), clock_(clock), outlet_(outlet) {}

  void Attach(WorkerHandle* handle) { handle_ = handle; }

  // REQUIRES: free(). The batch is released in the order of the Submits.
  void Submit(std::unique_ptr<Batch> batch);
  // True when the next batch may be submitted. Any thread.
  bool free() const { return !busy_.load(std::memory_order_acquire); }
  // True while the disk has no room for the segments ahead. Any thread.
  bool no_space() const { return no_space_.load(std::memory_order_relaxed); }
  std::uint64_t syncs() const { return syncs_.load(std::memory_order_relaxed); }
  std::uint64_t appended_bytes() const { return appended_bytes_.load(std::memory_order_relaxed); }

  bool Step() override;

 private:
  enum class Phase { kDrop, kAppend, kSync, kRelease };

  bool StepBatch();
  Phase AfterDrop() const;
  bool Drop();
  bool Append();
  void Release();
  bool StepIdle();
  bool MaintenanceIsDue() const;
  std::uint64_t MaintainAfter() const { return std::min(kMaintainAfterBytes, segment_bytes_ / 4); }
  bool Maintain();
  void Fatal(const Error& error);

  Journal& journal_;
  Clock& clock_;
  Outlet& outlet_;
  WorkerHandle* handle_ = nullptr;

  Mailbox<std::unique_ptr<Batch>> submitted_;
  std::unique_ptr<Batch> batch_;
  FramePosition position_;
  Phase phase_ = Phase::kAppend;
  bool burst_open_ = false;
  bool maintaining_ = true;  // at the start segments are to be made ready
  bool dead_ = false;
  Nanos close_at_ = 0;
  std::uint64_t last_sequence_ = 0;
  std::uint64_t last_segment_ = 0;
  std::uint64_t segment_bytes_ = 0;
  std::uint64_t appended_since_maintain_ = 0;
  std::uint64_t drop_before_ = 0;  // segments that are still to be dropped; 0: none
  std::atomic<bool> busy_{false};
  std::atomic<bool> no_space_{false};
  std::atomic<std::uint64_t> syncs_{0};
  std::atomic<std::uint64_t> appended_bytes_{0};
};

}  // namespace cairn
