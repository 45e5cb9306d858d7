// Dispatcher: hands calls to the cartridges, at most so many at once a cartridge as its catalog
// says; the rest wait in order. Answers go straight to the partition.
//
// Thread-safe. Whoever brings work while nobody hands it out becomes the one who does; a cartridge
// that answers within its Call only adds to the queue, and nothing recurses.
#pragma once

#include "ports/cartridge.h"
#include "runtime/service.h"

#include <condition_variable>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <unordered_map>
#include <vector>

namespace cairn {

// Calls under way at once when the catalog does not say.
inline constexpr std::uint32_t kSimulatedConcurrency = 1'000'000;
inline constexpr std::uint32_t kHttpConcurrency = 64;
inline constexpr std::uint32_t kExecConcurrency = 256;

class Dispatcher final : public AnswerSink {
 public:
  // Cartridges by the type that they serve; all outlive this object or its Stop.
  struct Cartridges {
    Cartridge* simulated = nullptr;
    Cartridge* http = nullptr;
    Cartridge* exec = nullptr;
    bool simulate_all = false;  // every call goes to `simulated`
  };
  using Forward = std::function<void(std::vector<CartridgeAnswer>)>;

  explicit Dispatcher(Forward forward) : forward_(std::move(forward)) {}

  // Before the first call.
  void SetCartridges(Cartridges cartridges) { cartridges_ = cartridges; }

  void Dispatch(std::vector<CartridgeCall> calls);
  // Forgets calls that still wait: their work orders were answered in another way.
  void Withdraw(const std::vector<CallTicket>& tickets);
  // Tells the cartridges of work orders that wait for their answers since before this start.
  void Resume(std::vector<Cartridge::Waiting> waiting);
  void OnAnswers(std::vector<CartridgeAnswer> answers) override;

  // Starts no further call, and waits for a Call that is being made: once this has returned, no
  // cartridge is called any more and each may be stopped. What waits stays with the journal and is
  // sent at the next start. REQUIRES: not from within a Call or OnAnswers.
  void StopLaunching();
  // Calls that are with a cartridge now.
  std::uint64_t running() const;
  std::vector<NodeMetrics::CartridgeMetrics> Metrics() const;

 private:
  struct Lane {
    Cartridge* cartridge = nullptr;
    std::uint64_t limit = 0;
    std::deque<CartridgeCall> waiting;
    NodeMetrics::CartridgeMetrics metrics;
  };
  struct TicketHash {
    std::size_t operator()(const CallTicket& ticket) const noexcept;
  };

  Lane& LaneOf(const std::shared_ptr<const records::Cartridge>& wanted);
  void HandOut(std::unique_lock<std::mutex>& lock);
  void HandOutResumed(std::unique_lock<std::mutex>& lock);

  Forward forward_;
  Cartridges cartridges_;
  mutable std::mutex mutex_;
  std::condition_variable handed_out_;                 // when nobody hands out any more
  std::map<std::pair<std::string, int>, Lane> lanes_;  // by name and type
  // Most calls in a row go to one lane. Owned, so that no other cartridge gets its address.
  std::shared_ptr<const records::Cartridge> last_cartridge_;
  Lane* last_lane_ = nullptr;
  std::unordered_map<CallTicket, Lane*, TicketHash> running_;
  std::uint64_t forwarding_ = 0;  // OnAnswers that have not reached the partition yet
  std::vector<Cartridge::Waiting> resumed_;
  bool handing_out_ = false;
  bool stopped_ = false;
  bool waiting_ = false;  // some lane may have a call that could be launched
};

}  // namespace cairn
