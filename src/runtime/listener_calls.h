// ListenerCalls: tells listeners of events, each in the order of the events, one call at a time. A
// call that is not answered with 2xx is made again, later each time, for as long as it takes; so
// each event is told at least once, and an event that was told twice has the same id both times.
//
// How far a listener was told is noted in the journal a little later than it is true.
//
// Add, Remove, List, Notice and OnAnswers: any thread. The rest is a worker of its own.
#pragma once

#include "ports/cartridge.h"
#include "ports/clock.h"
#include "ports/executor.h"
#include "runtime/event_gather.h"
#include "runtime/event_service.h"
#include "runtime/mailbox.h"
#include "runtime/partition_state.h"

#include <atomic>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

namespace cairn {

// The first wait after a call that failed; it doubles up to the longest.
inline constexpr Nanos kListenerRetryMin = kSecond;
inline constexpr Nanos kListenerRetryMax = 5 * kMinute;
inline constexpr Nanos kListenerCallTimeout = 30 * kSecond;

class ListenerCalls final : public Worker, public AnswerSink {
 public:
  struct Parts {
    std::uint64_t partition = 0;
    const EventLog* log = nullptr;
    Clock* clock = nullptr;
    FindOrder find;
    // Makes it durable that a listener was told of all events up to there.
    std::function<void(ListenerId, std::uint64_t sequence)> note;
    TellListener tell;
    // Carries the calls: one of the http type, whose answers come to this object. Null: none are
    // made.
    Cartridge* caller = nullptr;
  };
  explicit ListenerCalls(Parts parts) : parts_(std::move(parts)) {}

  void Attach(WorkerHandle* handle) { handle_ = handle; }

  void Add(ListenerId id, Listener listener);
  void Remove(ListenerId id);
  std::vector<ListenerView> List() const;
  // There are more events.
  void Notice() {
    if (any_.load()) handle_->Wake();
  }
  void OnAnswers(std::vector<CartridgeAnswer> answers) override;
  // Once this has returned the caller is called no more.
  void StopCalling();

  bool Step() override;

 private:
  enum class Phase { kIdle, kGathering, kCalling, kBackingOff };
  struct Call {
    std::uint64_t sequence = 0;
    std::string key;
    Fields body;
  };
  struct Told {
    Listener listener;
    std::shared_ptr<const records::Cartridge> target;
    Phase phase = Phase::kIdle;
    std::uint64_t noted = 0;     // 0: what is reached next is noted at once
    std::uint64_t page_end = 0;  // where the calls lead to
    std::deque<Call> calls;
    std::uint32_t attempt = 0;  // of all calls, so that a late answer is told from the one awaited
    Nanos retry_at = 0;
    std::uint64_t failures = 0;
    std::string last_failure;
  };
  struct Gathered {
    ListenerId id;
    std::shared_ptr<GatheredEvents> events;
  };
  struct Change {
    ListenerId id;
    std::optional<Listener> listener;  // nothing: it is removed
  };

  void TakeChanges();
  void Advance(ListenerId id, Told& told);
  void OnGathered(const Gathered& gathered);
  void OnAnswer(const CartridgeAnswer& answer);
  void TakeCalls(const GatheredEvents& events, Told& told) const;
  void MakeCall(ListenerId id, Told& told);
  void Reach(ListenerId id, Told& told, std::uint64_t sequence);
  void BackOff(Told& told, std::string why, Nanos at_least);
  void Publish();

  const Parts parts_;
  WorkerHandle* handle_ = nullptr;
  Mailbox<Change> changes_;
  Mailbox<Gathered> gathered_;
  Mailbox<CartridgeAnswer> answers_;
  std::map<ListenerId, Told> listeners_;  // the worker's
  std::atomic<bool> any_{false};          // listeners
  mutable std::mutex views_mutex_;
  std::map<ListenerId, ListenerView> views_;
  std::mutex calling_mutex_;
  bool stopped_ = false;
};

}  // namespace cairn
