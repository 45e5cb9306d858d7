#include "edges/http/order_routes.h"

#include "edges/http/if_match.h"
#include "edges/http/order_json.h"
#include "edges/http/order_query.h"
#include "edges/http/order_render.h"
#include "edges/http/problem.h"
#include "edges/http/submission.h"

#include <fmt/format.h>

#include <algorithm>

namespace cairn::http {
namespace {

constexpr ErrorStyle kStyle = ErrorStyle::kProblem;

HttpResponse Json200(std::string body) {
  HttpResponse response;
  response.body = std::move(body);
  return response;
}

std::string ETagOf(std::uint64_t version) { return fmt::format("\"{}\"", version); }

// If-None-Match compares weakly: W/"7" and "7" are the same here.
bool NoneMatchHits(std::string_view header, std::string_view etag) {
  while (!header.empty()) {
    std::string_view tag = header.substr(0, header.find(','));
    header.remove_prefix(std::min(header.size(), tag.size() + 1));
    tag.remove_prefix(std::min(tag.find_first_not_of(" \t"), tag.size()));
    tag = tag.substr(0, tag.find_last_not_of(" \t") + 1);
    if (tag.starts_with("W/")) tag.remove_prefix(2);
    if (tag == etag || tag == "*") return true;
  }
  return false;
}

// Whoever has a callback token may answer in the target's place.
CallbackTokens TokensFor(Role role) {
  return role >= Role::kOperator ? CallbackTokens::kShown : CallbackTokens::kHidden;
}

HttpResponse OrderResponse(const OrderSnapshot& snapshot, Role role) {
  HttpResponse response = Json200(RenderOrder(snapshot.View(), TokensFor(role)));
  response.headers.emplace_back("ETag", ETagOf(snapshot.version()));
  return response;
}

using SnapshotResult = Result<std::shared_ptr<const OrderSnapshot>>;

// An OrderDone that renders on a worker: how long that takes depends on the order.
template <typename Render>
Service::OrderDone ThenRender(ExchangePtr exchange, Render render) {
  return [exchange = std::move(exchange), render = std::move(render)](SnapshotResult found) {
    exchange->RunOnWorker([exchange, render, found = std::move(found)] {
      if (exchange->abandoned()) return;
      if (!found) return exchange->Respond(ErrorResponse(kStyle, found.error()));
      exchange->Respond(render(**found));
    });
  };
}

// Callbacks may come after the server is gone: each holds these routes alive.
class OrderRoutes : public std::enable_shared_from_this<OrderRoutes> {
 public:
  OrderRoutes(Service& service, std::shared_ptr<WaitCount> waits)
      : service_(service), waits_(std::move(waits)) {}

  void Submit(const ExchangePtr& exchange) const;
  void Plan(const ExchangePtr& exchange) const;
  void List(const ExchangePtr& exchange) const;
  void Get(const ExchangePtr& exchange) const;
  void History(const ExchangePtr& exchange) const;
  enum class Action { kResubmit, kGiveUp, kCancel, kAbort };
  void Act(const ExchangePtr& exchange, Action action) const;

 private:
  Service::OrderDone ThenShow(const ExchangePtr& exchange, OrderAtVersion order) const;
  Service::OrderDone ThenFollow(const ExchangePtr& exchange, OrderAtVersion order,
                                Nanos timeout) const;
  void Submitted(const ExchangePtr& exchange, const SubmitReply& reply,
                 const std::string& external_id, Preferences prefer) const;
  void Wait(const ExchangePtr& exchange, OrderId id, AwaitOptions options, WaitTicket ticket,
            std::function<HttpResponse(const OrderSnapshot&)> render) const;

  Service& service_;
  std::shared_ptr<WaitCount> waits_;
};

HttpResponse SubmitResponse(const SubmitReply& reply, std::string body, bool minimal) {
  HttpResponse response = CreatedResponse("/v1/orders/" + FormatId(reply.id), reply);
  response.body = std::move(body);
  if (minimal) response.headers.emplace_back("Preference-Applied", "return=minimal");
  return response;
}

void OrderRoutes::Submit(const ExchangePtr& exchange) const {
  if (auto refusal = RefuseParameters(exchange->request().target, kStyle)) {
    return exchange->Respond(std::move(*refusal));
  }
  auto context = ContextOf(exchange->request(), kStyle);
  if (!context) return exchange->Respond(std::move(context.error()));
  auto order = ParseOrderJson(exchange->request().body);
  exchange->ReleaseBody();
  if (!order) return exchange->Respond(BodyRefused(kStyle, order.error()));
  const Preferences prefer = ParsePrefer(exchange->request().prefer);
  order->trace_parent = TraceParentOf(exchange->request());
  service_.SubmitOrder(
      *order, std::move(*context),
      [self = shared_from_this(), exchange, prefer,
       external_id = order->external_id](tl::expected<SubmitReply, Refusal> reply) {
        if (!reply) return exchange->Respond(ErrorResponse(kStyle, reply.error()));
        self->Submitted(exchange, *reply, external_id, prefer);
      });
}

void OrderRoutes::Submitted(const ExchangePtr& exchange, const SubmitReply& reply,
                            const std::string& external_id, Preferences prefer) const {
  const bool minimal = prefer.return_minimal;
  HttpResponse at_once = SubmitResponse(
      reply, minimal ? RenderMinimal(reply.id, reply.state) : RenderSubmitReply(reply, external_id),
      minimal);
  const unsigned wait_s = prefer.wait_s.value_or(0);
  if (wait_s == 0) return exchange->Respond(std::move(at_once));
  // The order stands, so where there is no room to wait this is its answer, not an error.
  WaitTicket ticket = TryWait(waits_);
  if (!ticket) return exchange->Respond(std::move(at_once));
  AwaitOptions options;
  options.until_settled = true;
  options.wait = std::min(Nanos{wait_s} * kSecond, kAwaitMax);
  exchange->BeginWait(std::move(at_once));
  // AwaitOrder may look into the archive, and this is a thread of the runtime.
  exchange->RunOnWorker(
      [self = shared_from_this(), exchange, reply, options, minimal, ticket = std::move(ticket)] {
        const CallbackTokens tokens = TokensFor(exchange->request().caller.role);
        self->Wait(exchange, reply.id, options, ticket,
                   [reply, minimal, tokens](const OrderSnapshot& found) {
                     return SubmitResponse(reply,
                                           minimal ? RenderMinimal(reply.id, found.state())
                                                   : RenderOrder(found.View(), tokens),
                                           minimal);
                   });
      });
}

void OrderRoutes::Wait(const ExchangePtr& exchange, OrderId id, AwaitOptions options,
                       WaitTicket ticket,
                       std::function<HttpResponse(const OrderSnapshot&)> render) const {
  service_.AwaitOrder(id, options,
                      [ticket = std::move(ticket), done = ThenRender(exchange, std::move(render))](
                          SnapshotResult found) { done(std::move(found)); });
}

void OrderRoutes::Plan(const ExchangePtr& exchange) const {
  if (auto refusal = RefuseParameters(exchange->request().target, kStyle)) {
    return exchange->Respond(std::move(*refusal));
  }
  const auto order = ParseOrderJson(exchange->request().body);
  exchange->ReleaseBody();
  if (!order) return exchange->Respond(BodyRefused(kStyle, order.error()));
  const auto plan = service_.PlanOrder(*order);
  if (!plan) return exchange->Respond(ErrorResponse(kStyle, plan.error()));
  exchange->Respond(Json200(RenderPlan(*plan)));
}

void OrderRoutes::List(const ExchangePtr& exchange) const {
  auto query = ParseListQuery(exchange->request().target);
  if (!query) return exchange->Respond(std::move(query.error()));
  service_.ListOrders(*query, [exchange](Result<OrderList> list) {
    exchange->RunOnWorker([exchange, list = std::move(list)] {
      if (!list) return exchange->Respond(ErrorResponse(kStyle, list.error()));
      exchange->Respond(Json200(RenderOrderList(*list)));
    });
  });
}

void OrderRoutes::Get(const ExchangePtr& exchange) const {
  const auto id = ParseOrderPathId(*exchange, kStyle);
  if (!id) return exchange->Respond(id.error());
  auto poll = ParsePollQuery(exchange->request().target);
  if (!poll) return exchange->Respond(std::move(poll.error()));
  const auto render = [none_match = exchange->request().if_none_match,
                       role = exchange->request().caller.role](const OrderSnapshot& snapshot) {
    if (!NoneMatchHits(none_match, ETagOf(snapshot.version()))) {
      return OrderResponse(snapshot, role);
    }
    HttpResponse response;
    response.status = 304;
    response.headers.emplace_back("ETag", ETagOf(snapshot.version()));
    return response;
  };
  const std::optional<AwaitOptions> wait = *poll;
  if (!wait.has_value()) return service_.GetOrder(*id, ThenRender(exchange, render));
  WaitTicket ticket = TryWait(waits_);
  if (!ticket) {
    return exchange->Respond(BusyResponse(kStyle, "too many requests wait for an order"));
  }
  exchange->BeginWait(BusyResponse(kStyle, "the server is stopping"));
  Wait(exchange, *id, *wait, std::move(ticket), render);
}

void OrderRoutes::History(const ExchangePtr& exchange) const {
  const auto id = ParseOrderPathId(*exchange, kStyle);
  if (!id) return exchange->Respond(id.error());
  const auto query = ParseHistoryQuery(exchange->request().target);
  if (!query) return exchange->Respond(query.error());
  service_.GetOrder(*id, ThenRender(exchange, [query = *query](const OrderSnapshot& snapshot) {
    // One more than wanted tells whether there is another page.
    auto items = snapshot.History(query.first, query.limit + 1);
    if (items.size() <= query.limit) return Json200(RenderHistory(items, ""));
    items.pop_back();
    return Json200(RenderHistory(items, std::to_string(query.first + query.limit)));
  }));
}

void OrderRoutes::Act(const ExchangePtr& exchange, Action action) const {
  if (auto refusal = RefuseParameters(exchange->request().target, kStyle)) {
    return exchange->Respond(std::move(*refusal));
  }
  const auto id = ParseOrderPathId(*exchange, kStyle);
  if (!id) return exchange->Respond(id.error());
  const auto version = ParseIfMatch(exchange->request().if_match, kStyle);
  if (!version) return exchange->Respond(version.error());
  const OrderAtVersion order(*id, *version);
  auto body = ParseActionJson(exchange->request().body);
  exchange->ReleaseBody();
  if (!body) return exchange->Respond(BodyRefused(kStyle, body.error()));
  const std::string& actor = exchange->request().caller.name;
  switch (action) {
    case Action::kResubmit:
      return service_.ResubmitOrder(order, actor, std::move(body->description),
                                    ThenShow(exchange, order));
    case Action::kGiveUp:
      return service_.GiveUpOrder(order, actor, std::move(body->description),
                                  ThenShow(exchange, order));
    case Action::kCancel:
      return service_.CancelOrder(order, actor, std::move(body->description),
                                  ThenFollow(exchange, order, body->timeout));
    case Action::kAbort:
      return service_.AbortOrder(order, actor, std::move(body->description),
                                 ThenFollow(exchange, order, body->timeout));
  }
}

// The order after an action.
Service::OrderDone OrderRoutes::ThenShow(const ExchangePtr& exchange, OrderAtVersion order) const {
  auto show = [role = exchange->request().caller.role](const OrderSnapshot& found) {
    HttpResponse response = OrderResponse(found, role);
    response.must_be_sent = true;
    return response;
  };
  return UnlessChanged(service_, exchange, kStyle, order, ThenRender(exchange, std::move(show)));
}

// The order after a wish that may take effect later: 202 as long as it has not.
Service::OrderDone OrderRoutes::ThenFollow(const ExchangePtr& exchange, OrderAtVersion order,
                                           Nanos timeout) const {
  const auto render = [role = exchange->request().caller.role](const OrderSnapshot& found) {
    HttpResponse response = OrderResponse(found, role);
    response.status = IsFinal(found.state()) ? 200 : 202;
    response.must_be_sent = true;
    return response;
  };
  auto follow = [self = shared_from_this(), exchange, timeout, render](SnapshotResult found) {
    exchange->RunOnWorker([self, exchange, timeout, render, found = std::move(found)] {
      if (!found) return exchange->Respond(ErrorResponse(kStyle, found.error()));
      HttpResponse at_once = render(**found);
      WaitTicket ticket = at_once.status == 202 && timeout > 0 ? TryWait(self->waits_) : nullptr;
      // Where there is no room to wait this is the answer: the wish stands.
      if (!ticket) return exchange->Respond(std::move(at_once));
      AwaitOptions options;
      options.until_settled = true;
      options.wait = timeout;
      exchange->BeginWait(std::move(at_once));
      self->Wait(exchange, (*found)->id(), options, std::move(ticket), render);
    });
  };
  return UnlessChanged(service_, exchange, kStyle, order, std::move(follow));
}

}  // namespace

WaitTicket TryWait(const std::shared_ptr<WaitCount>& waits) {
  if (waits->now.fetch_add(1) >= waits->max) {
    waits->now.fetch_sub(1);
    return nullptr;
  }
  return WaitTicket(waits.get(), [waits](void*) { waits->now.fetch_sub(1); });
}

void AddOrderRoutes(Router& router, Service& service, std::shared_ptr<WaitCount> waits) {
  const auto routes = std::make_shared<const OrderRoutes>(service, std::move(waits));
  const auto add = [&](Method method, std::string_view pattern, bool on_worker,
                       void (OrderRoutes::*handler)(const ExchangePtr&) const) {
    router.Add(method, pattern, on_worker, [routes, handler](const ExchangePtr& exchange) {
      (routes.get()->*handler)(exchange);
    });
  };
  add(Method::kPost, "/v1/orders", false, &OrderRoutes::Submit);
  add(Method::kGet, "/v1/orders", true, &OrderRoutes::List);
  add(Method::kPost, "/v1/orders:plan", true, &OrderRoutes::Plan);
  add(Method::kGet, "/v1/orders/{id}", true, &OrderRoutes::Get);
  add(Method::kGet, "/v1/orders/{id}/history", true, &OrderRoutes::History);
  const auto act = [&](std::string_view pattern, OrderRoutes::Action action) {
    router.Add(Method::kPost, pattern, true,
               [routes, action](const ExchangePtr& exchange) { routes->Act(exchange, action); });
  };
  act("/v1/orders/{id}/resubmit", OrderRoutes::Action::kResubmit);
  act("/v1/orders/{id}/giveUp", OrderRoutes::Action::kGiveUp);
  act("/v1/orders/{id}/cancel", OrderRoutes::Action::kCancel);
  act("/v1/orders/{id}/abort", OrderRoutes::Action::kAbort);
}

}  // namespace cairn::http
