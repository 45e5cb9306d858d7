// FakeEvents: an EventService with the events and listeners that a test gives it.
#pragma once

#include "runtime/event_service.h"

#include <algorithm>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

namespace cairn::http {

class FakeEvents final : public EventService {
 public:
  // Becomes durable now: whoever waits is told, on this thread.
  void Publish(PublishedEvent event) {
    std::vector<Reader> readers;
    {
      const std::lock_guard lock(mutex_);
      events_.push_back(std::move(event));
      readers.swap(readers_);
    }
    for (Reader& reader : readers) ReadEvents(reader.query, std::move(reader.done));
  }
  // From now on what lies behind an earlier place is not kept any more.
  void Forget(std::uint64_t sequence) {
    const std::lock_guard lock(mutex_);
    floor_ = sequence;
  }
  // Blocks until so many readers wait.
  void AwaitReaders(std::size_t count) {
    std::unique_lock lock(mutex_);
    more_.wait(lock, [&] { return readers_.size() >= count; });
  }
  EventQuery last_query() {
    const std::lock_guard lock(mutex_);
    return last_query_;
  }

  void ReadEvents(const EventQuery& query, EventsDone done) override {
    Events page;
    {
      const std::lock_guard lock(mutex_);
      last_query_ = query;
      EventQuery open = query;
      if (open.after.sequence == 0) {
        open.after.sequence = events_.empty() ? 1 : events_.back().position.sequence;
      }
      page.reset = open.after.sequence < floor_;
      page.last = open.after;
      for (const PublishedEvent& event : events_) {
        if (event.position.sequence <= std::max(open.after.sequence, floor_)) continue;
        page.last = event.position;
        if (!query.order.valid() || event.order == query.order) page.items.push_back(event);
      }
      if (page.items.empty() && !page.reset && query.wait > 0) {
        readers_.push_back({open, std::move(done)});
        more_.notify_all();
        return;
      }
    }
    done(std::move(page));
  }
  void AddListener(std::string callback, std::string query, std::string actor,
                   ListenerDone done) override {
    ListenerView listener;
    {
      const std::lock_guard lock(mutex_);
      listener.id = "ls-" + std::to_string(++listener_number_);
      listener.callback = std::move(callback);
      listener.query = std::move(query);
      listeners_.push_back(listener);
      last_actor_ = std::move(actor);
    }
    done(listener);
  }
  void RemoveListener(std::string id, std::string, std::function<void(Status)> done) override {
    std::size_t removed = 0;
    {
      const std::lock_guard lock(mutex_);
      removed = std::erase_if(listeners_, [&](const ListenerView& l) { return l.id == id; });
    }
    done(removed > 0 ? Status() : Status(Fail(ErrorCode::kNotFound, "there is no such listener")));
  }
  std::vector<ListenerView> ListListeners() override {
    const std::lock_guard lock(mutex_);
    return listeners_;
  }

 private:
  struct Reader {
    EventQuery query;
    EventsDone done;
  };

  std::mutex mutex_;
  std::condition_variable more_;
  std::vector<PublishedEvent> events_;
  std::uint64_t floor_ = 0;
  std::vector<Reader> readers_;
  EventQuery last_query_;
  std::vector<ListenerView> listeners_;
  int listener_number_ = 0;
  std::string last_actor_;
};

}  // namespace cairn::http
