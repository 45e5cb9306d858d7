// SimTargets: the systems behind the cartridges. They do what they are called for, once a key, and
// answer when the seed says: at once, late, twice, after the timeout, or after the node that called
// is dead and another one runs. Some can be asked whether they have done something, and hold it
// against the node when it does not ask. What is for people, a person does some time later.
//
// As a Cartridge it belongs to one life of the node; what the targets did outlives it.
#pragma once

#include "base/random.h"
#include "ports/cartridge.h"
#include "simulation/shadow.h"
#include "simulation/sim_executor.h"

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>

namespace cairn::simulation {

struct TargetOdds {
  std::uint64_t functional = 5;  // percent of answers
  std::uint64_t technical = 10;
  std::uint64_t silent = 2;  // the answer comes after the timeout, or never
  std::uint64_t twice = 2;
  std::uint64_t delayed = 5;  // of answers that say something: they come later
  std::uint64_t lost = 10;    // of those: they never come
  Nanos delay_max = 20 * kSecond;
  std::uint64_t after_crash = 30;  // of the calls under way at a crash: answered to the next life
  std::uint64_t leave_alone = 2;   // of technical answers: with a span to wait
  Nanos latency_max = 50 * kMillisecond;
};

class SimTargets final : public Cartridge {
 public:
  SimTargets(SimExecutor& executor, SimClock& clock, Random& random, const Shadow& shadow)
      : executor_(executor), clock_(clock), random_(random), shadow_(shadow) {}

  void SetOdds(TargetOdds odds) { odds_ = odds; }
  // A node begins, with this sink; or ends, with null.
  void SetSink(AnswerSink* sink) { sink_ = sink; }
  // What a target does to answer a call that it has delayed: through the node's front door.
  using Complete = std::function<void(const CallTicket& ticket, CartridgeAnswer answer)>;
  void SetComplete(Complete complete) { complete_ = std::move(complete); }
  // What a person does who has a task.
  using CompleteTask = std::function<void(WorkOrderRef task, CartridgeAnswer answer)>;
  void SetCompleteTask(CompleteTask complete) { complete_task_ = std::move(complete); }
  // From here on nobody may call what this cartridge drives; or everybody again.
  void SetMaintenance(const std::string& cartridge, bool on);
  // The node that called is dead. Some of what is under way is answered to its successor.
  void OnCrash();

  void Call(std::vector<CartridgeCall> calls) override;
  void Stop() override { sink_ = nullptr; }

  std::uint64_t calls() const { return calls_; }
  std::uint64_t questions() const { return questions_; }
  std::uint64_t effects() const { return effects_.size(); }
  bool HasEffect(const std::string& key) const { return effects_.contains(key); }

 private:
  CartridgeAnswer Do(const CartridgeCall& call);
  CartridgeAnswer Tell(const CartridgeCall& call);
  void RequireAsked(const CartridgeCall& call);
  void GiveToPerson(const CartridgeCall& call);
  void AnswerAt(Nanos moment, CartridgeAnswer answer);
  void AnswerLater(const CartridgeCall& call, CartridgeAnswer answer);
  void Deliver(std::uint64_t number);

  SimExecutor& executor_;
  SimClock& clock_;
  Random& random_;
  const Shadow& shadow_;
  TargetOdds odds_;
  AnswerSink* sink_ = nullptr;
  Complete complete_;
  CompleteTask complete_task_;
  std::set<std::string> in_maintenance_;
  std::uint64_t next_ = 0;
  std::uint64_t calls_ = 0;
  std::uint64_t questions_ = 0;
  std::map<CallTicket, std::uint64_t> last_epochs_;  // of each attempt, its epoch left out
  std::set<CallTicket> not_done_;                    // questions that were answered so
  std::map<std::uint64_t, CartridgeAnswer> pending_;
  std::map<std::string, CartridgeAnswer> effects_;  // by idempotency key: done, and what was said
};

}  // namespace cairn::simulation
