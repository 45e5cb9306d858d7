#include "adapters/cartridge_exec/exec_cartridge.h"

#include "base/check.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <iterator>
#include <utility>

#include <pthread.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>

namespace cairn {
namespace {

constexpr int kEventsPerWait = 64;
constexpr Nanos kSupersededIdle = kMinute;

// A span since some fixed moment: here only differences count, and they must not jump.
Nanos SteadyNow() {
  return std::chrono::duration_cast<std::chrono::nanoseconds>(
             std::chrono::steady_clock::now().time_since_epoch())
      .count();
}

// Signals are for the threads that the application chose for them; and a worker that no longer
// reads is told by the write's error, not by SIGPIPE.
void BlockSignals() {
  sigset_t all;
  sigfillset(&all);
  pthread_sigmask(SIG_BLOCK, &all, nullptr);
}

int WaitMs(Nanos now, Nanos until) {
  if (until == kNever) {
    return -1;
  }
  const Nanos left = std::clamp<Nanos>(until - now, 0, kMinute);
  return static_cast<int>((left + kMillisecond - 1) / kMillisecond);
}

}  // namespace

ExecCartridge::ExecCartridge(AnswerSink& sink, Options options)
    : sink_(sink),
      options_(std::move(options)),
      epoll_(epoll_create1(EPOLL_CLOEXEC)),
      wake_(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {
  CHECK_MSG(epoll_.open() && wake_.open(), "no descriptor left for the workers");
  epoll_event event{};
  event.events = EPOLLIN;
  CHECK(epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, wake_.get(), &event) == 0);
  thread_ = std::thread([this] { Run(); });
}

ExecCartridge::~ExecCartridge() { Stop(); }

void ExecCartridge::Call(std::vector<CartridgeCall> calls) {
  if (calls.empty()) {
    return;
  }
  bool was_empty = false;
  {
    const std::lock_guard lock(mutex_);
    if (stopping_) {
      return;
    }
    was_empty = incoming_.empty();
    incoming_.insert(incoming_.end(), std::make_move_iterator(calls.begin()),
                     std::make_move_iterator(calls.end()));
  }
  if (was_empty) {
    Wake();
  }
}

void ExecCartridge::Stop() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  Wake();
  if (thread_.joinable()) {
    thread_.join();
  }
}

void ExecCartridge::Wake() {
  const std::uint64_t one = 1;
  // It fails only when the counter is full, and then the wait returns anyway.
  static_cast<void>(write(wake_.get(), &one, sizeof one) == sizeof one);
}

void ExecCartridge::Run() {
  BlockSignals();
  pthread_setname_np(pthread_self(), "cartridge_exec");
  std::vector<CartridgeCall> calls;
  while (TakeIncoming(calls)) {
    std::vector<CartridgeAnswer> answers;
    const Nanos now = SteadyNow();
    for (CartridgeCall& call : calls) {
      Route(std::move(call), now, answers);
    }
    calls.clear();
    for (const auto& pool : pools_) {
      pool->OnTime(now, answers);
    }
    EndSuperseded(now);
    // What is known is handed over before the wait.
    if (!answers.empty()) {
      sink_.OnAnswers(std::exchange(answers, {}));
    }
    Wait(now, answers);
    if (!answers.empty()) {
      sink_.OnAnswers(std::move(answers));
    }
  }
  EndAll();
}

bool ExecCartridge::TakeIncoming(std::vector<CartridgeCall>& calls) {
  const std::lock_guard lock(mutex_);
  calls.swap(incoming_);
  return !stopping_;
}

void ExecCartridge::Route(CartridgeCall call, Nanos now, std::vector<CartridgeAnswer>& answers) {
  CHECK(call.cartridge != nullptr && call.cartridge->has_exec());
  const records::Cartridge& definition = *call.cartridge;
  if (definition.exec().command().empty() || definition.exec().command(0).empty()) {
    answers.push_back({call.ticket,
                       Outcome::kFunctional,
                       {},
                       fmt::format("the cartridge '{}' has no command", definition.name())});
    return;
  }
  PoolFor(definition).Call(std::move(call), next_id_++, now, answers);
}

WorkerPool& ExecCartridge::PoolFor(const records::Cartridge& definition) {
  for (const auto& pool : pools_) {
    if (pool->Serves(definition)) {
      return *pool;
    }
  }
  pools_.push_back(std::make_unique<WorkerPool>(definition, epoll_.get(), counts_, options_.log));
  return *pools_.back();
}

void ExecCartridge::EndSuperseded(Nanos now) {
  if (pools_.size() < 2) {
    return;
  }
  for (auto pool = pools_.begin(); pool != pools_.end(); ++pool) {
    const bool superseded = std::any_of(pool + 1, pools_.end(), [&](const auto& newer) {
      return newer->name() == (*pool)->name();
    });
    const bool idle = !(*pool)->has_calls() && now - (*pool)->last_call() >= kSupersededIdle;
    if (superseded && idle && !(*pool)->ending()) {
      (*pool)->BeginEnd(now);
    }
  }
  std::erase_if(pools_, [](const auto& pool) { return pool->ending() && !pool->alive(); });
}

void ExecCartridge::Wait(Nanos now, std::vector<CartridgeAnswer>& answers) {
  Nanos next = kNever;
  for (const auto& pool : pools_) {
    next = std::min(next, pool->NextMoment());
  }
  // So that superseded workers end even when there is nothing else to do.
  if (pools_.size() > 1) {
    next = std::min(next, now + kSupersededIdle);
  }
  std::array<epoll_event, kEventsPerWait> events;
  const int count = epoll_wait(epoll_.get(), events.data(), kEventsPerWait, WaitMs(now, next));
  CHECK_MSG(count >= 0 || errno == EINTR, "epoll_wait failed");
  const Nanos then = SteadyNow();
  for (int i = 0; i < count; ++i) {
    const auto* watch =
        static_cast<const WorkerProcess::Watch*>(events[static_cast<std::size_t>(i)].data.ptr);
    if (watch != nullptr) {
      watch->worker->OnEvent(watch->part, then, answers);
      continue;
    }
    std::uint64_t ignored = 0;
    // It fails only when nobody has written since, which is as good.
    static_cast<void>(read(wake_.get(), &ignored, sizeof ignored) == sizeof ignored);
  }
}

void ExecCartridge::EndAll() {
  const auto alive = [](const auto& pool) { return pool->alive(); };
  for (const auto& pool : pools_) {
    pool->BeginEnd(SteadyNow());
  }
  std::vector<CartridgeAnswer> given_up;
  while (std::any_of(pools_.begin(), pools_.end(), alive)) {
    const Nanos now = SteadyNow();
    for (const auto& pool : pools_) {
      pool->OnTime(now, given_up);
    }
    Wait(now, given_up);
  }
  pools_.clear();
}

}  // namespace cairn
