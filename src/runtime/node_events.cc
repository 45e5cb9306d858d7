#include "runtime/node_events.h"

#include "runtime/commands.h"

#include <utility>

namespace cairn {

NodeEvents::NodeEvents(Parts parts, Executor& executor,
                       const std::map<std::uint64_t, Listener>& listeners)
    : parts_(std::move(parts)),
      feed_(parts_.partition, *parts_.log, *parts_.clock, parts_.find),
      calls_({.partition = parts_.partition,
              .log = parts_.log,
              .clock = parts_.clock,
              .find = parts_.find,
              .note = parts_.note,
              .tell = parts_.tell,
              .caller = parts_.caller}) {
  feed_handle_ = std::make_unique<LatchedHandle>(executor.Start("events", feed_));
  feed_.Attach(feed_handle_.get());
  calls_handle_ = std::make_unique<LatchedHandle>(executor.Start("listeners", calls_));
  calls_.Attach(calls_handle_.get());
  // Without anybody who tells them they stay registered, and are told later.
  if (parts_.tell) {
    for (const auto& [id, listener] : listeners) calls_.Add(ListenerId(id), listener);
  }
  parts_.log->SetWatcher([this] {
    feed_.Notice();
    calls_.Notice();
  });
}

void NodeEvents::Stop() {
  StopCalling();
  feed_handle_->Stop();
  calls_handle_->Stop();
}

void NodeEvents::ReadEvents(const EventQuery& query, EventsDone done) {
  feed_.Read(query, std::move(done));
}

void NodeEvents::AddListener(std::string callback, std::string query, std::string actor,
                             ListenerDone done) {
  if (!parts_.tell) return done(Fail(ErrorCode::kConflict, "this node tells nobody of events"));
  Listener listener{
      .callback = std::move(callback), .query = std::move(query), .delivered = parts_.log->last()};
  const bool taken =
      parts_.add({.listener = listener,
                  .actor = std::move(actor),
                  .done = [this, listener, done](Result<ListenerId> id) {
                    if (!id) return done(Fail(id.error()));
                    calls_.Add(*id, listener);
                    done(ListenerView{.id = FormatId(*id),
                                      .callback = listener.callback,
                                      .query = listener.query,
                                      .delivered = {parts_.partition, listener.delivered},
                                      .failures = 0,
                                      .last_failure = {}});
                  }});
  if (!taken) done(Fail(ErrorCode::kOverloaded, "too many questions wait"));
}

void NodeEvents::RemoveListener(std::string id, std::string actor,
                                std::function<void(Status)> done) {
  const auto listener = ParseId<ListenerTag>(id);
  if (!listener) return done(Fail(ErrorCode::kNotFound, "there is no such listener"));
  const bool taken = parts_.remove({.id = *listener,
                                    .actor = std::move(actor),
                                    .done = [this, id = *listener, done](Status removed) {
                                      if (removed) calls_.Remove(id);
                                      done(std::move(removed));
                                    }});
  if (!taken) done(Fail(ErrorCode::kOverloaded, "too many questions wait"));
}

}  // namespace cairn
