// SimulatedCartridge: plays a target system from a script in the catalog, for trials of a catalog,
// for load tests and for the simulation. For each operation the catalog says which outcomes a work
// order gets one after the other, what an ok answers, and how long it takes.
//
// A field `simulate` in the input, one outcome word or a list of them ("ok", "functional",
// "technical", "delayed"), stands in for the catalog's outcomes of that work order.
//
// A delayed call gets its answer after the operation's answer_after, counted from when the delay
// was told, also when the node was started anew in between; without that, never.
//
// It answers on the thread of Call() where the latency is zero, else on a worker of the executor at
// the moment that the clock reaches. Nothing here is random: the same calls at the same times give
// the same answers in the same order.
//
// Threads: Call() and Stop() are never called at the same time.
#pragma once

#include "ports/cartridge.h"
#include "ports/clock.h"
#include "ports/executor.h"

#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <vector>

namespace cairn {

class SimulatedCartridge final : public Cartridge, private Worker {
 public:
  struct Options {
    // Answers ok without output after this span to every call, of whatever type its cartridge is
    // and whatever its script says.
    std::optional<Nanos> replace_all_with;
  };

  // All three must outlive this object.
  SimulatedCartridge(Executor& executor, Clock& clock, AnswerSink& sink, Options options);
  SimulatedCartridge(Executor& executor, Clock& clock, AnswerSink& sink)
      : SimulatedCartridge(executor, clock, sink, Options{}) {}
  ~SimulatedCartridge() override;

  SimulatedCartridge(const SimulatedCartridge&) = delete;
  SimulatedCartridge& operator=(const SimulatedCartridge&) = delete;

  // Calls without latency are answered before this returns, all of them at once.
  // REQUIRES: every call names a cartridge; of the simulated type, unless all are replaced.
  void Call(std::vector<CartridgeCall> calls) override;
  // `since` is when the partition took the delay. What is overdue is answered at once.
  void Resume(const std::vector<Waiting>& waiting) override;
  void Stop() override;

 private:
  // An answer that waits in `waiting_`. Equal moments keep the order in which they were called.
  struct Due {
    Nanos moment = 0;
    std::uint64_t sequence = 0;
    std::size_t slot = 0;
  };
  struct LaterFirst {
    bool operator()(const Due& a, const Due& b) const {
      return a.moment != b.moment ? a.moment > b.moment : a.sequence > b.sequence;
    }
  };

  bool Step() override;
  // Fills in the answer and returns after which span it is given.
  Nanos Answer(const CartridgeCall& call, CartridgeAnswer& answer);
  Nanos AnswerFromScript(const CartridgeCall& call, CartridgeAnswer& answer);
  // The answer that follows a delay, and after which span; nothing when none ever does.
  std::optional<Nanos> AnswerLater(const CartridgeCall& call, CartridgeAnswer& answer);
  void WakeIfEarlierThan(Nanos earliest_before);  // with mutex_ held
  const records::SimulatedOperation* FindOperation(const records::SimulatedCartridge& script,
                                                   std::string_view name);
  void Schedule(Nanos moment, CartridgeAnswer answer);  // with mutex_ held

  Clock& clock_;
  AnswerSink& sink_;
  const Options options_;
  int operation_hint_ = 0;  // where the last look-up ended: calls come in runs of one operation

  std::mutex mutex_;  // held for a moment only, never over a call of the sink
  bool stopped_ = false;
  std::uint64_t sequence_ = 0;
  std::vector<Due> due_;  // a heap, the earliest first
  std::vector<CartridgeAnswer> waiting_;
  std::vector<std::size_t> free_slots_;
  std::unique_ptr<WorkerHandle> handle_;
};

}  // namespace cairn
