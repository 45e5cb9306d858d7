#include "edges/http/tmf641_routes.h"

#include "edges/http/if_match.h"
#include "edges/http/order_query.h"
#include "edges/http/problem.h"
#include "edges/http/submission.h"
#include "edges/http/tmf641_cancel_routes.h"
#include "edges/http/tmf641_list.h"
#include "edges/http/tmf641_patch.h"
#include "edges/http/tmf641_query.h"
#include "edges/http/tmf641_read.h"
#include "edges/http/tmf641_render.h"

#include <fmt/format.h>

#include <memory>

namespace cairn::http {
namespace {

constexpr ErrorStyle kStyle = ErrorStyle::kTmf;

// Renders on a worker: how long that takes depends on the order.
Service::OrderDone ThenShow(const ExchangePtr& exchange, TmfFieldNames fields,
                            HttpResponse response) {
  return [exchange, fields = std::move(fields),
          response = std::move(response)](Result<std::shared_ptr<const OrderSnapshot>> found) {
    exchange->RunOnWorker([exchange, fields, response, found = std::move(found)] {
      if (exchange->abandoned()) return;
      if (!found) return exchange->Respond(ErrorResponse(kStyle, found.error()));
      HttpResponse shown = response;
      shown.content_type = kTypeTmfJson;
      shown.headers.emplace_back("ETag", fmt::format("\"{}\"", (*found)->version()));
      shown.body = RenderTmf641Order((*found)->View(), fields);
      exchange->Respond(std::move(shown));
    });
  };
}

void Created(Service& service, const ExchangePtr& exchange, const SubmitReply& reply,
             const std::string& document) {
  HttpResponse response =
      CreatedResponse(fmt::format("{}/{}", kTmf641Base, FormatId(reply.id)), reply);
  exchange->RunOnWorker([&service, exchange, reply, document, response] {
    // Of a repeat we only know which order it is, not how far that has come.
    if (reply.repeated || reply.state != OrderState::kNew) {
      return service.GetOrder(reply.id, ThenShow(exchange, std::nullopt, response));
    }
    HttpResponse accepted = response;
    accepted.content_type = kTypeTmfJson;
    accepted.body = RenderTmf641Accepted(document, reply);
    exchange->Respond(std::move(accepted));
  });
}

void Create(Service& service, const ExchangePtr& exchange) {
  if (auto refusal = RefuseParameters(exchange->request().target, kStyle)) {
    return exchange->Respond(std::move(*refusal));
  }
  auto context = ContextOf(exchange->request(), kStyle);
  if (!context) return exchange->Respond(std::move(context.error()));
  auto order = ParseTmf641Order(exchange->request().body);
  exchange->ReleaseBody();
  if (!order) return exchange->Respond(BodyRefused(kStyle, order.error()));
  service.SubmitOrder(*order, std::move(*context),
                      [&service, exchange,
                       document = order->tmf_document](tl::expected<SubmitReply, Refusal> reply) {
                        if (!reply) return exchange->Respond(ErrorResponse(kStyle, reply.error()));
                        Created(service, exchange, *reply, document);
                      });
}

void List(Service& service, const ExchangePtr& exchange) {
  auto query = ParseTmfListQuery(exchange->request().target, kTmfServiceOrder);
  if (!query) return exchange->Respond(std::move(query.error()));
  ListTmf641Orders(service, exchange, std::move(*query));
}

void Get(Service& service, const ExchangePtr& exchange) {
  const auto id = ParseOrderPathId(*exchange, kStyle);
  if (!id) return exchange->Respond(id.error());
  auto fields = ParseTmfGetQuery(exchange->request().target);
  if (!fields) return exchange->Respond(std::move(fields.error()));
  service.GetOrder(*id, ThenShow(exchange, std::move(*fields), {}));
}

// One patch under way: read the order -> change it -> cancel it where that was asked for -> show
// it.
class Patching : public std::enable_shared_from_this<Patching> {
 public:
  Patching(Service& service, ExchangePtr exchange, OrderAtVersion order)
      : service_(service), exchange_(std::move(exchange)), id_(order.id), version_(order.version) {}

  void Start() {
    service_.GetOrder(id_, [self = shared_from_this()](Result<Found> found) {
      self->exchange_->RunOnWorker([self, found = std::move(found)] { self->Apply(found); });
    });
  }

 private:
  using Found = std::shared_ptr<const OrderSnapshot>;
  static constexpr int kTriesMax = 5;  // when others change the order at the same time

  void Apply(const Result<Found>& found) {
    if (!found) return exchange_->Respond(ErrorResponse(kStyle, found.error()));
    const std::uint64_t version = (*found)->version();
    if (version_ != 0 && version_ != version) {
      return exchange_->Respond(ErrorResponse(
          kStyle, 412, "the order was changed meanwhile",
          {{"If-Match", "version-mismatch", fmt::format("the order has version {}", version)}}));
    }
    auto patch = ReadTmf641Patch(exchange_->request().body, (*found)->View());
    if (!patch) return exchange_->Respond(BodyRefused(kStyle, patch.error()));
    cancels_ = patch->cancels;
    const Caller& caller = exchange_->request().caller;
    if (cancels_ && caller.role < Role::kOperator) {
      return exchange_->Respond(
          ErrorResponse(kStyle, 403,
                        fmt::format("the key '{}' is a {}'s; to cancel an order needs the role {}",
                                    caller.name, Name(caller.role), Name(Role::kOperator))));
    }
    if (!patch->changes) return Changed(*found);
    patch->change.actor = exchange_->request().caller.name;
    patch->change.expected_version = version;
    service_.PatchOrder(id_, std::move(patch->change),
                        [self = shared_from_this()](Result<Found> changed) {
                          self->exchange_->RunOnWorker([self, changed = std::move(changed)] {
                            const bool again = !changed && self->version_ == 0 &&
                                               changed.error().code == ErrorCode::kConflict &&
                                               ++self->tries_ < kTriesMax;
                            if (again) return self->Start();
                            self->Changed(changed);
                          });
                        });
  }

  void Changed(const Result<Found>& changed) {
    if (!changed || !cancels_) return Show(changed);
    service_.CancelOrder(id_, exchange_->request().caller.name, {},
                         [self = shared_from_this()](Result<Found> cancelled) {
                           self->exchange_->RunOnWorker([self, cancelled = std::move(cancelled)] {
                             self->Cancelled(cancelled);
                           });
                         });
  }

  void Cancelled(const Result<Found>& cancelled) {
    if (cancelled || cancelled.error().code != ErrorCode::kConflict) return Show(cancelled);
    exchange_->Respond(
        BodyRefused(kStyle, {{"/state", "state-not-allowed", cancelled.error().message}}));
  }

  void Show(const Result<Found>& order) { ThenShow(exchange_, std::nullopt, {})(order); }

  Service& service_;
  ExchangePtr exchange_;
  OrderId id_;
  const std::uint64_t version_;  // that the client has seen; 0: any will do
  int tries_ = 0;
  bool cancels_ = false;
};

void Patch(Service& service, const ExchangePtr& exchange) {
  if (auto refusal = RefuseParameters(exchange->request().target, kStyle)) {
    return exchange->Respond(std::move(*refusal));
  }
  const auto id = ParseOrderPathId(*exchange, kStyle);
  if (!id) return exchange->Respond(id.error());
  const auto version = ParseIfMatch(exchange->request().if_match, kStyle);
  if (!version) {
    // An ETag that is none of ours is of no version that the order has.
    return exchange->Respond(ErrorResponse(kStyle, 412, "If-Match names no version of the order"));
  }
  std::make_shared<Patching>(service, exchange, OrderAtVersion(*id, *version))->Start();
}

void Delete(Service& service, const ExchangePtr& exchange) {
  if (auto refusal = RefuseParameters(exchange->request().target, kStyle)) {
    return exchange->Respond(std::move(*refusal));
  }
  const auto id = ParseOrderPathId(*exchange, kStyle);
  if (!id) return exchange->Respond(id.error());
  service.DeleteOrder(*id, exchange->request().caller.name, [exchange](const Status& deleted) {
    if (!deleted) return exchange->Respond(ErrorResponse(kStyle, deleted.error()));
    HttpResponse response;
    response.status = 204;
    response.must_be_sent = true;
    exchange->Respond(std::move(response));
  });
}

}  // namespace

void AddTmf641Routes(Router& router, Service& service) {
  const auto add = [&](Method method, std::string_view pattern, bool on_worker,
                       void (*handler)(Service&, const ExchangePtr&)) {
    router.Add(
        method, pattern, on_worker,
        [&service, handler](const ExchangePtr& exchange) { handler(service, exchange); },
        kTypeJson);
  };
  add(Method::kPost, kTmf641Base, false, Create);
  add(Method::kGet, kTmf641Base, true, List);
  add(Method::kGet, fmt::format("{}/{{id}}", kTmf641Base), true, Get);
  add(Method::kPatch, fmt::format("{}/{{id}}", kTmf641Base), false, Patch);
  add(Method::kDelete, fmt::format("{}/{{id}}", kTmf641Base), false, Delete);
  AddTmf641CancelRoutes(router, service);
}

}  // namespace cairn::http
