#include "adapters/cartridge_exec/child_process.h"

#include "base/check.h"

#include <fmt/format.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <system_error>

#include <fcntl.h>
#include <linux/close_range.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

// Debian 12's Boost.Process v2 has a launcher with fork, which copies the page tables of a large
// node, and one with vfork, which reports no failed exec and runs the parent's exit handlers in the
// child. posix_spawn can not set the signal for the parent's death. So this is done by hand.

namespace cairn {
namespace {

constexpr int kPipeBytes = 1 << 20;  // wished for; the system may give less

struct Pipe {
  Descriptor read;
  Descriptor write;
};

Result<Pipe> NewPipe() {
  std::array<int, 2> ends{};
  if (pipe2(ends.data(), O_CLOEXEC) != 0) {
    return Fail(ErrorCode::kUnavailable,
                fmt::format("no pipe: {}", std::generic_category().message(errno)));
  }
  return Pipe{Descriptor(ends[0]), Descriptor(ends[1])};
}

void MakeOurs(const Descriptor& end) {
  CHECK(fcntl(end.get(), F_SETFL, O_NONBLOCK) == 0);
  fcntl(end.get(), F_SETPIPE_SZ, kPipeBytes);
}

// Everything the child needs, made before it exists: it may not allocate.
struct ChildPlan {
  std::vector<char*> arguments;
  int in = -1;
  int out = -1;
  int err = -1;
  int failure = -1;  // where it writes errno when it can not become the program
  pid_t parent = -1;
};

[[noreturn]] void FailChild(const ChildPlan& plan) {
  const int error = errno;
  static_cast<void>(write(plan.failure, &error, sizeof error) == sizeof error);
  _exit(127);
}

// Runs in the child, which shares the parent's memory until it has become the program: system
// calls only, and nothing is written to.
[[noreturn]] void RunChild(const ChildPlan& plan) {
  setpgid(0, 0);
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (getppid() != plan.parent) {
    _exit(127);  // it ended before the line above
  }
  struct sigaction defaults {};
  defaults.sa_handler = SIG_DFL;
  for (int signal = 1; signal < NSIG; ++signal) {
    sigaction(signal, &defaults, nullptr);
  }
  if (dup2(plan.in, STDIN_FILENO) < 0 || dup2(plan.out, STDOUT_FILENO) < 0 ||
      dup2(plan.err, STDERR_FILENO) < 0) {
    FailChild(plan);
  }
  // Also what a library opened without the flag.
  close_range(STDERR_FILENO + 1, ~0U, CLOSE_RANGE_CLOEXEC);
  sigset_t none;
  sigemptyset(&none);
  pthread_sigmask(SIG_SETMASK, &none, nullptr);
  execvp(plan.arguments[0], plan.arguments.data());
  FailChild(plan);
}

// The pipes' ends must not be 0 to 2, or one dup2 would overwrite another's source.
Status MoveAboveStandard(Descriptor& end) {
  if (end.get() > STDERR_FILENO) {
    return {};
  }
  const int moved = fcntl(end.get(), F_DUPFD_CLOEXEC, STDERR_FILENO + 1);
  if (moved < 0) {
    return Fail(ErrorCode::kUnavailable, "no descriptor left");
  }
  end.Reset(moved);
  return {};
}

// Signals wait meanwhile: a handler would run on the child's side with the parent's memory.
pid_t StartChild(const ChildPlan& plan) {
  sigset_t all;
  sigset_t before;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  const pid_t pid = vfork();
  if (pid == 0) {
    RunChild(plan);
  }
  const int error = errno;
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
  errno = error;
  return pid;
}

}  // namespace

void Descriptor::Reset(int fd) {
  if (fd_ >= 0) {
    close(fd_);
  }
  fd_ = fd;
}

Result<ChildProcess> ChildProcess::Start(const std::vector<std::string>& command) {
  CHECK(!command.empty());
  ASSIGN_OR_RETURN(Pipe in, NewPipe());
  ASSIGN_OR_RETURN(Pipe out, NewPipe());
  ASSIGN_OR_RETURN(Pipe err, NewPipe());
  ASSIGN_OR_RETURN(Pipe failure, NewPipe());
  for (Descriptor* end : {&in.read, &out.write, &err.write, &failure.write}) {
    RETURN_IF_ERROR(MoveAboveStandard(*end));
  }
  ChildPlan plan;
  for (const std::string& word : command) {
    plan.arguments.push_back(const_cast<char*>(word.c_str()));
  }
  plan.arguments.push_back(nullptr);
  plan.in = in.read.get();
  plan.out = out.write.get();
  plan.err = err.write.get();
  plan.failure = failure.write.get();
  plan.parent = getpid();

  ChildProcess child;
  child.pid_.value = StartChild(plan);
  const auto cannot = [&](int error) {
    return Fail(ErrorCode::kUnavailable, fmt::format("can not start '{}': {}", command[0],
                                                     std::generic_category().message(error)));
  };
  if (child.pid_.value < 0) {
    return cannot(errno);
  }
  failure.write.Reset();
  int error = 0;
  if (read(failure.read.get(), &error, sizeof error) == sizeof error) {
    return cannot(error);
  }

  // By its number: the C++ side of this glibc's header does not link. It is O_CLOEXEC by itself.
  child.ended_.Reset(static_cast<int>(syscall(SYS_pidfd_open, child.pid_.value, 0)));
  if (!child.ended_.open()) {
    return cannot(errno);
  }
  child.in_ = std::move(in.write);
  child.out_ = std::move(out.read);
  child.err_ = std::move(err.read);
  for (const Descriptor* end : {&child.in_, &child.out_, &child.err_}) {
    MakeOurs(*end);
  }
  return child;
}

ChildProcess::~ChildProcess() {
  if (pid_.value < 0) {
    return;
  }
  Signal(SIGKILL);
  while (waitpid(pid_.value, nullptr, 0) < 0 && errno == EINTR) {
  }
}

void ChildProcess::Signal(int signal) {
  if (pid_.value < 0) {
    return;
  }
  // The group may not exist yet or any more; the process itself is ours until it is reaped.
  kill(-pid_.value, signal);
  kill(pid_.value, signal);
}

bool ChildProcess::Reap(std::string& how) {
  if (pid_.value < 0) {
    return true;
  }
  int status = 0;
  pid_t ended = 0;
  // Seen, but not yet reaped: its number is still its own, so the rest of the group can be killed
  // without the risk of meeting a stranger.
  siginfo_t info{};
  if (waitid(P_PID, static_cast<id_t>(pid_.value), &info, WEXITED | WNOHANG | WNOWAIT) == 0 &&
      info.si_pid == 0) {
    return false;
  }
  kill(-pid_.value, SIGKILL);
  do {
    ended = waitpid(pid_.value, &status, 0);
  } while (ended < 0 && errno == EINTR);
  pid_.value = -1;
  if (ended < 0) {
    how = "ended, and another part of this process took its status";
  } else if (WIFSIGNALED(status)) {
    const char* meaning = sigdescr_np(WTERMSIG(status));
    how = fmt::format("was killed by signal {} ({})", WTERMSIG(status),
                      meaning == nullptr ? "without a name" : meaning);
  } else {
    how = fmt::format("exited with status {}", WEXITSTATUS(status));
  }
  return true;
}

}  // namespace cairn
