#include "runtime/order_snapshot.h"

#include "base/bytes.h"
#include "base/check.h"
#include "base/json.h"
#include "engine/orders/decide.h"
#include "engine/orders/events.h"
#include "engine/orders/secrets.h"
#include "engine/orders/work_order_input.h"

#include <fmt/format.h>

#include <algorithm>

namespace cairn {
namespace {

constexpr char kArchiveFormat = 1;

// Empty: a work order.
std::string_view KindName(records::StepKind kind) {
  if (kind == records::CHOICE) return "choice";
  if (kind == records::ASSIGNMENT) return "set";
  if (kind == records::END) return "end";
  return kind == records::COMPENSATION ? "compensation" : "";
}

std::string_view EndName(records::ProcessEnd end) {
  if (end == records::END_FAIL) return "fail";
  return end == records::END_RETRY ? "retry" : "pass";
}

// What could undo a step is not worth a word before it does.
bool IsShown(const Order& order, std::uint32_t w) {
  return order.step(w).kind() != records::COMPENSATION || order.work_orders[w].sends > 0 ||
         order.work_orders[w].error.size > 0;
}

WorkOrderView ViewWorkOrder(const Order& order, const CallbackTokens* tokens, std::uint32_t w) {
  const WorkOrder& work_order = order.work_orders[w];
  const records::Step& step = order.step(w);
  WorkOrderView view;
  view.id = WorkOrderName(order.id, w);
  view.step = step.name();
  view.cartridge = step.cartridge();
  view.operation = step.operation();
  view.kind = KindName(step.kind());
  view.state = work_order.state;
  if (step.kind() == records::COMPENSATION) {
    const TechnicalOrder& technical = order.technical_orders[work_order.technical_order];
    view.compensates = order.step(technical.first_work_order + step.compensates()).name();
  }
  if (step.kind() == records::END) view.ends = EndName(step.end());
  if (step.kind() == records::CHOICE && work_order.state == WorkOrderState::kCompleted) {
    view.branch = work_order.branch;
  }
  view.detail = std::string(order.Text(work_order.error));
  if (work_order.sends > 0) view.input = WorkOrderInput(order, w);
  const bool done = work_order.state == WorkOrderState::kCompleted ||
                    work_order.state == WorkOrderState::kRolledBack;
  if (IsCall(step) && (done || work_order.output.size > 0)) {
    view.output = Fields::FromEncoded(std::string(order.Text(work_order.output)));
  }
  view.by_person = IsCall(step) && order.cartridge(w).has_manual();
  if (work_order.state == WorkOrderState::kWaiting) {
    view.deadline = std::min(work_order.deadline, StepDeadline(order, w));
    if (tokens != nullptr) {
      view.callback_token = tokens->Make(
          {.work_order = {order.id, w}, .run = work_order.run, .attempt = work_order.attempt});
    }
  }
  return view;
}

TechnicalOrderView ViewTechnicalOrder(const Order& order, const CallbackTokens* tokens,
                                      std::uint32_t t) {
  const TechnicalOrder& technical = order.technical_orders[t];
  TechnicalOrderView view;
  view.id = fmt::format("{}-{}", FormatIdNumber("to", order.id.value()), t);
  view.name = order.catalog->technical(technical.plan->definition()).name();
  view.state = technical.state;
  view.slice = technical.plan->slice();
  for (std::uint32_t w = technical.first_work_order; w < order.work_order_end(t); ++w) {
    if (IsShown(order, w)) view.work_orders.push_back(ViewWorkOrder(order, tokens, w));
  }
  return view;
}

ProductOrderView ViewProductOrder(const Order& order, const CallbackTokens* tokens,
                                  std::uint32_t p) {
  const ProductOrder& product_order = order.product_orders[p];
  const records::ProductOrderPlan& plan = *product_order.plan;
  ProductOrderView view;
  view.id = plan.id();
  view.item_id = plan.item_id().empty() ? plan.id() : plan.item_id();
  view.product = order.catalog->product(plan.product()).name();
  view.action = VerbName(plan.verb());
  view.state = product_order.state;
  view.added_by_rule = plan.added_by_rule();
  view.dropped_by_delta = plan.dropped_by_delta();
  view.service = plan.service();
  view.parameters = Fields::FromEncoded(plan.parameters());
  for (const std::uint32_t before : plan.depends_on()) {
    view.depends_on.push_back(order.product_orders[before].plan->id());
  }
  view.slice = UINT32_MAX;
  for (std::uint32_t t = product_order.first_technical_order; t < order.technical_order_end(p);
       ++t) {
    view.technical_orders.push_back(ViewTechnicalOrder(order, tokens, t));
    view.slice = std::min(view.slice, view.technical_orders.back().slice);
  }
  if (view.technical_orders.empty()) view.slice = 0;
  return view;
}

// Of a step among those of its technical order that are shown.
std::size_t PlaceOf(const Order& order, const TechnicalOrder& technical, std::uint32_t w) {
  std::size_t place = w - technical.first_work_order;
  // Nothing is hidden before what undoes a step, and those stand behind everything else.
  for (std::uint32_t before = w; before-- > technical.first_work_order;) {
    if (order.step(before).kind() != records::COMPENSATION) break;
    if (!IsShown(order, before)) --place;
  }
  return place;
}

void ViewAttempts(const Order& order, OrderView& view) {
  for (const Attempt& attempt : order.attempts) {
    const WorkOrder& work_order = order.work_orders[attempt.work_order];
    const TechnicalOrder& technical = order.technical_orders[work_order.technical_order];
    ProductOrderView& parent = view.product_orders[technical.plan->product_order()];
    const std::uint32_t first =
        order.product_orders[technical.plan->product_order()].first_technical_order;
    auto& work_orders = parent.technical_orders[work_order.technical_order - first].work_orders;
    AttemptView row{.run = attempt.run,
                    .n = attempt.n,
                    .sent_at = attempt.sent_at,
                    .answered_at = attempt.answered_at,
                    .outcome = std::nullopt,
                    .detail = std::string(order.Text(attempt.detail))};
    if (attempt.answered || attempt.outcome == Outcome::kDelayed) row.outcome = attempt.outcome;
    work_orders[PlaceOf(order, technical, attempt.work_order)].attempts.push_back(std::move(row));
  }
}

std::vector<std::vector<std::string>> ViewSlices(const Order& order) {
  std::vector<std::vector<std::string>> slices(order.slice_count());
  for (std::uint32_t s = 0; s < order.slice_count(); ++s) {
    std::uint32_t last = UINT32_MAX;
    for (std::uint32_t i = order.slices.starts[s]; i < order.slices.starts[s + 1]; ++i) {
      const std::uint32_t p = order.technical_orders[order.slices.members[i]].plan->product_order();
      if (p != last) slices[s].push_back(order.product_orders[p].plan->id());
      last = p;
    }
  }
  return slices;
}

void HideSecrets(const Order& order, OrderView& view) {
  const SecretValues secrets(order);
  if (secrets.empty()) return;
  view.dataset = secrets.Hide(view.dataset);
  if (auto document = ParseJson(view.tmf_document)) {
    view.tmf_document = secrets.HideInDocument(std::move(*document)).Serialize();
  }
  for (ProductOrderView& product_order : view.product_orders) {
    product_order.parameters = secrets.Hide(product_order.parameters);
    for (TechnicalOrderView& technical : product_order.technical_orders) {
      for (WorkOrderView& work_order : technical.work_orders) {
        if (work_order.input) work_order.input = secrets.Hide(*work_order.input);
        if (work_order.output) work_order.output = secrets.Hide(*work_order.output);
        work_order.detail = secrets.Hide(std::move(work_order.detail));
        for (AttemptView& attempt : work_order.attempts) {
          attempt.detail = secrets.Hide(std::move(attempt.detail));
        }
      }
    }
  }
}

Json Names(const Order& order, const google::protobuf::RepeatedField<std::uint32_t>& work_orders) {
  Json names = Json::Array();
  for (const std::uint32_t w : work_orders) names.Push(Json::String(WorkOrderName(order.id, w)));
  return names;
}

// What a history item tells of an event. It is for people: slices count from 1 there.
class Detail {
 public:
  explicit Detail(const Order& order) : order_(order) {}

  void operator()(const records::SliceStarted& event) {
    json.Set("slice", Json::Number(event.slice() + 1));
  }
  void operator()(const records::WorkOrdersSent& event) {
    json.Set("workOrders", Names(order_, event.work_orders()));
  }
  void operator()(const records::WorkOrderAnswered& event) {
    Answer(event);
    if (event.retry_at() != 0) json.Set("retryAt", Json::String(FormatTime(event.retry_at())));
  }
  void operator()(const records::WorkOrderAnswerIgnored& event) { Answer(event); }
  void operator()(const records::OrderLeftPop& event) {
    json.Set("port", Json::String(std::string(Name(static_cast<Port>(event.port())))));
    json.Set("state", Json::String(std::string(Name(static_cast<OrderState>(event.state())))));
  }
  void operator()(const records::OrderResubmitted& event) {
    json.Set("run", Json::Number(event.run()));
    json.Set("firstSlice", Json::Number(event.first_slice() + 1));
    json.Set("description", Json::String(event.description()));
  }
  void operator()(const records::OrderGivenUp& event) {
    json.Set("description", Json::String(event.description()));
  }
  void operator()(const records::WorkOrderDelayed& event) {
    json.Set("workOrder", Json::String(WorkOrderName(order_.id, event.work_order())));
    json.Set("run", Json::Number(event.run()));
    json.Set("attempt", Json::Number(event.attempt()));
    json.Set("deadline", Json::String(FormatTime(event.deadline())));
    if (!event.detail().empty()) json.Set("detail", Json::String(event.detail()));
  }
  void operator()(const records::OrderCancelRequested& event) {
    json.Set("abort", Json::Bool(event.abort()));
    json.Set("description", Json::String(event.description()));
  }
  void operator()(const records::OrderCancelled& event) {
    json.Set("description", Json::String(event.description()));
  }
  void operator()(const records::OrderPatched& event) {
    json.Set("description", Json::String(event.description()));
  }
  void operator()(const records::WorkOrderVerified& event) { Answer(event); }

  void operator()(const records::StepEvaluated& event) {
    const records::Step& step = order_.step(event.work_order());
    json.Set("workOrder", Json::String(WorkOrderName(order_.id, event.work_order())));
    json.Set("step", Json::String(step.name()));
    json.Set("run", Json::Number(event.run()));
    const auto outcome = static_cast<Outcome>(event.outcome());
    const bool ok = outcome == Outcome::kOk;
    if (static_cast<EvaluationPhase>(event.phase()) == EvaluationPhase::kEval) {
      json.Set("hook", Json::String("onEval"));
    }
    if (ok && step.kind() == records::CHOICE) json.Set("branch", Json::Number(event.branch() + 1));
    if (ok && step.kind() == records::END) {
      json.Set("ends", Json::String(std::string(EndName(step.end()))));
    }
    Changes(event.changes());
    if (!ok) json.Set("outcome", Json::String(std::string(Name(outcome))));
    if (!event.error().empty()) json.Set("detail", Json::String(event.error()));
  }

  Json json = Json::Object();

 private:
  // The names of what was set; the values may be none of the reader's business.
  void Changes(const google::protobuf::RepeatedPtrField<records::DatasetChange>& changes) {
    constexpr std::string_view kScopes[] = {"technicalOrder", "productOrder", "order"};
    if (changes.empty()) return;
    Json set = Json::Object();
    for (const records::DatasetChange& change : changes) {
      Json names = Json::Array();
      for (const Fields::Field& field : Fields::FromEncoded(change.fields())) {
        names.Push(Json::String(std::string(field.name)));
      }
      set.Set(std::string(kScopes[std::min<std::uint32_t>(change.scope(), 2)]), std::move(names));
    }
    json.Set("set", std::move(set));
  }

  template <typename Event>
  void Answer(const Event& event) {
    json.Set("workOrder", Json::String(WorkOrderName(order_.id, event.work_order())));
    json.Set("run", Json::Number(event.run()));
    json.Set("attempt", Json::Number(event.attempt()));
    json.Set("outcome", Json::String(std::string(Name(static_cast<Outcome>(event.outcome())))));
    if (!event.detail().empty()) json.Set("detail", Json::String(event.detail()));
  }

  const Order& order_;
};

class Snapshot final : public OrderSnapshot {
 public:
  Snapshot(std::shared_ptr<const Order> order, std::shared_ptr<const CallbackTokens> tokens)
      : order_(std::move(order)), tokens_(std::move(tokens)) {}

  OrderId id() const override { return order_->id; }
  OrderState state() const override { return order_->state; }
  std::uint64_t version() const override { return order_->version; }

  OrderView View() const override {
    const Order& order = *order_;
    OrderView view;
    view.summary = SummaryOf(order);
    view.version = order.version;
    view.stop_all = order.accepted->stop_all();
    view.sequential = order.accepted->sequential();
    view.replayable_so_to_retry_port = !order.accepted->functional_to_fail_port();
    view.skip_failed_wo = !order.accepted->replay_failed();
    view.catalog_version = Hex64(order.catalog->hash());
    view.dataset = Fields::FromEncoded(order.accepted->dataset());
    view.slices = ViewSlices(order);
    for (std::uint32_t p = 0; p < order.product_orders.size(); ++p) {
      view.product_orders.push_back(ViewProductOrder(order, tokens_.get(), p));
    }
    ViewAttempts(order, view);
    view.tmf_document = order.tmf_document();
    view.requested_start = order.requested_start();
    view.has_priority = order.has_priority();
    view.cancel_requested = order.cancel_requested;
    view.abort_requested = order.abort_requested;
    view.cancel_description = order.cancel_description;
    HideSecrets(order, view);
    return view;
  }

  std::vector<HistoryItem> History(std::size_t first, std::size_t count) const override {
    std::vector<HistoryItem> items;
    const SecretValues secrets(*order_);
    if (first == 0 && count > 0) {
      RecordView accepted;
      accepted.event = EventType::kOrderAccepted;
      accepted.actor = order_->actor;
      items.push_back(HistoryItemOf(*order_, secrets, accepted, order_->submitted_at));
    }
    std::string_view rest = order_->trail;
    Nanos time = 0;
    RecordView record;
    std::string_view raw;
    for (std::size_t index = 1; items.size() < count; ++index) {
      const auto more = NextTimedRecord(rest, time, record, raw);
      CHECK(more.has_value());
      if (!*more) break;
      if (index < first) continue;
      items.push_back(HistoryItemOf(*order_, secrets, record, time));
    }
    return items;
  }

 private:
  std::shared_ptr<const Order> order_;
  std::shared_ptr<const CallbackTokens> tokens_;
};

}  // namespace

std::shared_ptr<const OrderSnapshot> MakeOrderSnapshot(
    std::shared_ptr<const Order> order, std::shared_ptr<const CallbackTokens> tokens) {
  return std::make_shared<Snapshot>(std::move(order), std::move(tokens));
}

HistoryItem HistoryItemOf(const Order& order, const SecretValues& secrets, const RecordView& record,
                          Nanos at) {
  HistoryItem item{.at = at,
                   .event = std::string(EventName(record.event)),
                   .actor = std::string(record.actor),
                   .detail = "{}"};
  if (record.event == EventType::kOrderAccepted) return item;
  const auto event = ParseOrderEvent(record);
  CHECK(event.has_value());
  Detail detail(order);
  std::visit(detail, *event);
  item.detail = secrets.HideInDocument(std::move(detail.json)).Serialize();
  return item;
}

OrderSummary SummaryOf(const Order& order) {
  OrderSummary summary{.id = order.id,
                       .external_id = order.external_id(),
                       .customer = order.accepted->customer(),
                       .priority = order.priority(),
                       .state = order.state,
                       .port = order.port,
                       .run = order.run,
                       .submitted_at = order.submitted_at,
                       .started_at = order.started_at,
                       .ended_at = order.ended_at,
                       .products = {},
                       .cancel_requested = order.cancel_requested};
  std::vector<std::uint32_t> products;
  for (const ProductOrder& product_order : order.product_orders) {
    const std::uint32_t product = product_order.plan->product();
    if (products.empty() || products.back() != product) products.push_back(product);
  }
  std::sort(products.begin(), products.end());
  products.erase(std::unique(products.begin(), products.end()), products.end());
  for (const std::uint32_t product : products) {
    summary.products.push_back(order.catalog->product(product).name());
  }
  return summary;
}

std::string ArchiveBody(const Order& order) {
  std::string body;
  body.push_back(kArchiveFormat);
  AppendVarint(body, order.further_parts.size());
  for (const auto& part : order.further_parts) AppendSized(body, part->SerializeAsString());
  AppendOrderSnapshot(body, order);
  return body;
}

Result<std::shared_ptr<const Order>> OrderFromArchiveBody(std::string_view body,
                                                          const FindCatalog& find_catalog) {
  ByteReader reader(body);
  if (reader.Fixed<char>() != kArchiveFormat) {
    return Fail(ErrorCode::kIncompatible, "an archived order of an unknown format");
  }
  std::vector<std::shared_ptr<const records::OrderPart>> parts;
  const std::uint64_t count = reader.Varint();
  for (std::uint64_t i = 0; i < count && reader.ok(); ++i) {
    const std::string_view bytes = reader.Sized();
    auto part = std::make_shared<records::OrderPart>();
    if (!part->ParseFromArray(bytes.data(), static_cast<int>(bytes.size()))) {
      return Fail(ErrorCode::kCorrupt, "a part of an archived order cannot be parsed");
    }
    parts.push_back(std::move(part));
  }
  if (!reader.ok()) return Fail(ErrorCode::kCorrupt, "an archived order is cut off");
  // The parts lie here in the order in which the snapshot names them.
  std::size_t next = 0;
  const auto find_part = [&](std::uint64_t) {
    return next < parts.size() ? parts[next++] : std::shared_ptr<const records::OrderPart>();
  };
  ASSIGN_OR_RETURN(std::unique_ptr<Order> order,
                   OrderFromSnapshot(reader.rest(), find_catalog, find_part));
  return std::shared_ptr<const Order>(std::move(order));
}

}  // namespace cairn
