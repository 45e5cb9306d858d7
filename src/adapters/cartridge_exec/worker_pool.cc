#include "adapters/cartridge_exec/worker_pool.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace cairn {
namespace {

std::uint32_t WorkersOf(const records::ExecCartridge& definition) {
  return std::clamp<std::uint32_t>(definition.workers(), 1, kWorkersMax);
}

}  // namespace

WorkerPool::WorkerPool(const records::Cartridge& definition, int epoll, ExecCounts& counts,
                       const LogLine& log)
    : name_(definition.name()),
      command_(definition.exec().command().begin(), definition.exec().command().end()),
      workers_wanted_(WorkersOf(definition.exec())),
      epoll_(epoll) {
  for (std::uint32_t i = 1; i <= workers_wanted_; ++i) {
    workers_.push_back(std::make_unique<WorkerProcess>(fmt::format("{} worker {}", name_, i),
                                                       command_, counts, log));
  }
}

bool WorkerPool::Serves(const records::Cartridge& definition) const {
  const auto& command = definition.exec().command();
  return !ending_ && definition.name() == name_ &&
         WorkersOf(definition.exec()) == workers_wanted_ &&
         std::equal(command.begin(), command.end(), command_.begin(), command_.end());
}

void WorkerPool::Call(CartridgeCall call, std::uint64_t id, Nanos now,
                      std::vector<CartridgeAnswer>& answers) {
  last_call_ = now;
  const Nanos deadline = call.timeout < kNever - now ? now + call.timeout : kNever;
  Waiting waiting{std::move(call), id, deadline};
  // Ids rise on each worker: none overtakes those that wait.
  WorkerProcess* worker = waiting_.empty() ? Best() : nullptr;
  if (worker != nullptr) {
    Give(*worker, waiting, answers);
  } else {
    waiting_.push_back(std::move(waiting));
  }
}

void WorkerPool::Give(WorkerProcess& worker, const Waiting& waiting,
                      std::vector<CartridgeAnswer>& answers) {
  if (worker.Send(waiting.id, waiting.call, waiting.deadline)) {
    return;
  }
  answers.push_back(
      {waiting.call.ticket,
       Outcome::kTechnical,
       {},
       fmt::format("the worker does not read: more than {} bytes wait for it", kUnsentBytesMax)});
}

WorkerProcess* WorkerPool::Best() const {
  WorkerProcess* best = nullptr;
  for (const auto& worker : workers_) {
    if (worker->takes_calls() && (best == nullptr || worker->calls() < best->calls())) {
      best = worker.get();
    }
  }
  return best;
}

void WorkerPool::OnTime(Nanos now, std::vector<CartridgeAnswer>& answers) {
  for (const auto& worker : workers_) {
    worker->OnTime(now, answers);
    if (!worker->alive() && !ending_ && worker->next_start() <= now) {
      worker->Start(epoll_, now);
    }
  }
  PassOnWaiting(now, answers);
  for (const auto& worker : workers_) {
    worker->Flush(now);
  }
}

void WorkerPool::PassOnWaiting(Nanos now, std::vector<CartridgeAnswer>& answers) {
  while (!waiting_.empty()) {
    WorkerProcess* worker = Best();
    if (worker == nullptr) {
      break;
    }
    Give(*worker, waiting_.front(), answers);
    waiting_.pop_front();
  }
  if (waiting_.empty()) {
    return;
  }
  const bool hopeless = Hopeless();
  std::erase_if(waiting_, [&](const Waiting& waiting) {
    if (!hopeless && waiting.deadline > now) {
      return false;
    }
    answers.push_back({waiting.call.ticket,
                       Outcome::kTechnical,
                       {},
                       hopeless ? "no worker runs: " + workers_.front()->last_end()
                                : "no answer within " + FormatDuration(waiting.call.timeout)});
    return true;
  });
}

bool WorkerPool::Hopeless() const {
  return std::all_of(workers_.begin(), workers_.end(),
                     [](const auto& worker) { return worker->hopeless(); });
}

Nanos WorkerPool::NextMoment() const {
  Nanos next = kNever;
  for (const auto& worker : workers_) {
    next = std::min(next, worker->NextMoment());
    if (!worker->alive() && !ending_) {
      next = std::min(next, worker->next_start());
    }
  }
  for (const Waiting& waiting : waiting_) {
    next = std::min(next, waiting.deadline);
  }
  return next;
}

void WorkerPool::BeginEnd(Nanos now) {
  ending_ = true;
  waiting_.clear();
  for (const auto& worker : workers_) {
    worker->BeginEnd(now);
  }
}

bool WorkerPool::alive() const {
  return std::any_of(workers_.begin(), workers_.end(),
                     [](const auto& worker) { return worker->alive(); });
}

bool WorkerPool::has_calls() const {
  return !waiting_.empty() || std::any_of(workers_.begin(), workers_.end(),
                                          [](const auto& worker) { return worker->calls() > 0; });
}

}  // namespace cairn
