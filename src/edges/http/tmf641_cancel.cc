#include "edges/http/tmf641_cancel.h"

#include "edges/http/field_errors.h"
#include "edges/http/order_json.h"
#include "edges/http/tmf641_conform.h"
#include "edges/http/tmf641_render.h"
#include "model/record.h"

#include <fmt/format.h>

#include <charconv>

namespace cairn::http {
namespace {

constexpr std::string_view kTaskPrefix = "cso-";
constexpr std::string_view kOrderPrefix = "so-";
constexpr std::string_view kWantedFrom = " [wanted for ";
constexpr std::string_view kWantedTo = "]";
constexpr std::size_t kHistoryPage = 1'000;

bool IsWish(const HistoryItem& item, std::size_t earlier_wishes) {
  if (item.event == EventName(EventType::kOrderCancelRequested)) return true;
  // Outside of its processing an order is cancelled at once: the one event is wish and end.
  return item.event == EventName(EventType::kOrderCancelled) && earlier_wishes == 0;
}

std::vector<HistoryItem> WishesOf(const OrderSnapshot& order) {
  std::vector<HistoryItem> wishes;
  std::size_t first = 0;
  while (true) {
    std::vector<HistoryItem> page = order.History(first, kHistoryPage);
    first += page.size();
    for (HistoryItem& item : page) {
      if (IsWish(item, wishes.size())) wishes.push_back(std::move(item));
    }
    if (page.size() < kHistoryPage) return wishes;
  }
}

std::string DescriptionOf(const HistoryItem& wish) {
  const Result<Json> detail = ParseJson(wish.detail);
  const Json* description = detail ? detail->Find("description") : nullptr;
  return description != nullptr && description->is_string() ? description->text() : std::string();
}

void SetText(Json& object, std::string_view key, std::string_view text) {
  if (!text.empty()) object.Set(std::string(key), Json::String(std::string(text)));
}

Json OrderReference(OrderId order, std::string_view host) {
  const std::string id = FormatId(order);
  Json reference = Json::Object();
  SetText(reference, "id", id);
  if (!host.empty())
    SetText(reference, "href", fmt::format("http://{}{}/{}", host, kTmf641Base, id));
  SetText(reference, "@referredType", "ServiceOrder");
  return reference;
}

// What became of the wish, by where the order stands now.
void SetOutcome(Json& task, const OrderView& view) {
  const OrderState state = view.summary.state;
  if (state == OrderState::kCancelled || state == OrderState::kRolledBack) {
    SetText(task, "state", "done");
    SetText(task, "effectiveCancellationDate", FormatTime(view.summary.ended_at));
    SetText(task, "completionMessage", "the order was cancelled");
    return;
  }
  if (!IsFinal(state)) return SetText(task, "state", "inProgress");
  SetText(task, "state", "terminatedWithError");
  const std::string message =
      fmt::format("the order was {} before it could be cancelled", TmfOrderState(view));
  SetText(task, "completionMessage", message);
  Json error = Json::Object();
  SetText(error, "code", "order-ended");
  SetText(error, "reason", "The cancellation came too late");
  SetText(error, "message", message);
  task.Set("errorMessage", std::move(error));
}

}  // namespace

tl::expected<TmfCancelRequest, std::vector<FieldError>> ReadTmf641Cancel(std::string_view body,
                                                                         Nanos now) {
  auto json = ParseBody(body);
  if (!json) return tl::unexpected(json.error());
  FieldErrors errors;
  const Place top;
  if (errors.Object(&*json, top) != nullptr) {
    DropUnsettable(*json, kTmfCancelServiceOrder, TmfAccess::kCreate);
    ConformOrReport(*json, kTmfCancelServiceOrder, top, errors);
  }
  if (errors.any()) return tl::unexpected(errors.Take());

  TmfCancelRequest request;
  const Place order_place = top.Member("serviceOrder");
  request.order_text = json->Find("serviceOrder")->Find("id")->text();
  errors.Name(json->Find("serviceOrder")->Find("id"), order_place.Member("id"));
  const auto id = ParseId<OrderTag>(request.order_text);
  if (id) request.order = *id;
  const std::string* reason =
      errors.Text(json->Find("cancellationReason"), top.Member("cancellationReason"),
                  kTextBytesMax - kWantedFrom.size() - kNameBytesMax);
  if (reason != nullptr) request.description = *reason;
  const Place date_place = top.Member("requestedCancellationDate");
  const Json* wanted = json->Find("requestedCancellationDate");
  if (const auto moment = errors.Time(wanted, date_place)) {
    if (*moment > now + kTmfCancelAheadMax) {
      errors.Add(date_place, "in-the-future", "an order can only be cancelled at once");
    }
    request.description += fmt::format("{}{}{}", kWantedFrom, wanted->text(), kWantedTo);
  }
  if (errors.any()) return tl::unexpected(errors.Take());
  return request;
}

TmfCancelWish WishOf(const std::string& description) {
  const std::size_t from = description.rfind(kWantedFrom);
  if (from == std::string::npos || !description.ends_with(kWantedTo)) return {description, {}};
  const std::size_t begin = from + kWantedFrom.size();
  const std::string wanted =
      description.substr(begin, description.size() - kWantedTo.size() - begin);
  if (!StrictTime(wanted)) return {description, {}};
  return {description.substr(0, from), wanted};
}

std::optional<std::pair<OrderId, std::size_t>> ParseTmf641CancelId(std::string_view id) {
  const std::size_t dash = id.rfind('-');
  if (!id.starts_with(kTaskPrefix) || dash < kTaskPrefix.size()) return std::nullopt;
  const std::string order(id.substr(kTaskPrefix.size(), dash - kTaskPrefix.size()));
  const auto parsed = ParseId<OrderTag>(std::string(kOrderPrefix) + order);
  const std::string_view digits = id.substr(dash + 1);
  std::size_t number = 0;
  const auto [stop, error] = std::from_chars(digits.data(), digits.data() + digits.size(), number);
  const bool right = error == std::errc{} && stop == digits.data() + digits.size() && number > 0;
  if (!parsed || !parsed->valid() || !right) return std::nullopt;
  if (FormatTmf641CancelId(*parsed, number) != id) return std::nullopt;
  return std::pair(*parsed, number);
}

std::string FormatTmf641CancelId(OrderId order, std::size_t number) {
  return fmt::format("{}{}-{}", kTaskPrefix, FormatId(order).substr(kOrderPrefix.size()), number);
}

std::vector<Json> Tmf641CancelTasks(const OrderSnapshot& order, std::string_view host) {
  std::vector<Json> tasks;
  const std::vector<HistoryItem> wishes = WishesOf(order);
  if (wishes.empty()) return tasks;
  const OrderView view = order.View();
  for (const HistoryItem& wish : wishes) {
    const std::string id = FormatTmf641CancelId(order.id(), tasks.size() + 1);
    const TmfCancelWish said = WishOf(DescriptionOf(wish));
    Json task = Json::Object();
    SetText(task, "id", id);
    if (!host.empty())
      SetText(task, "href", fmt::format("http://{}{}/{}", host, kTmf641CancelBase, id));
    SetText(task, "cancellationReason", said.reason);
    SetText(task, "requestedCancellationDate",
            said.wanted.empty() ? FormatTime(wish.at) : said.wanted);
    task.Set("serviceOrder", OrderReference(order.id(), host));
    SetOutcome(task, view);
    SetText(task, "@type", "CancelServiceOrder");
    ConformOrLeaveOut(task, kTmfCancelServiceOrder);
    tasks.push_back(std::move(task));
  }
  return tasks;
}

}  // namespace cairn::http
