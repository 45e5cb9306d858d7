#include "adapters/cartridge_exec/worker_process.h"

#include "base/check.h"

#include <fmt/format.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <cstring>

#include <sys/epoll.h>
#include <unistd.h>

namespace cairn {
namespace {

constexpr std::size_t kReadBytes = 64U << 10U;
constexpr int kReadsPerEvent = 8;       // then the other workers have their turn
constexpr int kReadsAfterTheEnd = 128;  // more than a pipe holds
constexpr int kHopelessEnds = 3;

// Reads what is there and passes it on; true at the end of the file.
template <typename OnBytes>
bool ReadSome(const Descriptor& from, int reads_max, const OnBytes& on_bytes) {
  static thread_local std::array<char, kReadBytes> buffer;
  for (int i = 0; i < reads_max && from.open(); ++i) {
    const ssize_t got = read(from.get(), buffer.data(), buffer.size());
    if (got < 0) {
      return errno != EAGAIN && errno != EINTR;
    }
    if (got == 0) {
      return true;
    }
    on_bytes(std::string_view(buffer.data(), static_cast<std::size_t>(got)));
  }
  return false;
}

CartridgeAnswer Technical(const CallTicket& ticket, std::string detail) {
  return {ticket, Outcome::kTechnical, {}, std::move(detail)};
}

}  // namespace

WorkerProcess::WorkerProcess(std::string name, std::vector<std::string> command, ExecCounts& counts,
                             const LogLine& log)
    : command_(std::move(command)),
      counts_(counts),
      log_(std::move(name), log),
      watches_{
          {this, Part::kInput}, {this, Part::kOutput}, {this, Part::kError}, {this, Part::kEnd}} {}

void WorkerProcess::Start(int epoll, Nanos now) {
  CHECK(!alive());
  started_ = now;
  Result<ChildProcess> child = ChildProcess::Start(command_);
  start_failed_ = !child;
  if (!child) {
    last_end_ = child.error().message;
    next_start_ = backoff_.OnEnd(now, now);
    log_.Say(last_end_);
    return;
  }
  child_.emplace(std::move(*child));
  ++counts_.starts;
  unsent_.clear();
  sent_ = 0;
  pipe_full_ = false;
  output_ = LineSplitter(kWorkerLineBytesMax);
  errors_ = LineSplitter(kLogLineBytesMax);
  bad_lines_in_a_row_ = 0;
  unanswered_in_a_row_ = 0;
  first_id_ = 0;
  last_id_ = 0;
  ending_ = false;
  signal_at_ = kNever;
  ended_because_.clear();
  talks_nonsense_ = false;
  WatchAll(epoll);
}

ChildProcess& WorkerProcess::Child() {
  CHECK(child_.has_value());
  return *child_;
}

void WorkerProcess::WatchAll(int epoll) {
  const auto watch = [&](int fd, std::uint32_t events, Part part) {
    epoll_event event{};
    event.events = events;
    event.data.ptr = &watches_[static_cast<std::size_t>(part)];
    CHECK_MSG(epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event) == 0, "epoll refuses a worker's pipe");
  };
  // The input tells once each time that it takes bytes again; it is mostly ready, so anything else
  // would turn the loop for nothing.
  watch(Child().in().get(), EPOLLOUT | EPOLLET, Part::kInput);
  watch(Child().out().get(), EPOLLIN, Part::kOutput);
  watch(Child().err().get(), EPOLLIN, Part::kError);
  watch(Child().ended_fd(), EPOLLIN, Part::kEnd);
}

bool WorkerProcess::hopeless() const {
  return !alive() && (start_failed_ || backoff_.ends_in_a_row() > kHopelessEnds);
}

bool WorkerProcess::Send(std::uint64_t id, const CartridgeCall& call, Nanos deadline) {
  CHECK(takes_calls() && id > last_id_);
  if (unsent_.size() - sent_ > kUnsentBytesMax) {
    return false;
  }
  AppendRequestLine(unsent_, id, call);
  calls_.emplace(id, Pending{call.ticket, call.timeout, deadline});
  deadlines_.emplace(deadline, id);
  if (first_id_ == 0) {
    first_id_ = id;
  }
  last_id_ = id;
  return true;
}

void WorkerProcess::Flush(Nanos now) {
  while (child_ && Child().in().open() && !pipe_full_ && sent_ < unsent_.size()) {
    const ssize_t count = write(Child().in().get(), unsent_.data() + sent_, unsent_.size() - sent_);
    if (count >= 0) {
      sent_ += static_cast<std::size_t>(count);
    } else if (errno == EAGAIN) {
      pipe_full_ = true;
    } else if (errno != EINTR) {
      Child().in().Reset();  // it no longer reads
      BeginEnd(now);
    }
  }
  // What was sent is cut off when it is the larger half, so that a byte is moved about once.
  if (sent_ * 2 >= unsent_.size()) {
    unsent_.erase(0, sent_);
    sent_ = 0;
  }
}

void WorkerProcess::OnEvent(Part part, Nanos now, std::vector<CartridgeAnswer>& answers) {
  if (!child_) {
    return;
  }
  switch (part) {
    case Part::kInput: pipe_full_ = false; return Flush(now);
    case Part::kOutput: return ReadOutput(now, answers);
    case Part::kError: return ReadErrors(now);
    case Part::kEnd: return OnEnd(now, answers);
  }
}

void WorkerProcess::ReadOutput(Nanos now, std::vector<CartridgeAnswer>& answers) {
  const bool ended = ReadSome(Child().out(), kReadsPerEvent, [&](std::string_view bytes) {
    if (talks_nonsense_) {
      return;
    }
    output_.Feed(bytes, [&](std::string_view line, bool overlong) {
      return OnLine(now, line, overlong, answers);
    });
  });
  if (!ended) {
    return;
  }
  Child().out().Reset();
  BeginEnd(now);  // without an output it is of no more use
}

void WorkerProcess::ReadErrors(Nanos now) {
  const bool ended = ReadSome(Child().err(), kReadsPerEvent, [&](std::string_view bytes) {
    errors_.Feed(bytes, [&](std::string_view line, bool) {
      log_.Quote(now, "stderr", line);
      return true;
    });
  });
  if (ended) {
    Child().err().Reset();
  }
}

bool WorkerProcess::OnLine(Nanos now, std::string_view line, bool overlong,
                           std::vector<CartridgeAnswer>& answers) {
  if (overlong) {
    const std::string why = fmt::format("longer than {} bytes", kWorkerLineBytesMax);
    return OnBadLine(now, line, {why, std::nullopt}, answers);
  }
  tl::expected<WorkerAnswer, BadLine> answer = ParseAnswerLine(line);
  if (!answer) {
    return OnBadLine(now, line, answer.error(), answers);
  }
  const std::optional<Pending> call = TakeCall(answer->id);
  if (!call && (first_id_ == 0 || answer->id < first_id_ || answer->id > last_id_)) {
    return OnBadLine(now, line, {"the id of no request", std::nullopt}, answers);
  }
  // A late answer is a sign of life as well.
  unanswered_in_a_row_ = 0;
  if (!call) {
    ++counts_.late_answers;
    const auto given_up = given_up_.find(answer->id);
    if (given_up == given_up_.end()) {
      return true;
    }
    answers.push_back(
        {given_up->second, answer->outcome, std::move(answer->output), std::move(answer->detail)});
    given_up_.erase(given_up);
    return true;
  }
  bad_lines_in_a_row_ = 0;
  answers.push_back(
      {call->ticket, answer->outcome, std::move(answer->output), std::move(answer->detail)});
  return true;
}

bool WorkerProcess::OnBadLine(Nanos now, std::string_view line, const BadLine& bad,
                              std::vector<CartridgeAnswer>& answers) {
  ++counts_.bad_lines;
  log_.Quote(now, "no answer, " + bad.why, line);
  if (bad.id) {
    if (const std::optional<Pending> call = TakeCall(*bad.id)) {
      answers.push_back(Technical(call->ticket, "the worker's answer is invalid: " + bad.why));
    }
  }
  if (++bad_lines_in_a_row_ < kBadLinesInARowMax) {
    return true;
  }
  talks_nonsense_ = true;
  Kill(fmt::format("it wrote {} lines in a row that are no answers", kBadLinesInARowMax));
  return false;
}

void WorkerProcess::Kill(std::string because) {
  ended_because_ = "was ended: " + std::move(because);
  ending_ = true;
  signal_at_ = kNever;
  Child().in().Reset();
  Child().Signal(SIGKILL);
}

void WorkerProcess::GiveUp(std::uint64_t id, const CallTicket& ticket) {
  given_up_.emplace(id, ticket);
  if (given_up_.size() > kGivenUpMax) {
    given_up_.erase(given_up_.begin());  // ids rise
  }
}

void WorkerProcess::OnTime(Nanos now, std::vector<CartridgeAnswer>& answers) {
  while (!deadlines_.empty() && deadlines_.begin()->first <= now) {
    const std::uint64_t id = deadlines_.begin()->second;
    const std::optional<Pending> call = TakeCall(id);
    CHECK(call.has_value());
    answers.push_back(Technical(call->ticket, "no answer within " + FormatDuration(call->timeout)));
    GiveUp(id, call->ticket);
    ++unanswered_in_a_row_;
  }
  if (takes_calls() && unanswered_in_a_row_ >= kUnansweredInARowMax) {
    Kill(fmt::format("it let {} calls in a row run out of time", unanswered_in_a_row_));
  }
  if (child_ && signal_at_ <= now) {
    Child().Signal(next_signal_);
    signal_at_ = next_signal_ == SIGTERM ? now + kTermGrace : kNever;
    next_signal_ = SIGKILL;
  }
}

Nanos WorkerProcess::NextMoment() const {
  const Nanos deadline = deadlines_.empty() ? kNever : deadlines_.begin()->first;
  return std::min(deadline, child_ ? signal_at_ : kNever);
}

void WorkerProcess::BeginEnd(Nanos now) {
  if (!child_ || ending_) {
    return;
  }
  ending_ = true;
  Child().in().Reset();
  signal_at_ = now + kEndGrace;
  next_signal_ = SIGTERM;
}

void WorkerProcess::OnEnd(Nanos now, std::vector<CartridgeAnswer>& answers) {
  std::string how;
  if (!Child().Reap(how)) {
    return;
  }
  // What it wrote before its end still counts.
  ReadSome(Child().out(), kReadsAfterTheEnd, [&](std::string_view bytes) {
    if (talks_nonsense_) {
      return;
    }
    output_.Feed(bytes, [&](std::string_view line, bool overlong) {
      return OnLine(now, line, overlong, answers);
    });
  });
  ReadErrors(now);
  if (!errors_.begun().empty()) {
    log_.Quote(now, "stderr", errors_.begun());
  }
  const bool ended_as_told = ending_ && how == "exited with status 0";
  last_end_ = "worker " + (ended_because_.empty() ? how : ended_because_);
  // Without a structured binding: clang-tidy 16 breaks down on one in a function with an optional.
  for (const auto& entry : calls_) {
    answers.push_back(Technical(entry.second.ticket, last_end_));
  }
  calls_.clear();
  deadlines_.clear();
  given_up_.clear();
  std::string().swap(unsent_);
  sent_ = 0;
  child_.reset();
  next_start_ = backoff_.OnEnd(started_, now);
  if (!ended_as_told) log_.Say(last_end_);
}

std::optional<WorkerProcess::Pending> WorkerProcess::TakeCall(std::uint64_t id) {
  const auto found = calls_.find(id);
  if (found == calls_.end()) {
    return std::nullopt;
  }
  const Pending call = found->second;
  deadlines_.erase({call.deadline, id});
  calls_.erase(found);
  return call;
}

}  // namespace cairn
