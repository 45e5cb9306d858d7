#include "runtime/event_feed.h"

#include <algorithm>
#include <utility>

namespace cairn {

void EventFeed::Read(const EventQuery& query, EventService::EventsDone done) {
  if (readers_.fetch_add(1) >= kEventReadersMax) {
    readers_.fetch_sub(1);
    return done(Fail(ErrorCode::kOverloaded, "too many read events"));
  }
  auto reader = std::make_shared<Reader>();
  reader->query = query;
  reader->query.max = std::clamp<std::size_t>(query.max, 1, kEventPageMax);
  // A place in another partition's events is none in these.
  reader->after = query.after.sequence == 0             ? log_.last()
                  : query.after.partition == partition_ ? query.after.sequence
                                                        : UINT64_MAX;
  reader->until = clock_.Now() + query.wait;
  reader->done = std::move(done);
  asked_.Put(std::move(reader));
  handle_->Wake();
}

bool EventFeed::Step() {
  std::vector<Gathered> gathered;
  gathered_.TakeAll(gathered);
  for (const Gathered& each : gathered) {
    if (each.events->status) {
      Answer(*each.reader, Tell(*each.events));
    } else {
      Answer(*each.reader, Fail(each.events->status.error()));
    }
  }
  asked_.TakeAll(waiting_);
  std::erase_if(waiting_, [this](const std::shared_ptr<Reader>& reader) {
    const EventLog::Page page = log_.Read(reader->after, reader->query.max, reader->query.order);
    if (page.items.empty() && !page.reset) {
      reader->after = page.last;
      if (page.last < log_.last()) handle_->Wake();  // a long way without one of that order
      if (clock_.Now() < reader->until) return false;
    }
    GatherEvents(page, find_, [this, reader](std::shared_ptr<GatheredEvents> events) {
      gathered_.Put({reader, std::move(events)});
      handle_->Wake();
    });
    return true;
  });
  for (const auto& reader : waiting_) handle_->WakeAt(reader->until);
  return false;
}

void EventFeed::Answer(const Reader& reader, Result<EventService::Events> events) {
  readers_.fetch_sub(1);
  reader.done(std::move(events));
}

EventService::Events EventFeed::Tell(const GatheredEvents& gathered) const {
  EventService::Events events;
  events.reset = gathered.page.reset;
  events.last = {.partition = partition_, .sequence = gathered.page.last};
  EventTeller teller(gathered);
  for (const LoggedEvent& item : gathered.page.items) {
    if (auto told = teller.Tell(item)) events.items.push_back(std::move(told->event));
  }
  return events;
}

}  // namespace cairn
