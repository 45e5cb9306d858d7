#include "edges/http/event_routes.h"

#include "edges/http/json_writer.h"
#include "edges/http/order_query.h"
#include "edges/http/problem.h"

#include <fmt/format.h>

#include <charconv>
#include <string>
#include <utility>

namespace cairn::http {
namespace {

constexpr ErrorStyle kStyle = ErrorStyle::kProblem;
// So often something is sent, so that a connection without a peer shows.
constexpr Nanos kStreamSilenceMax = 15 * kSecond;
constexpr std::size_t kStreamPageEvents = 256;
constexpr std::string_view kKindOrder = "order";

std::string DataOf(const PublishedEvent& event) {
  JsonWriter json;
  json.OpenObject().Key("id").Text(FormatEventId(event.position)).Key("at").Time(event.at);
  json.Key("kind").Text(event.kind).Key("event").Text(event.event);
  if (!event.actor.empty()) json.Key("actor").Text(event.actor);
  json.Key("order").Text(FormatId(event.order)).Key("state").Text(Name(event.state));
  json.Key("detail").Raw(event.detail).CloseObject();
  return json.Take();
}

std::string TextOf(const EventService::Events& events) {
  std::string text;
  if (events.reset) text += "event: reset\ndata: {}\n\n";
  for (const PublishedEvent& event : events.items) {
    text += fmt::format("id: {}\nevent: {}\ndata: {}\n\n", FormatEventId(event.position),
                        event.kind, DataOf(event));
  }
  if (text.empty()) text = ":\n\n";
  return text;
}

// One stream: read a page -> send it -> when the client has taken it, read the next.
class EventStream : public std::enable_shared_from_this<EventStream> {
 public:
  EventStream(EventService& events, ExchangePtr exchange, EventQuery query, WaitTicket ticket)
      : events_(events),
        exchange_(std::move(exchange)),
        query_(query),
        ticket_(std::move(ticket)) {}

  // The first page is read before the client learns that the stream has begun: from then on it
  // misses nothing.
  void Start() {
    Read(0, [](EventStream& stream, const EventService::Events& page) {
      HttpResponse response;
      response.content_type = kTypeEvents;
      response.headers.emplace_back("Cache-Control", "no-cache");
      response.body = "retry: 1000\n" + TextOf(page);
      stream.exchange_->BeginStream(std::move(response));
      stream.Next();
    });
  }

 private:
  using OnPage = void (*)(EventStream&, const EventService::Events&);

  void Next() {
    Read(kStreamSilenceMax, [](EventStream& stream, const EventService::Events& page) {
      stream.exchange_->SendPart(TextOf(page), [self = stream.shared_from_this()] {
        if (!self->exchange_->abandoned()) self->Next();
      });
    });
  }

  void Read(Nanos wait, OnPage on_page) {
    query_.wait = wait;
    events_.ReadEvents(query_,
                       [self = shared_from_this(), on_page](Result<EventService::Events> page) {
                         self->exchange_->RunOnWorker([self, on_page, page = std::move(page)] {
                           if (self->exchange_->abandoned()) return;
                           // Once the stream has begun this is its end; the client comes again.
                           if (!page)
                             return self->exchange_->Respond(ErrorResponse(kStyle, page.error()));
                           self->query_.after = page->last;
                           on_page(*self, *page);
                         });
                       });
  }

  EventService& events_;
  ExchangePtr exchange_;
  EventQuery query_;
  WaitTicket ticket_;
};

// Where the stream is to begin.
OrRefusal<EventPosition> PlaceOf(const HttpRequest& request) {
  const std::string* after = request.target.Find("after");
  const std::string& text = after != nullptr ? *after : request.last_event_id;
  if (text.empty() && after == nullptr) return EventPosition{};
  const auto place = ParseEventId(text);
  if (place && place->sequence > 0) return *place;
  return tl::unexpected(ParameterError(kStyle, after != nullptr ? "after" : "Last-Event-ID",
                                       "bad-event-id", "must be an event's id, such as 0:1048576"));
}

std::optional<HttpResponse> CheckParameters(const Target& target, bool has_kinds) {
  for (const auto& [name, value] : target.query) {
    if (name == "kinds" && has_kinds) {
      if (value == kKindOrder) continue;
      return ParameterError(kStyle, name, "unknown-kind", "there are events of the kind 'order'");
    }
    if (name == "after") continue;
    return ParameterError(kStyle, name, "unknown-parameter", "is not a parameter of this endpoint");
  }
  return std::nullopt;
}

class EventRoutes : public std::enable_shared_from_this<EventRoutes> {
 public:
  EventRoutes(Service& orders, EventService& events, std::shared_ptr<WaitCount> waits)
      : orders_(orders), events_(events), waits_(std::move(waits)) {}

  void All(const ExchangePtr& exchange) const {
    if (auto refusal = CheckParameters(exchange->request().target, true)) {
      return exchange->Respond(std::move(*refusal));
    }
    Stream(exchange, {});
  }

  void OfOrder(const ExchangePtr& exchange) const {
    if (auto refusal = CheckParameters(exchange->request().target, false)) {
      return exchange->Respond(std::move(*refusal));
    }
    const auto id = ParseOrderPathId(*exchange, kStyle);
    if (!id) return exchange->Respond(id.error());
    orders_.GetOrder(*id, [self = shared_from_this(), exchange, id = *id](const auto& order) {
      if (!order) return exchange->Respond(ErrorResponse(kStyle, order.error()));
      self->Stream(exchange, id);
    });
  }

 private:
  void Stream(const ExchangePtr& exchange, OrderId order) const {
    const auto place = PlaceOf(exchange->request());
    if (!place) return exchange->Respond(place.error());
    if (exchange->request().method == Method::kHead) {
      HttpResponse response;
      response.content_type = kTypeEvents;
      return exchange->Respond(std::move(response));
    }
    WaitTicket ticket = TryWait(waits_);
    if (!ticket) return exchange->Respond(BusyResponse(kStyle, "too many requests wait"));
    EventQuery query;
    query.after = *place;
    query.order = order;
    query.max = kStreamPageEvents;
    std::make_shared<EventStream>(events_, exchange, query, std::move(ticket))->Start();
  }

  Service& orders_;
  EventService& events_;
  std::shared_ptr<WaitCount> waits_;
};

}  // namespace

std::optional<EventPosition> ParseEventId(std::string_view text) {
  const std::size_t colon = text.find(':');
  if (colon == std::string_view::npos) return std::nullopt;
  EventPosition position;
  const auto read = [](std::string_view digits, std::uint64_t& out) {
    const auto [stop, error] = std::from_chars(digits.data(), digits.data() + digits.size(), out);
    return error == std::errc{} && stop == digits.data() + digits.size();
  };
  if (!read(text.substr(0, colon), position.partition)) return std::nullopt;
  if (!read(text.substr(colon + 1), position.sequence)) return std::nullopt;
  return position;
}

std::string FormatEventId(EventPosition position) {
  return fmt::format("{}:{}", position.partition, position.sequence);
}

void AddEventRoutes(Router& router, Service& orders, EventService& events,
                    std::shared_ptr<WaitCount> waits) {
  const auto routes = std::make_shared<const EventRoutes>(orders, events, std::move(waits));
  router.Add(
      Method::kGet, "/v1/events", true,
      [routes](const ExchangePtr& exchange) { routes->All(exchange); }, kTypeEvents);
  router.Add(
      Method::kGet, "/v1/orders/{id}/events", true,
      [routes](const ExchangePtr& exchange) { routes->OfOrder(exchange); }, kTypeEvents);
}

}  // namespace cairn::http
