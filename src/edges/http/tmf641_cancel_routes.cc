#include "edges/http/tmf641_cancel_routes.h"

#include "edges/http/problem.h"
#include "edges/http/submission.h"
#include "edges/http/tmf641_cancel.h"
#include "edges/http/tmf641_gather.h"
#include "edges/http/tmf641_list.h"
#include "edges/http/tmf641_query.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <functional>
#include <memory>
#include <utility>

namespace cairn::http {
namespace {

constexpr ErrorStyle kStyle = ErrorStyle::kTmf;
constexpr std::size_t kFetchMax = 50;  // orders in memory at once
// Where orders with a wish are. Those that are cancelled last, since that is where the others go.
constexpr std::array<OrderState, 4> kStates = {OrderState::kRunning, OrderState::kWaiting,
                                               OrderState::kRollingBack, OrderState::kCancelled};

HttpResponse TaskResponse(unsigned status, const Json& task) {
  HttpResponse response;
  response.status = status;
  response.content_type = kTypeTmfJson;
  response.must_be_sent = status == 201;
  response.body = task.Serialize();
  return response;
}

void Cancelled(const ExchangePtr& exchange, const OrderSnapshot& order) {
  const std::vector<Json> tasks = Tmf641CancelTasks(order, exchange->request().host);
  if (tasks.empty()) {
    return exchange->Respond(ErrorResponse(kStyle, 500, "the cancellation left no trace"));
  }
  HttpResponse response = TaskResponse(201, tasks.back());
  response.headers.emplace_back(
      "Location", fmt::format("{}/{}", kTmf641CancelBase, tasks.back().Find("id")->text()));
  exchange->Respond(std::move(response));
}

void Create(Service& service, const ExchangePtr& exchange) {
  if (auto refusal = RefuseParameters(exchange->request().target, kStyle)) {
    return exchange->Respond(std::move(*refusal));
  }
  auto request = ReadTmf641Cancel(exchange->request().body, service.now());
  if (!request) return exchange->Respond(BodyRefused(kStyle, request.error()));
  if (!request->order.valid()) {
    return exchange->Respond(
        BodyRefused(kStyle, {{"/serviceOrder/id", "unknown-order",
                              fmt::format("there is no order '{}'", request->order_text)}}));
  }
  service.CancelOrder(
      request->order, exchange->request().caller.name, std::move(request->description),
      [exchange](Result<Snapshot> order) {
        exchange->RunOnWorker([exchange, order = std::move(order)] {
          if (order) return Cancelled(exchange, **order);
          if (order.error().code != ErrorCode::kNotFound) {
            return exchange->Respond(ErrorResponse(kStyle, order.error()));
          }
          exchange->Respond(
              BodyRefused(kStyle, {{"/serviceOrder/id", "unknown-order", order.error().message}}));
        });
      });
}

void Get(Service& service, const ExchangePtr& exchange) {
  auto fields = ParseTmfGetQuery(exchange->request().target);
  if (!fields) return exchange->Respond(std::move(fields.error()));
  const auto refuse = [exchange] {
    exchange->Respond(ErrorResponse(kStyle, 404,
                                    fmt::format("there is no cancellation '{}'",
                                                exchange->path_id().substr(0, kNameBytesMax))));
  };
  const auto id = ParseTmf641CancelId(exchange->path_id());
  if (!id) return refuse();
  GatherOrders(service, exchange, {id->first},
               [exchange, refuse, number = id->second,
                fields = std::move(*fields)](const Snapshots& orders) {
                 if (orders.front() == nullptr) return refuse();
                 auto tasks = Tmf641CancelTasks(*orders.front(), exchange->request().host);
                 if (number > tasks.size()) return refuse();
                 ChooseFields(tasks[number - 1], kTmfCancelServiceOrder, fields);
                 exchange->Respond(TaskResponse(200, tasks[number - 1]));
               });
}

// One listing under way: collect the orders -> read them, newest first -> render the page.
class Listing : public std::enable_shared_from_this<Listing> {
 public:
  Listing(Service& service, ExchangePtr exchange, TmfListQuery query)
      : service_(service), exchange_(std::move(exchange)), query_(std::move(query)) {}

  void Start() {
    const auto by_order = std::find_if(query_.conditions.begin(), query_.conditions.end(),
                                       [](const TmfCondition& condition) {
                                         return condition.attribute().name() == "serviceOrder.id" &&
                                                condition.op() == TmfCondition::Operator::kEq;
                                       });
    if (by_order == query_.conditions.end()) return Scan();
    for (const std::string& text : by_order->alternatives()) {
      const auto id = ParseId<OrderTag>(text);
      if (id && id->valid()) ids_.push_back(*id);
    }
    Collected();
  }

 private:
  void Scan() {
    if (exchange_->abandoned()) return;
    if (next_state_ == kStates.size()) return Collected();
    OrderQuery question;
    question.state = kStates[next_state_];
    question.before = before_;
    question.limit = kListLimitMax;
    service_.ListOrders(question, [self = shared_from_this()](Result<OrderList> list) {
      self->exchange_->RunOnWorker([self, list = std::move(list)] { self->Scanned(list); });
    });
  }

  void Scanned(const Result<OrderList>& list) {
    if (!list) return exchange_->Respond(ErrorResponse(kStyle, list.error()));
    scanned_ += list->items.size();
    if (scanned_ > kTmfScanMax) return RefuseAsTooBroad(kTmfScanMax);
    for (const OrderSummary& row : list->items) {
      if (row.state == OrderState::kCancelled || row.cancel_requested) ids_.push_back(row.id);
    }
    before_ = list->next;
    if (!before_.valid()) ++next_state_;
    Scan();
  }

  void RefuseAsTooBroad(std::size_t limit) {
    exchange_->Respond(ErrorResponse(
        kStyle, 400, "the list cannot be made",
        {{"", "too-broad",
          fmt::format("more than {} orders would have to be looked at: ask by serviceOrder.id",
                      limit)}}));
  }

  void Collected() {
    std::sort(ids_.begin(), ids_.end(), std::greater<>());
    ids_.erase(std::unique(ids_.begin(), ids_.end()), ids_.end());
    if (ids_.size() > kTmfDetailsMax) return RefuseAsTooBroad(kTmfDetailsMax);
    Read(0);
  }

  void Read(std::size_t from) {
    if (exchange_->abandoned()) return;
    if (from >= ids_.size()) return Finish();
    const std::size_t to = std::min(ids_.size(), from + kFetchMax);
    const auto at = [this](std::size_t index) {
      return ids_.begin() + static_cast<std::ptrdiff_t>(index);
    };
    GatherOrders(service_, exchange_, {at(from), at(to)},
                 [self = shared_from_this(), to](const Snapshots& orders) {
                   for (const Snapshot& order : orders) {
                     if (order != nullptr) self->Take(*order);
                   }
                   self->Read(to);
                 });
  }

  void Take(const OrderSnapshot& order) {
    std::vector<Json> tasks = Tmf641CancelTasks(order, exchange_->request().host);
    for (auto task = tasks.rbegin(); task != tasks.rend(); ++task) {
      if (Meets(query_, *task)) tasks_.push_back(std::move(*task));
    }
  }

  void Finish() {
    std::stable_sort(tasks_.begin(), tasks_.end(), [this](const Json& a, const Json& b) {
      return SortsBefore(query_, SortValuesOf(query_, a), SortValuesOf(query_, b));
    });
    const std::size_t end = std::min(tasks_.size(), query_.offset + query_.limit);
    const std::size_t begin = std::min(query_.offset, end);
    Json page = Json::Array();
    for (std::size_t i = begin; i < end; ++i) {
      ChooseFields(tasks_[i], kTmfCancelServiceOrder, query_.fields);
      page.Push(std::move(tasks_[i]));
    }
    exchange_->Respond(TmfPage(page.Serialize(), end - begin, tasks_.size()));
  }

  Service& service_;
  ExchangePtr exchange_;
  TmfListQuery query_;
  std::size_t next_state_ = 0;
  OrderId before_;
  std::size_t scanned_ = 0;
  std::vector<OrderId> ids_;
  std::vector<Json> tasks_;
};

void List(Service& service, const ExchangePtr& exchange) {
  auto query = ParseTmfListQuery(exchange->request().target, kTmfCancelServiceOrder);
  if (!query) return exchange->Respond(std::move(query.error()));
  std::make_shared<Listing>(service, exchange, std::move(*query))->Start();
}

}  // namespace

void AddTmf641CancelRoutes(Router& router, Service& service) {
  const auto add = [&](Method method, std::string_view pattern,
                       void (*handler)(Service&, const ExchangePtr&)) {
    router.Add(
        method, pattern, true,
        [&service, handler](const ExchangePtr& exchange) { handler(service, exchange); },
        kTypeJson);
  };
  add(Method::kPost, kTmf641CancelBase, Create);
  add(Method::kGet, kTmf641CancelBase, List);
  add(Method::kGet, fmt::format("{}/{{id}}", kTmf641CancelBase), Get);
}

}  // namespace cairn::http
