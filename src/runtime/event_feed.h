// EventFeed: answers those who read events along. Each reader asks for the next page when it is
// done with the last one; what comes meanwhile stays in the log of events.
//
// ReadEvents: any thread. The rest is a worker of its own.
#pragma once

#include "ports/clock.h"
#include "ports/executor.h"
#include "runtime/event_gather.h"
#include "runtime/event_service.h"
#include "runtime/mailbox.h"

#include <atomic>
#include <memory>
#include <vector>

namespace cairn {

inline constexpr std::size_t kEventReadersMax = 10'000;
inline constexpr std::size_t kEventPageMax = 1'000;

class EventFeed final : public Worker {
 public:
  // All outlive the feed. `find` is called on the feed's worker.
  EventFeed(std::uint64_t partition, const EventLog& log, Clock& clock, FindOrder find)
      : partition_(partition), log_(log), clock_(clock), find_(std::move(find)) {}

  void Attach(WorkerHandle* handle) { handle_ = handle; }

  // As EventService has it.
  void Read(const EventQuery& query, EventService::EventsDone done);
  // There are more events. Any thread.
  void Notice() {
    if (readers_.load() > 0) handle_->Wake();
  }

  bool Step() override;

 private:
  struct Reader {
    EventQuery query;
    std::uint64_t after = 0;
    Nanos until = 0;
    EventService::EventsDone done;
  };
  struct Gathered {
    std::shared_ptr<Reader> reader;
    std::shared_ptr<GatheredEvents> events;
  };

  void Answer(const Reader& reader, Result<EventService::Events> events);
  EventService::Events Tell(const GatheredEvents& gathered) const;

  const std::uint64_t partition_;
  const EventLog& log_;
  Clock& clock_;
  const FindOrder find_;
  WorkerHandle* handle_ = nullptr;
  std::atomic<std::size_t> readers_{0};  // that are owed an answer
  Mailbox<std::shared_ptr<Reader>> asked_;
  Mailbox<Gathered> gathered_;
  std::vector<std::shared_ptr<Reader>> waiting_;  // the worker's
};

}  // namespace cairn
