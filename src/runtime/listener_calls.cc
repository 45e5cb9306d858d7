#include "runtime/listener_calls.h"

#include <fmt/format.h>

#include <algorithm>
#include <string>
#include <utility>

namespace cairn {
namespace {

constexpr std::size_t kPageEvents = 256;
// A listener that nothing matters to is noted to have come on after so many frames; else what it
// was passed by would keep the journal from being dropped.
constexpr std::uint64_t kFramesPerNote = 256;
constexpr const char* kOperation = "tell";

// A cartridge of the http type that posts to the callback. Only 2xx is an answer.
std::shared_ptr<const records::Cartridge> TargetOf(const Listener& listener) {
  auto target = std::make_shared<records::Cartridge>();
  target->set_name("listener");
  records::HttpCartridge& http = *target->mutable_http();
  http.set_url(listener.callback);
  records::HttpOperation& operation = *http.add_operations();
  operation.set_name(kOperation);
  operation.set_method("POST");
  records::StatusOutcome& taken = *operation.add_statuses();
  taken.set_from(200);
  taken.set_to(299);
  taken.set_outcome(records::SCRIPTED_OK);
  records::StatusOutcome& not_taken = *operation.add_statuses();
  not_taken.set_from(100);
  not_taken.set_to(999);
  not_taken.set_outcome(records::SCRIPTED_TECHNICAL);
  return target;
}

}  // namespace

void ListenerCalls::Add(ListenerId id, Listener listener) {
  {
    const std::lock_guard lock(views_mutex_);
    views_.try_emplace(id, ListenerView{.id = FormatId(id),
                                        .callback = listener.callback,
                                        .query = listener.query,
                                        .delivered = {parts_.partition, listener.delivered},
                                        .failures = 0,
                                        .last_failure = {}});
  }
  changes_.Put({id, std::move(listener)});
  handle_->Wake();
}

void ListenerCalls::Remove(ListenerId id) {
  {
    const std::lock_guard lock(views_mutex_);
    views_.erase(id);
  }
  changes_.Put({id, std::nullopt});
  handle_->Wake();
}

std::vector<ListenerView> ListenerCalls::List() const {
  std::vector<ListenerView> views;
  const std::lock_guard lock(views_mutex_);
  views.reserve(views_.size());
  for (const auto& [id, view] : views_) views.push_back(view);
  return views;
}

void ListenerCalls::OnAnswers(std::vector<CartridgeAnswer> answers) {
  answers_.PutAll(std::move(answers));
  handle_->Wake();
}

void ListenerCalls::StopCalling() {
  const std::lock_guard lock(calling_mutex_);
  stopped_ = true;
}

bool ListenerCalls::Step() {
  TakeChanges();
  std::vector<Gathered> gathered;
  gathered_.TakeAll(gathered);
  for (const Gathered& each : gathered) OnGathered(each);
  std::vector<CartridgeAnswer> answers;
  answers_.TakeAll(answers);
  for (const CartridgeAnswer& answer : answers) OnAnswer(answer);
  for (auto& [id, told] : listeners_) Advance(id, told);
  Publish();
  return false;
}

void ListenerCalls::TakeChanges() {
  std::vector<Change> changes;
  changes_.TakeAll(changes);
  for (Change& change : changes) {
    if (!change.listener) {
      listeners_.erase(change.id);
      continue;
    }
    const auto [entry, fresh] = listeners_.try_emplace(change.id);
    if (!fresh) continue;
    entry->second.noted = change.listener->delivered;
    entry->second.target = TargetOf(*change.listener);
    entry->second.listener = *std::move(change.listener);
  }
  any_.store(!listeners_.empty());
}

void ListenerCalls::Publish() {
  const std::lock_guard lock(views_mutex_);
  for (const auto& [id, told] : listeners_) {
    const auto view = views_.find(id);
    if (view == views_.end()) continue;
    view->second.delivered.sequence = told.listener.delivered;
    view->second.failures = told.failures;
    view->second.last_failure = told.last_failure;
  }
}

void ListenerCalls::Advance(ListenerId id, Told& told) {
  if (told.phase == Phase::kBackingOff) {
    // The clock may have been set back since: no wait is longer than it was meant to be.
    told.retry_at = std::min(told.retry_at, parts_.clock->Now() + kListenerRetryMax);
    if (parts_.clock->Now() < told.retry_at) return handle_->WakeAt(told.retry_at);
    told.phase = Phase::kIdle;
    if (!told.calls.empty()) return MakeCall(id, told);
  }
  if (told.phase != Phase::kIdle) return;
  EventLog::Page page = parts_.log->Read(told.listener.delivered, kPageEvents);
  if (page.reset) told.last_failure = "what it missed is not kept any more";
  if (page.items.empty()) return Reach(id, told, page.last);
  told.phase = Phase::kGathering;
  GatherEvents(std::move(page), parts_.find, [this, id](std::shared_ptr<GatheredEvents> events) {
    gathered_.Put({id, std::move(events)});
    handle_->Wake();
  });
}

void ListenerCalls::OnGathered(const Gathered& gathered) {
  const auto found = listeners_.find(gathered.id);
  if (found == listeners_.end() || found->second.phase != Phase::kGathering) return;
  Told& told = found->second;
  told.phase = Phase::kIdle;
  if (!gathered.events->status) {
    return BackOff(told, gathered.events->status.error().message, 0);
  }
  told.page_end = gathered.events->page.last;
  TakeCalls(*gathered.events, told);
  if (told.calls.empty()) return Reach(gathered.id, told, told.page_end);
  MakeCall(gathered.id, told);
}

void ListenerCalls::TakeCalls(const GatheredEvents& events, Told& told) const {
  EventTeller teller(events);
  for (const LoggedEvent& item : events.page.items) {
    const auto event = teller.Tell(item);
    if (!event) continue;
    std::size_t number = 0;
    for (Fields& body : parts_.tell(told.listener.query, *event)) {
      told.calls.push_back(
          {.sequence = item.sequence,
           .key = fmt::format("{}:{}.{}", parts_.partition, item.sequence, ++number),
           .body = std::move(body)});
    }
  }
}

void ListenerCalls::MakeCall(ListenerId id, Told& told) {
  told.phase = Phase::kCalling;
  const Call& next = told.calls.front();
  CartridgeCall call;
  call.ticket = {.work_order = {OrderId(id.value()), 0}, .run = 1, .attempt = ++told.attempt};
  call.cartridge = told.target;
  call.operation = kOperation;
  call.idempotency_key = next.key;
  call.input = next.body;
  call.timeout = kListenerCallTimeout;
  std::vector<CartridgeCall> calls;
  calls.push_back(std::move(call));
  const std::lock_guard lock(calling_mutex_);
  if (!stopped_ && parts_.caller != nullptr) parts_.caller->Call(std::move(calls));
}

void ListenerCalls::OnAnswer(const CartridgeAnswer& answer) {
  const ListenerId id(answer.ticket.work_order.order.value());
  const auto found = listeners_.find(id);
  if (found == listeners_.end()) return;
  Told& told = found->second;
  if (told.phase != Phase::kCalling || answer.ticket.attempt != told.attempt) return;
  if (answer.outcome != Outcome::kOk) return BackOff(told, answer.detail, answer.retry_after);
  told.failures = 0;
  told.last_failure.clear();
  const std::uint64_t sequence = told.calls.front().sequence;
  told.calls.pop_front();
  if (told.calls.empty()) {
    told.phase = Phase::kIdle;
    told.noted = 0;
    return Reach(id, told, told.page_end);
  }
  if (told.calls.front().sequence != sequence) told.listener.delivered = sequence;
  MakeCall(id, told);
}

void ListenerCalls::Reach(ListenerId id, Told& told, std::uint64_t sequence) {
  told.listener.delivered = sequence;
  if (FrameOfEvent(sequence) < FrameOfEvent(told.noted) + kFramesPerNote && told.noted != 0) {
    return;
  }
  told.noted = sequence;
  if (sequence != 0) parts_.note(id, sequence);
}

void ListenerCalls::BackOff(Told& told, std::string why, Nanos at_least) {
  const unsigned doublings = static_cast<unsigned>(std::min<std::uint64_t>(told.failures, 16));
  ++told.failures;
  told.last_failure = std::move(why);
  told.phase = Phase::kBackingOff;
  const Nanos wait = std::min(kListenerRetryMin << doublings, kListenerRetryMax);
  told.retry_at = parts_.clock->Now() + std::clamp(at_least, wait, kListenerRetryMax);
  handle_->WakeAt(told.retry_at);
}

}  // namespace cairn
