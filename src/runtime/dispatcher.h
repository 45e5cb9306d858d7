// Dispatcher: hands calls to the cartridges, as many at once and as quickly as the catalog allows
// for each; the rest wait by priority. Answers go straight to the partition. A cartridge in
// maintenance is called no more: its work orders are technical errors at once.
//
// Thread-safe. Whoever brings work while nobody hands it out becomes the one who does; a cartridge
// that answers within its Call only adds to the queue, and nothing recurses. As a worker it only
// waits: for the moment at which a rate or a pause lets the next call go.
#pragma once

#include "ports/cartridge.h"
#include "ports/clock.h"
#include "ports/executor.h"
#include "runtime/dispatch_lane.h"
#include "runtime/service.h"

#include <condition_variable>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

namespace cairn {

// Calls under way at once when the catalog does not say.
inline constexpr std::uint32_t kSimulatedConcurrency = 1'000'000;
inline constexpr std::uint32_t kManualConcurrency = 1'000'000;
inline constexpr std::uint32_t kHttpConcurrency = 64;
inline constexpr std::uint32_t kExecConcurrency = 256;

inline constexpr std::size_t kTestCallsMax = 100;  // that are not answered yet
inline constexpr std::string_view kMaintenanceDetail = "the target is in maintenance";
inline constexpr std::string_view kNeverSentDetail = "never sent";

// What the catalog says, or else the standard of the type.
std::uint32_t ConcurrencyOf(const records::Cartridge& cartridge);

class Dispatcher final : public AnswerSink, public Worker {
 public:
  // Cartridges by the type that they serve; all outlive this object or its Stop.
  struct Cartridges {
    Cartridge* simulated = nullptr;
    Cartridge* http = nullptr;
    Cartridge* exec = nullptr;
    Cartridge* manual = nullptr;
    bool simulate_all = false;  // every call goes to `simulated`
  };
  using Forward = std::function<void(std::vector<CartridgeAnswer>)>;
  using TestDone = std::function<void(CartridgeAnswer)>;

  Dispatcher(Forward forward, const Clock& clock) : forward_(std::move(forward)), clock_(clock) {}

  // Before the first call. Without a handle nothing goes out when time has passed, only with the
  // next call or answer.
  void SetCartridges(Cartridges cartridges) { cartridges_ = cartridges; }
  void Attach(WorkerHandle* handle) { handle_ = handle; }

  // REQUIRES: no call with such a ticket waits or is under way.
  void Dispatch(std::vector<CartridgeCall> calls);
  // Forgets calls that still wait: their work orders were answered in another way.
  void Withdraw(const std::vector<CallTicket>& tickets);
  // Answers calls that still wait as delayed, without making them: their orders are being aborted,
  // which awaits no delayed answer.
  void GiveBack(const std::vector<CallTicket>& tickets);
  // Tells the cartridges of work orders that wait for their answers since before this start.
  void Resume(std::vector<Cartridge::Waiting> waiting);
  void OnAnswers(std::vector<CartridgeAnswer> answers) override;

  // While a name is in maintenance, a call of it that waits or comes is answered technical, with
  // kMaintenanceDetail. Calls that are under way are awaited as ever.
  void SetMaintenance(const std::string& cartridge, bool on);
  // Makes a call of no work order, past everybody who waits and also in maintenance; `done` gets
  // the answer, on the thread that brings it. Sets the ticket. False: too many are not answered
  // yet, or no call is started any more.
  [[nodiscard]] bool Test(CartridgeCall call, TestDone done);

  // Starts no further call, and waits for a Call that is being made: once this has returned, no
  // cartridge is called any more and each may be stopped. What waits stays with the journal and is
  // sent at the next start. REQUIRES: not from within a Call or OnAnswers.
  void StopLaunching();
  // Calls that are with a cartridge now.
  std::uint64_t running() const;
  std::vector<NodeMetrics::CartridgeMetrics> Metrics() const;
  TargetHealth HealthOf(const std::string& cartridge) const;

  bool Step() override;

 private:
  using Lanes = std::map<std::pair<std::string, int>, DispatchLane>;  // by name and type
  struct Known {
    DispatchLane* lane = nullptr;
    std::optional<CallQueue::Place> waiting;  // absent: it is under way
  };
  struct TicketHash {
    std::size_t operator()(const CallTicket& ticket) const noexcept;
  };
  // What is to be done outside of the lock.
  struct Outgoing {
    std::vector<std::pair<Cartridge*, std::vector<CartridgeCall>>> calls;
    std::vector<CartridgeAnswer> refused;

    std::vector<CartridgeCall>& CallsOf(Cartridge* cartridge);
    bool empty() const { return calls.empty() && refused.empty(); }
  };

  DispatchLane& LaneOf(const std::shared_ptr<const records::Cartridge>& wanted);
  bool TakeWaiting(const CallTicket& ticket);  // false: no such call waits
  void NoteAnswer(CartridgeAnswer& answer, Nanos now);
  void HandOut(std::unique_lock<std::mutex>& lock);
  void HandOutResumed(std::unique_lock<std::mutex>& lock);
  Nanos TakeReady(Outgoing& out);
  void Refuse(DispatchLane& lane, Outgoing& out);
  std::vector<std::pair<TestDone, CartridgeAnswer>> TakeTests(
      std::vector<CartridgeAnswer>& answers);

  Forward forward_;
  const Clock& clock_;
  WorkerHandle* handle_ = nullptr;
  Cartridges cartridges_;
  mutable std::mutex mutex_;
  std::condition_variable handed_out_;  // when nobody hands out any more
  Lanes lanes_;
  std::set<std::string> maintenance_;  // names
  // Most calls in a row go to one lane. Owned, so that no other cartridge gets its address.
  std::shared_ptr<const records::Cartridge> last_cartridge_;
  DispatchLane* last_lane_ = nullptr;
  std::unordered_map<CallTicket, Known, TicketHash> known_;  // calls that wait or are under way
  std::uint64_t running_ = 0;
  std::vector<CartridgeCall> tests_waiting_;
  std::map<std::uint32_t, TestDone> tests_;  // by the index of the ticket
  std::uint32_t last_test_ = 0;
  std::uint64_t forwarding_ = 0;  // answers that have not reached the partition yet
  std::vector<Cartridge::Waiting> resumed_;
  bool handing_out_ = false;
  bool stopped_ = false;
  bool waiting_ = false;  // some lane may have a call that could be launched
};

}  // namespace cairn
