#include "edges/http/order_render.h"

#include "edges/http/json_writer.h"

namespace cairn::http {
namespace {

// Until an order can take another way through a node, there is one flow of one module.
constexpr std::string_view kFlow = "default";
constexpr std::string_view kModule = "POP";
// An answer is only given once the journal holds what it says.
constexpr std::string_view kDurability = "journal";

void OptionalText(JsonWriter& json, std::string_view key, std::string_view text) {
  if (!text.empty()) json.Key(key).Text(text);
}

void OptionalTime(JsonWriter& json, std::string_view key, Nanos moment) {
  if (moment != 0) json.Key(key).Time(moment);
}

void Texts(JsonWriter& json, const std::vector<std::string>& texts) {
  json.OpenArray();
  for (const std::string& text : texts) json.Text(text);
  json.CloseArray();
}

void Slices(JsonWriter& json, const std::vector<std::vector<std::string>>& slices) {
  json.Key("slices").OpenArray();
  for (const auto& slice : slices) Texts(json, slice);
  json.CloseArray();
}

// What a summary and a detail have in common, in one order.
void SummaryFields(JsonWriter& json, const OrderSummary& summary) {
  json.Key("id").Text(FormatId(summary.id));
  OptionalText(json, "externalId", summary.external_id);
  OptionalText(json, "customer", summary.customer);
  json.Key("priority").Number(summary.priority);
  json.Key("state").Text(Name(summary.state));
  OptionalText(json, "port", Name(summary.port));
  json.Key("run").Number(summary.run);
  json.Key("submittedAt").Time(summary.submitted_at);
  OptionalTime(json, "startedAt", summary.started_at);
  OptionalTime(json, "endedAt", summary.ended_at);
}

void Attempt(JsonWriter& json, const AttemptView& attempt) {
  json.OpenObject();
  json.Key("run").Number(attempt.run).Key("n").Number(attempt.n);
  OptionalTime(json, "sentAt", attempt.sent_at);
  OptionalTime(json, "answeredAt", attempt.answered_at);
  if (attempt.outcome) json.Key("outcome").Text(Name(*attempt.outcome));
  OptionalText(json, "detail", attempt.detail);
  json.CloseObject();
}

void WorkOrder(JsonWriter& json, const WorkOrderView& work, CallbackTokens tokens) {
  json.OpenObject();
  json.Key("id").Text(work.id).Key("step").Text(work.step);
  OptionalText(json, "kind", work.kind);
  OptionalText(json, "cartridge", work.cartridge);
  OptionalText(json, "operation", work.operation);
  OptionalText(json, "compensates", work.compensates);
  OptionalText(json, "ends", work.ends);
  if (work.branch) json.Key("branch").Number(*work.branch);
  json.Key("state").Text(Name(work.state));
  json.Key("attempts").OpenArray();
  for (const AttemptView& attempt : work.attempts) Attempt(json, attempt);
  json.CloseArray();
  if (work.input) json.Key("input").Object(*work.input);
  if (work.output) json.Key("output").Object(*work.output);
  OptionalText(json, "detail", work.detail);
  if (tokens == CallbackTokens::kShown) OptionalText(json, "callbackToken", work.callback_token);
  OptionalTime(json, "deadline", work.deadline);
  json.CloseObject();
}

void TechnicalOrder(JsonWriter& json, const TechnicalOrderView& technical, CallbackTokens tokens) {
  json.OpenObject();
  json.Key("id").Text(technical.id).Key("name").Text(technical.name);
  json.Key("state").Text(Name(technical.state)).Key("slice").Number(technical.slice);
  json.Key("workOrders").OpenArray();
  for (const WorkOrderView& work : technical.work_orders) WorkOrder(json, work, tokens);
  json.CloseArray().CloseObject();
}

void ProductOrders(JsonWriter& json, const std::vector<ProductOrderView>& product_orders,
                   CallbackTokens tokens) {
  json.Key("productOrders").OpenArray();
  for (const ProductOrderView& order : product_orders) {
    json.OpenObject();
    json.Key("id").Text(order.id);
    if (!order.item_id.empty() && order.item_id != order.id) {
      json.Key("itemId").Text(order.item_id);
    }
    json.Key("product").Text(order.product).Key("action").Text(order.action);
    json.Key("state").Text(Name(order.state)).Key("slice").Number(order.slice);
    json.Key("dependsOn");
    Texts(json, order.depends_on);
    OptionalText(json, "addedByRule", order.added_by_rule);
    if (order.dropped_by_delta) json.Key("droppedByDelta").Bool(true);
    OptionalText(json, "service", order.service);
    json.Key("parameters").Object(order.parameters);
    json.Key("technicalOrders").OpenArray();
    for (const TechnicalOrderView& technical : order.technical_orders) {
      TechnicalOrder(json, technical, tokens);
    }
    json.CloseArray().CloseObject();
  }
  json.CloseArray();
}

}  // namespace

std::string RenderSubmitReply(const SubmitReply& reply, const std::string& external_id) {
  JsonWriter json;
  json.OpenObject().Key("id").Text(FormatId(reply.id)).Key("state").Text(Name(reply.state));
  json.Key("submittedAt").Time(reply.submitted_at);
  OptionalText(json, "externalId", external_id);
  json.CloseObject();
  return json.Take();
}

std::string RenderMinimal(OrderId id, OrderState state) {
  JsonWriter json;
  json.OpenObject().Key("id").Text(FormatId(id)).Key("state").Text(Name(state)).CloseObject();
  return json.Take();
}

std::string RenderOrder(const OrderView& view, CallbackTokens tokens) {
  JsonWriter json;
  json.OpenObject();
  SummaryFields(json, view.summary);
  json.Key("durability").Text(kDurability);
  json.Key("catalogVersion").Text(view.catalog_version);
  if (!IsFinal(view.summary.state)) {
    json.Key("flow").Text(kFlow).Key("module").Text(kModule);
  }
  OptionalTime(json, "requestedStartDate", view.requested_start);
  if (view.cancel_requested || view.abort_requested) {
    json.Key("cancelRequested").OpenObject().Key("abort").Bool(view.abort_requested);
    OptionalText(json, "description", view.cancel_description);
    json.CloseObject();
  }
  json.Key("onPOPError").Text(view.stop_all ? "stopAll" : "stopDependent");
  json.Key("sequentialSequencing").Bool(view.sequential);
  json.Key("settings").OpenObject();
  json.Key("replayableSOToRetryPort").Bool(view.replayable_so_to_retry_port);
  json.Key("skipFailedWO").Bool(view.skip_failed_wo);
  json.CloseObject();
  json.Key("dataset").Object(view.dataset);
  Slices(json, view.slices);
  json.Key("version").Number(static_cast<std::int64_t>(view.version));
  ProductOrders(json, view.product_orders, tokens);
  json.Key("errors").OpenArray().CloseArray();
  json.CloseObject();
  return json.Take();
}

std::string RenderOrderList(const OrderList& list) {
  JsonWriter json;
  json.OpenObject().Key("items").OpenArray();
  for (const OrderSummary& summary : list.items) {
    json.OpenObject();
    SummaryFields(json, summary);
    json.Key("products");
    Texts(json, summary.products);
    json.CloseObject();
  }
  json.CloseArray();
  if (list.next.valid()) json.Key("next").Text(FormatId(list.next));
  json.CloseObject();
  return json.Take();
}

std::string RenderHistory(const std::vector<HistoryItem>& items, const std::string& next) {
  JsonWriter json;
  json.OpenObject().Key("items").OpenArray();
  for (const HistoryItem& item : items) {
    json.OpenObject().Key("at").Time(item.at).Key("event").Text(item.event);
    OptionalText(json, "actor", item.actor);
    json.Key("detail").Raw(item.detail.empty() ? "{}" : std::string_view(item.detail));
    json.CloseObject();
  }
  json.CloseArray();
  OptionalText(json, "next", next);
  json.CloseObject();
  return json.Take();
}

std::string RenderPlan(const PlanView& plan) {
  JsonWriter json;
  json.OpenObject().Key("catalogVersion").Text(plan.catalog_version);
  Slices(json, plan.slices);
  ProductOrders(json, plan.product_orders, CallbackTokens::kHidden);
  json.CloseObject();
  return json.Take();
}

}  // namespace cairn::http
