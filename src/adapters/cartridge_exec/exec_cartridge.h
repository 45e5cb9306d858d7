// ExecCartridge: drives targets through worker processes of the operator's own, in any language.
// A worker lives long, reads requests from its standard input and writes answers to its standard
// output, one JSON object a line (worker_protocol.h), as many at once and in whatever order it
// likes. What it writes to its standard error goes to the log.
//
// Workers are started at their cartridge's first call. One that ends is started again, later and
// later when it goes on; the calls that it had get technical errors. So does one that hangs. What
// a worker says to a call after its timeout is passed on as well, once: the runtime decides whether
// it still counts. Workers whose cartridge a newer catalog defines
// otherwise are ended once they have been idle for a minute.
//
// Threads: one of its own carries all workers and calls the sink and the log. Call() and Stop() are
// never called at the same time.
#pragma once

#include "adapters/cartridge_exec/child_process.h"
#include "adapters/cartridge_exec/worker_pool.h"
#include "ports/cartridge.h"

#include <cstdint>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

namespace cairn {

class ExecCartridge final : public Cartridge {
 public:
  struct Options {
    LogLine log;  // called on the own thread; empty: nobody reads it
  };

  // The sink must outlive this object.
  ExecCartridge(AnswerSink& sink, Options options);
  explicit ExecCartridge(AnswerSink& sink) : ExecCartridge(sink, Options{}) {}
  ~ExecCartridge() override;

  ExecCartridge(const ExecCartridge&) = delete;
  ExecCartridge& operator=(const ExecCartridge&) = delete;

  // REQUIRES: every call names a cartridge of the exec type.
  void Call(std::vector<CartridgeCall> calls) override;

  // Closes the workers' inputs and waits up to 2 s for their ends, then sends SIGTERM, and a second
  // later SIGKILL. No process is left afterwards.
  void Stop() override;

  const ExecCounts& counts() const { return counts_; }

 private:
  void Run();
  bool TakeIncoming(std::vector<CartridgeCall>& calls);  // false: stop
  void Route(CartridgeCall call, Nanos now, std::vector<CartridgeAnswer>& answers);
  WorkerPool& PoolFor(const records::Cartridge& definition);
  void EndSuperseded(Nanos now);
  void Wait(Nanos now, std::vector<CartridgeAnswer>& answers);
  void EndAll();
  void Wake();

  AnswerSink& sink_;
  const Options options_;
  ExecCounts counts_;
  Descriptor epoll_;
  Descriptor wake_;  // an eventfd

  std::mutex mutex_;
  std::vector<CartridgeCall> incoming_;
  bool stopping_ = false;

  // Of the own thread only.
  std::vector<std::unique_ptr<WorkerPool>> pools_;  // of one name the newest is the last
  std::uint64_t next_id_ = 1;

  std::thread thread_;
};

}  // namespace cairn
