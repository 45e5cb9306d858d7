// EventService: what has happened, as it becomes durable, to whoever listens: streams that resume
// where they broke off, and listeners (TMF641 hub) that are called and whose place is kept.
//
// Threads and callbacks as in service.h.
#pragma once

#include "base/result.h"
#include "base/time.h"
#include "model/ids.h"
#include "model/states.h"

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

namespace cairn {

// Where a stream stands. Sequences rise, with gaps, and stay the same over restarts.
struct EventPosition {
  std::uint64_t partition = 0;
  std::uint64_t sequence = 0;
};

struct PublishedEvent {
  EventPosition position;
  Nanos at = 0;
  std::string kind;   // "order"
  std::string event;  // "order_accepted", ... as in an order's history
  std::string actor;
  OrderId order;
  OrderState state = OrderState::kNew;  // after it
  std::string detail;                   // a JSON object
};

struct ListenerView {
  std::string id;  // "ls-..."
  std::string callback;
  std::string query;
  EventPosition delivered;
  std::uint64_t failures = 0;  // in a row
};

class EventService {
 public:
  virtual ~EventService() = default;

  struct Events {
    bool reset = false;  // what lies between is not kept any more: it goes on with the oldest
    std::vector<PublishedEvent> items;
    EventPosition last;  // pass as `after` of the next call
  };
  // The durable events behind `after` (a sequence of 0: from now on), in order, at most `max`; at
  // once if there are any, else when some come or `wait` is over. A reader asks for more when it
  // wants more, so a slow one holds nothing up.
  using EventsDone = std::function<void(Events)>;
  virtual void ReadEvents(EventPosition after, std::size_t max, Nanos wait, EventsDone done) = 0;

  using ListenerDone = std::function<void(Result<ListenerView>)>;
  virtual void AddListener(std::string callback, std::string query, std::string actor,
                           ListenerDone done) = 0;
  // kNotFound.
  virtual void RemoveListener(std::string id, std::string actor,
                              std::function<void(Status)> done) = 0;
  virtual std::vector<ListenerView> ListListeners() = 0;
};

}  // namespace cairn
