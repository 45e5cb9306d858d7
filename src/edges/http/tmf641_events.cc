#include "edges/http/tmf641_events.h"

#include "base/check.h"
#include "edges/http/event_routes.h"
#include "edges/http/http_message.h"
#include "edges/http/tmf641_cancel.h"
#include "edges/http/tmf641_query.h"
#include "edges/http/tmf641_render.h"
#include "model/record.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

namespace cairn::http {
namespace {

// All of the specification; not all of them ever happen here.
constexpr std::array<std::string_view, 10> kEventTypes = {
    "ServiceOrderCreateEvent",
    "ServiceOrderAttributeValueChangeEvent",
    "ServiceOrderStateChangeEvent",
    "ServiceOrderDeleteEvent",
    "ServiceOrderInformationRequiredEvent",
    "ServiceOrderMilestoneEvent",
    "ServiceOrderJeopardyEvent",
    "CancelServiceOrderCreateEvent",
    "CancelServiceOrderStateChangeEvent",
    "CancelServiceOrderInformationRequiredEvent"};
constexpr std::string_view kOfOrder = "event.serviceOrder.";
constexpr std::string_view kOfCancellation = "event.cancelServiceOrder.";

FieldError Refused(std::string_view rule, std::string detail) {
  return {"/query", std::string(rule), std::move(detail)};
}

std::string_view Trimmed(std::string_view text) {
  text.remove_prefix(std::min(text.find_first_not_of(' '), text.size()));
  return text.substr(0, text.find_last_not_of(' ') + 1);
}

std::optional<FieldError> AddTypes(std::string_view list, HubQuery& query) {
  while (!list.empty()) {
    const std::string_view entry = list.substr(0, list.find(','));
    list.remove_prefix(std::min(list.size(), entry.size() + 1));
    const std::string_view type = Trimmed(entry);
    if (std::find(kEventTypes.begin(), kEventTypes.end(), type) == kEventTypes.end()) {
      return Refused("unknown-event-type", fmt::format("there is no event type '{}'", type));
    }
    query.types.emplace_back(type);
  }
  return std::nullopt;
}

bool AllHold(const std::vector<TmfCondition>& conditions, const Json& resource) {
  return std::all_of(conditions.begin(), conditions.end(), [&](const TmfCondition& condition) {
    return condition.Holds(condition.attribute().ValuesIn(resource));
  });
}

// Collects what a listener is told of one event.
class Telling {
 public:
  Telling(const std::string& query, const PublishedEvent& event) : event_(event) {
    auto parsed = ParseHubQuery(query);
    CHECK(parsed.has_value());
    query_ = std::move(*parsed);
  }

  void Order(std::string_view type, const OrderView& view) {
    if (!Wants(type) || !query_.of_cancellation.empty()) return;
    Json order = Tmf641OrderJson(view);
    if (AllHold(query_.of_order, order)) Add(type, "serviceOrder", std::move(order));
  }
  void Cancellation(std::string_view type, const Json& task) {
    if (!Wants(type) || !query_.of_order.empty()) return;
    if (AllHold(query_.of_cancellation, task)) Add(type, "cancelServiceOrder", task);
  }

  std::vector<Fields> Take() { return std::move(told_); }

 private:
  bool Wants(std::string_view type) const {
    return query_.types.empty() ||
           std::find(query_.types.begin(), query_.types.end(), type) != query_.types.end();
  }
  void Add(std::string_view type, std::string_view name, Json resource) {
    Json payload = Json::Object();
    payload.Set(std::string(name), std::move(resource));
    Json envelope = Json::Object();
    // The same whenever it is told, so that a repeat can be known.
    envelope.Set("eventId", Json::String(fmt::format("{}.{}", FormatEventId(event_.position),
                                                     told_.size() + 1)));
    envelope.Set("eventTime", Json::String(FormatTime(event_.at)));
    envelope.Set("eventType", Json::String(std::string(type)));
    envelope.Set("correlationId", Json::String(FormatId(event_.order)));
    envelope.Set("event", std::move(payload));
    auto fields = Fields::FromJson(envelope);
    CHECK(fields.has_value());
    told_.push_back(std::move(*fields));
  }

  const PublishedEvent& event_;
  HubQuery query_;
  std::vector<Fields> told_;
};

// A wish to cancel comes with its order's event; it ends with the order.
void TellOfCancellations(const ToldEvent& told, const OrderSnapshot& after, Telling& telling) {
  const std::vector<Json> now = Tmf641CancelTasks(after, {});
  const auto before = told.before();
  const std::vector<Json> then =
      before == nullptr ? std::vector<Json>() : Tmf641CancelTasks(*before, {});
  for (std::size_t i = 0; i < now.size(); ++i) {
    if (i >= then.size()) {
      telling.Cancellation("CancelServiceOrderCreateEvent", now[i]);
    } else if (!(*then[i].Find("state") == *now[i].Find("state"))) {
      telling.Cancellation("CancelServiceOrderStateChangeEvent", now[i]);
    }
  }
}

}  // namespace

tl::expected<HubQuery, FieldError> ParseHubQuery(std::string_view query) {
  std::string target = "/?";
  for (const char c : query) target += c == ' ' ? std::string("%20") : std::string(1, c);
  const auto parsed = ParseTarget(target);
  if (!parsed) {
    return tl::unexpected(Refused("bad-query", "must be a query such as eventType=..."));
  }
  if (parsed->query.size() > kTmfConditionsMax) {
    return tl::unexpected(
        Refused("too-many", fmt::format("at most {} conditions", kTmfConditionsMax)));
  }
  HubQuery hub;
  for (const auto& [raw_name, raw_value] : parsed->query) {
    const std::string_view name = Trimmed(raw_name);
    const std::string_view value = Trimmed(raw_value);
    if (name.empty() && value.empty()) continue;
    if (name == "eventType") {
      if (auto error = AddTypes(value, hub)) return tl::unexpected(std::move(*error));
      continue;
    }
    const bool of_order = name.starts_with(kOfOrder);
    if (!of_order && !name.starts_with(kOfCancellation)) {
      return tl::unexpected(
          Refused("unknown-parameter",
                  fmt::format("'{}' is neither eventType nor begins with {} or {}",
                              name.substr(0, kNameBytesMax), kOfOrder, kOfCancellation)));
    }
    auto condition =
        of_order ? TmfCondition::Parse(kTmfServiceOrder, name.substr(kOfOrder.size()), value)
                 : TmfCondition::Parse(kTmfCancelServiceOrder, name.substr(kOfCancellation.size()),
                                       value);
    if (!condition)
      return tl::unexpected(Refused(condition.error().rule, condition.error().detail));
    (of_order ? hub.of_order : hub.of_cancellation).push_back(std::move(*condition));
  }
  return hub;
}

std::vector<Fields> TellTmf641Listener(const std::string& query, const ToldEvent& told) {
  const PublishedEvent& event = told.event;
  const bool accepted = event.event == EventName(EventType::kOrderAccepted);
  const bool patched = event.event == EventName(EventType::kOrderPatched);
  const bool cancels = event.event == EventName(EventType::kOrderCancelRequested) ||
                       event.event == EventName(EventType::kOrderCancelled);
  // Whether a waiting order is pending depends on what it waits for.
  const bool may_change_state =
      told.state_before != event.state || event.state == OrderState::kWaiting;
  if (!accepted && !patched && !cancels && !may_change_state) return {};

  Telling telling(query, event);
  const auto after = told.after();
  const OrderView view = after->View();
  if (accepted) {
    telling.Order("ServiceOrderCreateEvent", view);
    return telling.Take();
  }
  if (may_change_state && TmfOrderState(told.before()->View()) != TmfOrderState(view)) {
    telling.Order("ServiceOrderStateChangeEvent", view);
  }
  if (patched) telling.Order("ServiceOrderAttributeValueChangeEvent", view);
  if (cancels || (IsFinal(event.state) && view.cancel_requested)) {
    TellOfCancellations(told, *after, telling);
  }
  return telling.Take();
}

}  // namespace cairn::http
