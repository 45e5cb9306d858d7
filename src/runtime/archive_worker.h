// ArchiveWorker: writes ended orders to the archive, many to a transaction, and tells the partition
// which of them are safe there. Also answers the questions that need the archive, one at a time.
//
// Push and Ask may be called from any thread.
#pragma once

#include "engine/orders/order.h"
#include "ports/archive.h"
#include "ports/clock.h"
#include "ports/executor.h"
#include "runtime/mailbox.h"

#include <atomic>
#include <deque>
#include <functional>
#include <memory>
#include <vector>

namespace cairn {

// A transaction takes so many orders, and no more once their bodies have so many bytes.
inline constexpr std::size_t kArchiveTransactionOrders = 1'000;
inline constexpr std::size_t kArchiveTransactionBytes = 16U << 20U;
inline constexpr Nanos kArchiveRetry = 200 * kMillisecond;

class ArchiveWorker final : public Worker {
 public:
  using Archived = std::function<void(std::vector<OrderId>)>;  // called in Step; must not block
  using Fatal = std::function<void(const Error&)>;

  ArchiveWorker(Archive& archive, Clock& clock, Archived archived, Fatal fatal)
      : archive_(archive),
        clock_(clock),
        archived_(std::move(archived)),
        fatal_(std::move(fatal)) {}

  void Attach(WorkerHandle* handle) { handle_ = handle; }

  // Ended orders; they change no more. `sequence`: of the journal, that they rest on.
  void Push(std::vector<std::shared_ptr<const Order>> ended, std::uint64_t sequence);
  // Runs `question` on the archive's thread.
  void Ask(std::function<void(Archive&)> question);
  // Destroys these on this thread: freeing a large order takes time that the partition has not.
  void Discard(std::vector<std::shared_ptr<const Order>> orders) {
    discarded_.PutAll(std::move(orders));
  }

  std::uint64_t waiting() const { return waiting_.load(std::memory_order_relaxed); }
  std::uint64_t written() const { return written_.load(std::memory_order_relaxed); }
  // When the oldest order that waits had ended; 0: none waits.
  Nanos oldest() const { return oldest_.load(std::memory_order_relaxed); }
  bool no_space() const { return no_space_.load(std::memory_order_relaxed); }

  bool Step() override;

 private:
  struct Ended {
    std::shared_ptr<const Order> order;
    std::uint64_t sequence = 0;
  };

  bool Write();

  Archive& archive_;
  Clock& clock_;
  Archived archived_;
  Fatal fatal_;
  WorkerHandle* handle_ = nullptr;

  Mailbox<Ended> ended_;
  Mailbox<std::function<void(Archive&)>> questions_;
  Mailbox<std::shared_ptr<const Order>> discarded_;
  std::vector<Ended> taken_;  // of ended_, in order
  std::size_t next_ = 0;      // into taken_
  Nanos retry_at_ = 0;
  bool dead_ = false;
  std::atomic<std::uint64_t> waiting_{0};
  std::atomic<std::uint64_t> written_{0};
  std::atomic<Nanos> oldest_{0};
  std::atomic<bool> no_space_{false};
};

}  // namespace cairn
