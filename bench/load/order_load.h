// OrderLoad: clients of a node in this process. They submit orders, as fast as the node takes them
// or at a rate, keep no more than so many under way, and count an order when they are told that it
// is complete.
//
// Run by one thread, once.
#pragma once

#include "bench/load/latency_histogram.h"
#include "bench/load/measured_journal.h"
#include "runtime/service.h"

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

namespace cairn::bench {

struct OrderLoadOptions {
  Nanos warmup = 0;             // spans; what ends before is not counted
  Nanos length = 10 * kSecond;  // of what is counted; ignored with `orders`
  std::uint64_t orders = 0;     // this many, then the end; 0: for the length
  double rate = 0;              // orders/s of all submitters; 0: as fast as they can
  std::uint64_t in_flight = 2'000;
  unsigned submitters = 2;  // threads
  bool prepared = false;    // parse the order once, not for each submission
  // Asked before each submission, which waits until it says yes. Empty: none waits.
  std::function<bool()> may_submit;
};

class OrderLoad {
 public:
  using Steady = std::chrono::steady_clock;

  // Both outlive this object.
  OrderLoad(Service& service, const MeasuredJournal& journal, OrderLoadOptions options);
  ~OrderLoad();
  OrderLoad(const OrderLoad&) = delete;
  OrderLoad& operator=(const OrderLoad&) = delete;

  // Starts the clients, calls `begin` when counting begins, `sample` about ten times a second while
  // it goes on and `end` when it is over; then waits for what is under way, which must end within a
  // minute. kConflict when an order was lost or ended otherwise than Completed.
  using Notice = std::function<void()>;
  [[nodiscard]] Status Run(const Notice& begin, const Notice& sample, const Notice& end);

  std::uint64_t completed() const { return completed_.load(); }  // in all
  std::uint64_t counted() const { return latencies_.count(); }   // in the time that counts
  std::uint64_t refused() const { return refused_.load(); }      // submissions
  double counted_seconds() const { return counted_seconds_; }
  // From the submission, or with a rate from the moment at which it was due, to the client knowing.
  const LatencyHistogram& latencies() const { return latencies_; }
  // Frames synced between an order's submission and its client knowing. Only with in_flight 1.
  const LatencyHistogram& syncs_on_path() const { return syncs_on_path_; }

 private:
  struct Flight {
    Steady::time_point due;
    std::uint64_t syncs_before = 0;
  };

  void Submitter(unsigned index);
  bool WaitForRoom();  // false: no more orders
  void Submit(const OrderRequest& request, Steady::time_point due);
  void Await(OrderId id, const Flight& flight);
  void OnSettled(const Flight& flight, const Result<std::shared_ptr<const OrderSnapshot>>& order);
  void Land();
  void Note(std::string what);
  Status WaitForLast();

  Service& service_;
  const MeasuredJournal& journal_;
  const OrderLoadOptions options_;
  LatencyHistogram latencies_;
  LatencyHistogram syncs_on_path_;
  std::atomic<std::uint64_t> next_{0};
  std::atomic<std::uint64_t> completed_{0};
  std::atomic<std::uint64_t> refused_{0};
  std::atomic<std::uint64_t> dropped_{0};  // refused after a while, and not submitted again
  std::atomic<std::uint64_t> in_flight_{0};
  std::atomic<bool> counting_{false};
  std::atomic<bool> stopping_{false};
  double counted_seconds_ = 0;
  std::mutex mutex_;  // guards the problem; room_ is waited for under it
  std::string problem_;
  std::condition_variable room_;
  std::vector<std::thread> submitters_;
};

}  // namespace cairn::bench
