// WorkerProcess: a place for one worker of a pool. It holds a process, or waits to start the next
// one; it knows the calls that the process has and has not answered.
//
// Nothing here blocks: a worker that does not read leaves its requests in memory, up to a limit.
// The time is told by the caller and may be any clock that does not go back.
//
// Threads: one.
#pragma once

#include "adapters/cartridge_exec/child_process.h"
#include "adapters/cartridge_exec/line_splitter.h"
#include "adapters/cartridge_exec/restart_backoff.h"
#include "adapters/cartridge_exec/worker_log.h"
#include "adapters/cartridge_exec/worker_protocol.h"
#include "ports/cartridge.h"

#include <atomic>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

namespace cairn {

inline constexpr std::size_t kUnsentBytesMax = 16U << 20U;  // requests that a worker does not read
inline constexpr int kBadLinesInARowMax = 3;
// A worker that has let so many calls in a row run out of time, without a word, hangs.
inline constexpr int kUnansweredInARowMax = 3;
// Calls of one worker that ran out of time and may still be answered; of more the oldest are
// forgotten.
inline constexpr std::size_t kGivenUpMax = 4'096;
inline constexpr Nanos kEndGrace = 2 * kSecond;  // from the end of its input to SIGTERM
inline constexpr Nanos kTermGrace = kSecond;     // from there to SIGKILL

// Counts for metrics, since the cartridge was made. Any thread may read them.
struct ExecCounts {
  std::atomic<std::uint64_t> starts{0};
  std::atomic<std::uint64_t> bad_lines{0};
  std::atomic<std::uint64_t> late_answers{0};  // to calls that had an answer or a timeout before
};

class WorkerProcess {
 public:
  // What epoll tells: which of the worker's descriptors is ready.
  enum class Part : std::uint8_t { kInput, kOutput, kError, kEnd };
  struct Watch {
    WorkerProcess* worker = nullptr;
    Part part = Part::kInput;
  };

  // `counts` must outlive this object.
  WorkerProcess(std::string name, std::vector<std::string> command, ExecCounts& counts,
                const LogLine& log);
  WorkerProcess(const WorkerProcess&) = delete;
  WorkerProcess& operator=(const WorkerProcess&) = delete;

  // Starts a process and adds its descriptors to the epoll set, each with a Watch as its data.
  // When that fails, next_start() is later. REQUIRES: !alive().
  void Start(int epoll, Nanos now);

  bool alive() const { return child_.has_value(); }
  bool takes_calls() const { return child_.has_value() && !ending_; }
  std::size_t calls() const { return calls_.size(); }
  Nanos next_start() const { return next_start_; }  // meaningful while !alive()

  // True when there is little hope that a process will run soon: the program can not be started, or
  // it ended several times in a row. last_end() tells why.
  bool hopeless() const;
  const std::string& last_end() const { return last_end_; }

  // Keeps the call and its request for the next Flush(). False when too much is unsent already.
  // REQUIRES: takes_calls(); ids rise.
  [[nodiscard]] bool Send(std::uint64_t id, const CartridgeCall& call, Nanos deadline);

  // Writes what the pipe takes.
  void Flush(Nanos now);

  void OnEvent(Part part, Nanos now, std::vector<CartridgeAnswer>& answers);

  // Answers the calls whose time is over, ends a process that hangs, and sends the signal that is
  // due.
  void OnTime(Nanos now, std::vector<CartridgeAnswer>& answers);
  Nanos NextMoment() const;  // when OnTime has something to do; kNever

  // Ends the process: closes its input; later come SIGTERM and SIGKILL. Takes no more calls.
  void BeginEnd(Nanos now);

 private:
  struct Pending {
    CallTicket ticket;
    Nanos timeout = 0;
    Nanos deadline = 0;
  };

  ChildProcess& Child();  // REQUIRES: alive()
  void WatchAll(int epoll);
  void ReadOutput(Nanos now, std::vector<CartridgeAnswer>& answers);
  void ReadErrors(Nanos now);
  bool OnLine(Nanos now, std::string_view line, bool overlong,
              std::vector<CartridgeAnswer>& answers);
  bool OnBadLine(Nanos now, std::string_view line, const BadLine& bad,
                 std::vector<CartridgeAnswer>& answers);
  void OnEnd(Nanos now, std::vector<CartridgeAnswer>& answers);
  void GiveUp(std::uint64_t id, const CallTicket& ticket);
  void Kill(std::string because);
  std::optional<Pending> TakeCall(std::uint64_t id);

  const std::vector<std::string> command_;
  ExecCounts& counts_;
  WorkerLog log_;
  Watch watches_[4];

  std::optional<ChildProcess> child_;
  std::string unsent_;
  std::size_t sent_ = 0;  // of unsent_, its beginning
  bool pipe_full_ = false;
  LineSplitter output_{kWorkerLineBytesMax};
  LineSplitter errors_{kLogLineBytesMax};
  int bad_lines_in_a_row_ = 0;
  int unanswered_in_a_row_ = 0;

  std::unordered_map<std::uint64_t, Pending> calls_;
  std::set<std::pair<Nanos, std::uint64_t>> deadlines_;
  std::map<std::uint64_t, CallTicket> given_up_;  // they ran out of time
  std::uint64_t first_id_ = 0;  // of the ids that this process was sent; 0: none yet
  std::uint64_t last_id_ = 0;

  bool ending_ = false;
  Nanos signal_at_ = kNever;
  int next_signal_ = 0;
  std::string ended_because_;  // when we decided it
  bool talks_nonsense_ = false;

  Nanos started_ = 0;
  Nanos next_start_ = 0;
  RestartBackoff backoff_;
  bool start_failed_ = false;
  std::string last_end_;
};

}  // namespace cairn
