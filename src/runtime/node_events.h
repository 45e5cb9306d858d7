// NodeEvents: the service of events of one node: those who read along, and those who are told.
//
// EventService: any thread. Made, started and stopped by the node.
#pragma once

#include "runtime/event_feed.h"
#include "runtime/latched_handle.h"
#include "runtime/listener_calls.h"

#include <functional>
#include <memory>

namespace cairn {

struct RegisterListener;
struct DropListener;

class NodeEvents final : public EventService {
 public:
  struct Parts {
    std::uint64_t partition = 0;
    EventLog* log = nullptr;
    Clock* clock = nullptr;
    FindOrder find;
    // Hands a command to the partition; false: there is no room.
    std::function<bool(RegisterListener)> add;
    std::function<bool(DropListener)> remove;
    std::function<void(ListenerId, std::uint64_t)> note;
    TellListener tell;  // empty: nobody can be told, and nobody may register
    Cartridge* caller = nullptr;
  };
  // `listeners`: that the journal knows of, by id.
  NodeEvents(Parts parts, Executor& executor, const std::map<std::uint64_t, Listener>& listeners);
  ~NodeEvents() override { Stop(); }

  // No listener is called any more once this has returned.
  void StopCalling() { calls_.StopCalling(); }
  // Stops the workers; what readers are owed is not given any more.
  void Stop();
  // Where the caller's answers go.
  AnswerSink& answer_sink() { return calls_; }

  void ReadEvents(const EventQuery& query, EventsDone done) override;
  void AddListener(std::string callback, std::string query, std::string actor,
                   ListenerDone done) override;
  void RemoveListener(std::string id, std::string actor, std::function<void(Status)> done) override;
  std::vector<ListenerView> ListListeners() override { return calls_.List(); }

 private:
  const Parts parts_;
  EventFeed feed_;
  ListenerCalls calls_;
  std::unique_ptr<LatchedHandle> feed_handle_;
  std::unique_ptr<LatchedHandle> calls_handle_;
};

}  // namespace cairn
