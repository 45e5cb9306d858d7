// WorkerPool: the threads of the server that may block and compute.
//
// Any thread may call any function.
#pragma once

#include <functional>
#include <memory>

namespace cairn::http {

class WorkerPool {
 public:
  explicit WorkerPool(unsigned threads);
  ~WorkerPool();  // REQUIRES: closed

  // Runs `work` later, in the order of the calls when there is one thread. After Close() the work
  // is dropped.
  void Post(std::function<void()> work);

  // Lets the work that runs now finish, drops the rest, and ends the threads. REQUIRES: not called
  // on one of them.
  void Close();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace cairn::http
