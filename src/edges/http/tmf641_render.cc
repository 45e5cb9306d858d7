#include "edges/http/tmf641_render.h"

#include "base/json.h"
#include "edges/http/tmf641_cancel.h"
#include "edges/http/tmf641_conform.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>

namespace cairn::http {
namespace {

constexpr std::size_t kErrorMessagesMax = 100;  // of one order; further ones are in the native view

// What the node says of an order, to be laid over the document that was posted.
struct Overlay {
  OrderId id;
  std::string_view state;
  Nanos order_date = 0;
  Nanos start_date = 0;
  Nanos completion_date = 0;
  Nanos cancellation_date = 0;
  std::string cancellation_reason;
  std::map<std::string_view, std::string_view> item_states;  // by item id
  std::map<std::string_view, Json> item_errors;              // by item id: one errorMessage
};

Json TimeJson(Nanos moment) { return Json::String(FormatTime(moment)); }

Json ArrayOf(Json value) {
  Json list = Json::Array();
  list.Push(std::move(value));
  return list;
}

bool IsFailure(const AttemptView& attempt) {
  return attempt.outcome == Outcome::kFunctional || attempt.outcome == Outcome::kTechnical;
}

bool IsInError(WorkOrderState state) {
  return state == WorkOrderState::kTechnicalError || state == WorkOrderState::kFunctionalError;
}

// The first work order of the item that ended in an error, as an errorMessage.
std::optional<Json> ErrorOf(const ProductOrderView& item) {
  for (const TechnicalOrderView& technical : item.technical_orders) {
    for (const WorkOrderView& work : technical.work_orders) {
      if (!IsInError(work.state) || work.attempts.empty()) continue;
      const AttemptView& last = work.attempts.back();
      if (!last.outcome || !IsFailure(last)) continue;
      Json message = Json::Object();
      message.Set("code", Json::String(std::string(Name(*last.outcome))));
      message.Set("reason",
                  Json::String(fmt::format("{}.{} of {} ended with a {} error", work.cartridge,
                                           work.operation, technical.name, Name(*last.outcome))));
      message.Set("message", Json::String(last.detail));
      if (last.answered_at != 0) message.Set("timestamp", TimeJson(last.answered_at));
      return message;
    }
  }
  return std::nullopt;
}

const std::string& ItemId(const ProductOrderView& item) {
  return item.item_id.empty() ? item.id : item.item_id;
}

Overlay OverlayOf(const OrderView& view) {
  Overlay overlay;
  overlay.id = view.summary.id;
  overlay.state = TmfOrderState(view);
  overlay.order_date = view.summary.submitted_at;
  overlay.start_date = view.summary.started_at;
  const bool cancelled = overlay.state == "cancelled";
  (cancelled ? overlay.cancellation_date : overlay.completion_date) = view.summary.ended_at;
  overlay.cancellation_reason = WishOf(view.cancel_description).reason;
  for (const ProductOrderView& item : view.product_orders) {
    overlay.item_states[ItemId(item)] = TmfItemState(item, view.summary.state);
    if (overlay.item_errors.size() >= kErrorMessagesMax) continue;
    if (auto error = ErrorOf(item)) overlay.item_errors.emplace(ItemId(item), std::move(*error));
  }
  return overlay;
}

void OverlayItems(Json& items, const Overlay& overlay) {
  for (Json& item : items.items()) {
    const Json* id = item.Find("id");
    if (id == nullptr || !id->is_string()) continue;
    const auto state = overlay.item_states.find(id->text());
    const auto error = overlay.item_errors.find(id->text());
    item.Set("state", Json::String(std::string(state == overlay.item_states.end()
                                                   ? std::string_view("acknowledged")
                                                   : state->second)));
    if (error != overlay.item_errors.end()) item.Set("errorMessage", ArrayOf(error->second));
    for (Json::Member& member : item.members()) {
      if (member.key == "serviceOrderItem" && member.value.is_array()) {
        OverlayItems(member.value, overlay);
      }
    }
  }
}

Json OrderErrors(const Overlay& overlay) {
  Json list = Json::Array();
  for (const auto& [item, error] : overlay.item_errors) {
    Json ref = Json::Object();
    // Both, since the specification's model names one and its mandatory list the other.
    ref.Set("id", Json::String(std::string(item)));
    ref.Set("itemId", Json::String(std::string(item)));
    Json message = error;
    message.Set("serviceOrderItem", ArrayOf(std::move(ref)));
    list.Push(std::move(message));
  }
  return list;
}

// The order as TMF641 has it, whatever its document looks like.
Json Render(Json document, const Overlay& overlay) {
  const std::string id = FormatId(overlay.id);
  Json order = Json::Object();
  order.Set("id", Json::String(id));
  order.Set("href", Json::String(fmt::format("{}/{}", kTmf641Base, id)));
  order.Set("state", Json::String(std::string(overlay.state)));
  const auto set_time = [&order](std::string_view key, Nanos moment) {
    if (moment != 0) order.Set(std::string(key), TimeJson(moment));
  };
  set_time("orderDate", overlay.order_date);
  set_time("startDate", overlay.start_date);
  set_time("completionDate", overlay.completion_date);
  set_time("cancellationDate", overlay.cancellation_date);
  if (overlay.cancellation_date != 0 && !overlay.cancellation_reason.empty()) {
    order.Set("cancellationReason", Json::String(overlay.cancellation_reason));
  }
  if (!overlay.item_errors.empty()) order.Set("errorMessage", OrderErrors(overlay));
  for (Json::Member& member : document.members()) {
    if (member.key == "serviceOrderItem" && member.value.is_array()) {
      OverlayItems(member.value, overlay);
    }
    if (order.Find(member.key) == nullptr) order.Set(member.key, std::move(member.value));
  }
  ConformOrLeaveOut(order, kTmfServiceOrder);
  return order;
}

Json Characteristics(const Fields& parameters) {
  Json list = Json::Array();
  for (const Fields::Field& field : parameters) {
    Json entry = Json::Object();
    entry.Set("name", Json::String(std::string(field.name)));
    Result<Json> value = ParseJson(field.json);
    entry.Set("value", value ? std::move(*value) : Json::Null());
    list.Push(std::move(entry));
  }
  return list;
}

Json Relationships(const std::vector<std::string>& depends_on) {
  Json list = Json::Array();
  for (const std::string& id : depends_on) {
    Json ref = Json::Object();
    ref.Set("id", Json::String(id));
    ref.Set("itemId", Json::String(id));
    Json relation = Json::Object();
    relation.Set("relationshipType", Json::String("dependency"));
    relation.Set("orderItem", std::move(ref));
    list.Push(std::move(relation));
  }
  return list;
}

// A document for an order that was not posted as one.
Json NativeDocument(const OrderView& view) {
  Json document = Json::Object();
  document.Set("@type", Json::String("ServiceOrder"));
  if (!view.summary.external_id.empty()) {
    document.Set("externalId", Json::String(view.summary.external_id));
  }
  document.Set("priority", Json::String(std::to_string(view.summary.priority)));
  if (!view.summary.customer.empty()) {
    Json party = Json::Object();
    party.Set("id", Json::String(view.summary.customer));
    party.Set("role", Json::String("customer"));
    party.Set("@type", Json::String("RelatedParty"));
    party.Set("@referredType", Json::String("Customer"));
    document.Set("relatedParty", ArrayOf(std::move(party)));
  }
  Json items = Json::Array();
  for (const ProductOrderView& product_order : view.product_orders) {
    Json service = Json::Object();
    service.Set("@type", Json::String("Service"));
    service.Set("name", Json::String(product_order.product));
    if (!product_order.parameters.empty()) {
      service.Set("serviceCharacteristic", Characteristics(product_order.parameters));
    }
    Json item = Json::Object();
    item.Set("id", Json::String(ItemId(product_order)));
    item.Set("action", Json::String(product_order.action));
    item.Set("service", std::move(service));
    if (!product_order.depends_on.empty()) {
      item.Set("serviceOrderItemRelationship", Relationships(product_order.depends_on));
    }
    items.Push(std::move(item));
  }
  document.Set("serviceOrderItem", std::move(items));
  return document;
}

bool WaitsForPerson(const ProductOrderView& item) {
  for (const TechnicalOrderView& technical : item.technical_orders) {
    for (const WorkOrderView& work : technical.work_orders) {
      if (work.by_person && work.state == WorkOrderState::kWaiting) return true;
    }
  }
  return false;
}

bool AnyCompleted(const ProductOrderView& item) {
  return std::any_of(item.technical_orders.begin(), item.technical_orders.end(),
                     [](const TechnicalOrderView& technical) {
                       return technical.state == ProductOrderState::kCompleted;
                     });
}

}  // namespace

std::vector<std::string_view> PossibleTmfStates(OrderState state) {
  switch (state) {
    case OrderState::kNew: return {"acknowledged"};
    case OrderState::kRunning:
    case OrderState::kRollingBack: return {"inProgress"};
    case OrderState::kWaiting: return {"inProgress", "pending"};
    case OrderState::kHeld:
    case OrderState::kSuspended: return {"held"};
    case OrderState::kCompleted: return {"completed"};
    case OrderState::kFailed: return {"failed", "partial"};
    case OrderState::kCancelled:
    case OrderState::kRolledBack: return {"cancelled"};
    case OrderState::kRejected: return {"rejected"};
  }
  return {"inProgress"};
}

std::string_view TmfOrderState(const OrderView& view) {
  const auto possible = PossibleTmfStates(view.summary.state);
  if (possible.size() == 1) return possible.front();
  const auto& items = view.product_orders;
  const bool second = view.summary.state == OrderState::kFailed
                          ? std::any_of(items.begin(), items.end(),
                                        [](const ProductOrderView& item) {
                                          return item.state == ProductOrderState::kCompleted;
                                        })
                          : std::any_of(items.begin(), items.end(), WaitsForPerson);
  return possible[second ? 1 : 0];
}

std::string_view TmfItemState(const ProductOrderView& item, OrderState order_state) {
  if (order_state == OrderState::kRejected) return "rejected";
  const bool ended = IsFinal(order_state);
  switch (item.state) {
    case ProductOrderState::kPending: return ended ? "cancelled" : "acknowledged";
    case ProductOrderState::kRunning: return "inProgress";
    case ProductOrderState::kWaiting: return WaitsForPerson(item) ? "pending" : "inProgress";
    case ProductOrderState::kCompleted: return "completed";
    case ProductOrderState::kPartial:
      return !ended ? "held" : AnyCompleted(item) ? "partial" : "failed";
    case ProductOrderState::kFailed: return "failed";
    case ProductOrderState::kNotExecuted:
    case ProductOrderState::kCancelled:
    case ProductOrderState::kRolledBack: return "cancelled";
  }
  return "failed";
}

Json Tmf641Document(const OrderView& view) {
  if (!view.tmf_document.empty()) {
    Result<Json> document = ParseJson(view.tmf_document);
    if (document && document->is_object()) return std::move(*document);
  }
  return NativeDocument(view);
}

Json Tmf641OrderJson(const OrderView& view) {
  return Render(Tmf641Document(view), OverlayOf(view));
}

std::string RenderTmf641Order(const OrderView& view, const TmfFieldNames& fields) {
  Json order = Tmf641OrderJson(view);
  ChooseFields(order, kTmfServiceOrder, fields);
  return order.Serialize();
}

std::string RenderTmf641Accepted(const std::string& tmf_document, const SubmitReply& reply) {
  OrderView view;
  view.summary.id = reply.id;
  view.summary.state = reply.state;
  view.summary.submitted_at = reply.submitted_at;
  view.tmf_document = tmf_document;
  return RenderTmf641Order(view, std::nullopt);
}

}  // namespace cairn::http
