// WorkerPool: the worker processes of one cartridge. A call goes to the worker that has the fewest;
// while none runs, calls wait for the next start, unless there is little hope for one.
//
// Threads: one.
#pragma once

#include "adapters/cartridge_exec/worker_process.h"
#include "ports/cartridge.h"

#include <cstdint>
#include <deque>
#include <memory>
#include <string>
#include <vector>

namespace cairn {

inline constexpr std::uint32_t kWorkersMax = 64;

class WorkerPool {
 public:
  // `counts` must outlive this object; `epoll` is where the workers' descriptors are watched.
  WorkerPool(const records::Cartridge& definition, int epoll, ExecCounts& counts,
             const LogLine& log);

  const std::string& name() const { return name_; }
  // True if the definition needs just such workers.
  bool Serves(const records::Cartridge& definition) const;

  // Takes the call; `answers` receives it at once where no worker can have it.
  void Call(CartridgeCall call, std::uint64_t id, Nanos now, std::vector<CartridgeAnswer>& answers);

  // Starts what is to be started, answers what is over, writes what is unsent.
  void OnTime(Nanos now, std::vector<CartridgeAnswer>& answers);
  Nanos NextMoment() const;  // when OnTime has something to do; kNever

  // Ends the workers; they are not started again. The waiting calls are given up.
  void BeginEnd(Nanos now);
  bool ending() const { return ending_; }
  bool alive() const;  // a process still runs
  bool has_calls() const;
  Nanos last_call() const { return last_call_; }

 private:
  struct Waiting {
    CartridgeCall call;
    std::uint64_t id = 0;
    Nanos deadline = 0;
  };

  WorkerProcess* Best() const;  // null: none takes calls
  void Give(WorkerProcess& worker, const Waiting& waiting, std::vector<CartridgeAnswer>& answers);
  void PassOnWaiting(Nanos now, std::vector<CartridgeAnswer>& answers);
  bool Hopeless() const;

  const std::string name_;
  const std::vector<std::string> command_;
  const std::uint32_t workers_wanted_;
  const int epoll_;
  std::vector<std::unique_ptr<WorkerProcess>> workers_;
  std::deque<Waiting> waiting_;
  Nanos last_call_ = 0;
  bool ending_ = false;
};

}  // namespace cairn
