// ChildProcess: a program with pipes to its standard input, output and error.
//
// It leads a process group of its own: a terminal's interrupt that is meant for the node does not
// reach it, and a signal sent here reaches what it started as well. It is killed when the thread
// that started it ends, and so with a node that is killed. It inherits the environment and the
// working directory, but no descriptor besides the three.
//
// Threads: one, which must live as long as the process.
#pragma once

#include "base/result.h"

#include <string>
#include <utility>
#include <vector>

#include <sys/types.h>

namespace cairn {

// Owns a descriptor. -1: none.
class Descriptor {
 public:
  Descriptor() = default;
  explicit Descriptor(int fd) : fd_(fd) {}
  Descriptor(Descriptor&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  Descriptor& operator=(Descriptor&& other) noexcept {
    if (this != &other) {
      Reset(std::exchange(other.fd_, -1));
    }
    return *this;
  }
  ~Descriptor() { Reset(); }
  int get() const { return fd_; }
  bool open() const { return fd_ >= 0; }
  void Reset(int fd = -1);

 private:
  int fd_ = -1;
};

class ChildProcess {
 public:
  // Starts the program, which is looked up in PATH. kUnavailable with the reason when it can not
  // be started. REQUIRES: `command` is not empty.
  [[nodiscard]] static Result<ChildProcess> Start(const std::vector<std::string>& command);

  ChildProcess(ChildProcess&&) = default;
  ChildProcess& operator=(ChildProcess&&) = default;
  // Kills what still runs and waits for its end.
  ~ChildProcess();

  // Non-blocking ends of the three pipes, and a descriptor that is readable once it has ended.
  Descriptor& in() { return in_; }
  Descriptor& out() { return out_; }
  Descriptor& err() { return err_; }
  int ended_fd() const { return ended_.get(); }

  // To the process and to what it started. Without effect after Reap() was true.
  void Signal(int signal);

  // True once it has ended; `how` is then "exited with status 3" or "was killed by signal 9
  // (Killed)". Never waits.
  bool Reap(std::string& how);

 private:
  ChildProcess() = default;

  // Moves with the object: a moved-from one has no process.
  struct Pid {
    pid_t value = -1;
    Pid() = default;
    Pid(Pid&& other) noexcept : value(std::exchange(other.value, -1)) {}
    Pid& operator=(Pid&& other) noexcept {
      std::swap(value, other.value);
      return *this;
    }
  };

  Pid pid_;
  Descriptor in_;
  Descriptor out_;
  Descriptor err_;
  Descriptor ended_;
};

}  // namespace cairn
