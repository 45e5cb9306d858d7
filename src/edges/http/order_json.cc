#include "edges/http/order_json.h"

#include "edges/http/field_errors.h"

#include <fmt/format.h>

#include <unordered_map>

namespace cairn::http {
namespace {

constexpr std::string_view kVerbRule = "must be one of add, modify, delete, noChange";

void ReadSettings(const Json* value, const Place& place, OrderRequest& order, FieldErrors& errors) {
  const Json* settings = errors.Object(value, place);
  if (settings == nullptr) return;
  errors.RefuseUnknown(*settings, place, {"replayableSOToRetryPort", "skipFailedWO"});
  const auto flag = [&](std::string_view key, bool& target) {
    target = errors.Bool(settings->Find(key), place.Member(key)).value_or(target);
  };
  flag("replayableSOToRetryPort", order.replayable_so_to_retry_port);
  flag("skipFailedWO", order.skip_failed_wo);
}

void ReadOnError(const Json* value, const Place& place, OrderRequest& order, FieldErrors& errors) {
  const std::string* text = errors.Text(value, place, kNameBytesMax);
  if (text == nullptr) return;
  order.stop_all = *text == "stopAll";
  if (!order.stop_all && *text != "stopDependent") {
    errors.Add(place, "unknown-value", "must be stopAll or stopDependent");
  }
}

void ReadOrderFields(const Json& body, OrderRequest& order, FieldErrors& errors) {
  const Place top;
  const auto text = [&](std::string_view key, std::string& target) {
    const std::string* found = errors.Text(body.Find(key), top.Member(key), kNameBytesMax);
    if (found != nullptr) target = *found;
  };
  text("externalId", order.external_id);
  text("customer", order.customer);
  const auto priority =
      errors.Integer(body.Find("priority"), top.Member("priority"), -kPriorityMax, kPriorityMax);
  order.has_priority = priority.has_value();
  order.priority = priority.value_or(0);
  order.requested_start =
      errors.Time(body.Find("requestedStartDate"), top.Member("requestedStartDate")).value_or(0);
  ReadOnError(body.Find("onPOPError"), top.Member("onPOPError"), order, errors);
  order.sequential =
      errors.Bool(body.Find("sequentialSequencing"), top.Member("sequentialSequencing"))
          .value_or(false);
  if (auto dataset = errors.FieldSet(body.Find("dataset"), top.Member("dataset"))) {
    order.dataset = std::move(*dataset);
  }
  ReadSettings(body.Find("settings"), top.Member("settings"), order, errors);
}

void ReadDependsOn(const Json* value, const Place& place, ProductOrderRequest& product_order,
                   FieldErrors& errors) {
  const Json* list = errors.Array(value, place);
  if (list == nullptr) return;
  if (list->items().size() > kProductOrdersMax) {
    errors.Add(place, "too-many",
               fmt::format("has {} entries; at most {} are allowed", list->items().size(),
                           kProductOrdersMax));
    return;
  }
  for (std::size_t i = 0; i < list->items().size(); ++i) {
    const std::string* id = errors.Name(&list->items()[i], place.Item(i));
    if (id != nullptr) product_order.depends_on.push_back(*id);
  }
}

ProductOrderRequest ReadProductOrder(const Json& value, const Place& place, FieldErrors& errors) {
  ProductOrderRequest product_order;
  const Json* object = errors.Object(&value, place);
  if (object == nullptr) return product_order;
  errors.RefuseUnknown(*object, place, {"id", "product", "action", "parameters", "dependsOn"});
  const auto name = [&](std::string_view key, std::string& target) {
    const Json* found = object->Find(key);
    if (found == nullptr) return errors.Required(place.Member(key));
    const std::string* text = errors.Name(found, place.Member(key));
    if (text != nullptr) target = *text;
  };
  name("id", product_order.id);
  name("product", product_order.product);
  product_order.verb = ReadAction(object->Find("action"), place.Member("action"), errors);
  if (auto fields = errors.FieldSet(object->Find("parameters"), place.Member("parameters"))) {
    product_order.parameters = std::move(*fields);
  }
  ReadDependsOn(object->Find("dependsOn"), place.Member("dependsOn"), product_order, errors);
  return product_order;
}

void ReadProductOrders(const Json& body, OrderRequest& order, FieldErrors& errors) {
  const Place top;
  const Place place = top.Member("productOrders");
  const Json* value = body.Find("productOrders");
  if (value == nullptr) return errors.Required(place);
  const Json* list = errors.Array(value, place);
  if (list == nullptr) return;
  const std::size_t count = list->items().size();
  if (count == 0) return errors.Add(place, "empty", "must have at least one entry");
  if (count > kProductOrdersMax) {
    return errors.Add(
        place, "too-many",
        fmt::format("has {} entries; at most {} are allowed", count, kProductOrdersMax));
  }
  std::unordered_map<std::string_view, std::size_t> seen;
  seen.reserve(count);
  order.product_orders.reserve(count);
  std::size_t edges = 0;
  for (std::size_t i = 0; i < count && !errors.full(); ++i) {
    order.product_orders.push_back(ReadProductOrder(list->items()[i], place.Item(i), errors));
    // A view into the vector's strings is safe: its storage was reserved for all of them.
    const std::string& id = order.product_orders.back().id;
    if (!id.empty()) {
      const auto [first, fresh] = seen.emplace(id, i);
      if (!fresh) {
        const Place item = place.Item(i);
        errors.Add(item.Member("id"), "duplicate-id",
                   fmt::format("'{}' is also the id of entry {}", id, first->second));
      }
    }
    edges += order.product_orders.back().depends_on.size();
  }
  if (edges > kDependencyEdgesMax) {
    errors.Add(
        place, "too-many",
        fmt::format("{} dependencies in all; at most {} are allowed", edges, kDependencyEdgesMax));
  }
}

// The body as an object, or its errors in `errors`.
tl::expected<Json, FieldErrorList> ParseObject(std::string_view body, FieldErrors& errors) {
  auto json = ParseBody(body);
  if (!json) return json;
  if (errors.Object(&*json, Place()) == nullptr) return tl::unexpected(errors.Take());
  return json;
}

}  // namespace

tl::expected<Json, FieldErrorList> ParseBody(std::string_view body) {
  Result<Json> json = ParseJson(body);
  if (json) return std::move(*json);
  return tl::unexpected(FieldErrorList{{"", "json-syntax", json.error().message}});
}

records::Verb ReadAction(const Json* value, const Place& place, FieldErrors& errors) {
  const std::string* text = errors.Text(value, place, kNameBytesMax);
  if (text == nullptr || *text == "add") return records::ADD;
  if (*text == "modify") return records::MODIFY;
  if (*text == "delete") return records::DELETE;
  if (*text == "noChange") return records::NO_CHANGE;
  errors.Add(place, "unknown-action", std::string(kVerbRule));
  return records::ADD;
}

tl::expected<OrderRequest, FieldErrorList> ParseOrderJson(std::string_view body) {
  FieldErrors errors;
  const auto json = ParseObject(body, errors);
  if (!json) return tl::unexpected(json.error());
  errors.RefuseUnknown(*json, Place(),
                       {"externalId", "customer", "priority", "requestedStartDate", "onPOPError",
                        "sequentialSequencing", "dataset", "settings", "productOrders"});
  OrderRequest order;
  ReadOrderFields(*json, order, errors);
  ReadProductOrders(*json, order, errors);
  if (errors.any()) return tl::unexpected(errors.Take());
  return order;
}

tl::expected<ActionBody, FieldErrorList> ParseActionJson(std::string_view body) {
  if (body.find_first_not_of(" \t\r\n") == std::string_view::npos) return ActionBody();
  FieldErrors errors;
  const auto json = ParseObject(body, errors);
  if (!json) return tl::unexpected(json.error());
  const Place top;
  errors.RefuseUnknown(*json, top, {"description", "force", "timeout"});
  ActionBody action;
  const std::string* text =
      errors.Text(json->Find("description"), top.Member("description"), kTextBytesMax);
  if (text != nullptr) action.description = *text;
  action.force = errors.Bool(json->Find("force"), top.Member("force")).value_or(false);
  const Place timeout = top.Member("timeout");
  if (const std::string* span = errors.Text(json->Find("timeout"), timeout, kNameBytesMax)) {
    const Result<Nanos> parsed = ParseDuration(*span);
    if (parsed && *parsed <= kAwaitMax) {
      action.timeout = *parsed;
    } else {
      errors.Add(timeout, "bad-duration", parsed ? "must be at most 10m" : parsed.error().message);
    }
  }
  if (errors.any()) return tl::unexpected(errors.Take());
  return action;
}

tl::expected<LateAnswer, FieldErrorList> ParseAnswerJson(std::string_view body) {
  FieldErrors errors;
  const auto json = ParseObject(body, errors);
  if (!json) return tl::unexpected(json.error());
  const Place top;
  errors.RefuseUnknown(*json, top, {"outcome", "output", "detail"});
  LateAnswer answer;
  const Json* outcome = json->Find("outcome");
  if (outcome == nullptr) errors.Required(top.Member("outcome"));
  if (const std::string* text = errors.Text(outcome, top.Member("outcome"), kNameBytesMax)) {
    const std::optional<Outcome> known = ParseOutcome(*text);
    if (known && *known != Outcome::kDelayed) {
      answer.outcome = *known;
    } else {
      errors.Add(top.Member("outcome"), "unknown-value", "must be ok, functional or technical");
    }
  }
  const Place output = top.Member("output");
  if (auto fields = errors.FieldSet(json->Find("output"), output)) {
    answer.output = std::move(*fields);
    if (answer.output.encoded().size() > kOutputBytesMax) {
      errors.Add(output, "too-large",
                 fmt::format("takes {} bytes; at most {} are allowed",
                             answer.output.encoded().size(), kOutputBytesMax));
    }
  }
  const std::string* detail =
      errors.Text(json->Find("detail"), top.Member("detail"), kTextBytesMax);
  if (detail != nullptr) answer.detail = *detail;
  if (errors.any()) return tl::unexpected(errors.Take());
  return answer;
}

tl::expected<ClockAdvance, FieldErrorList> ParseClockJson(std::string_view body) {
  FieldErrors errors;
  const auto json = ParseObject(body, errors);
  if (!json) return tl::unexpected(json.error());
  const Place top;
  errors.RefuseUnknown(*json, top, {"by", "to"});
  const Json* by = json->Find("by");
  const Json* to = json->Find("to");
  if ((by == nullptr) == (to == nullptr)) {
    errors.Add(top, "one-of", "must have exactly one of 'by' and 'to'");
  }
  ClockAdvance advance;
  if (const std::string* text = errors.Text(by, top.Member("by"), kNameBytesMax)) {
    const Result<Nanos> span = ParseDuration(*text);
    if (span && *span > 0) {
      advance.by = *span;
    } else {
      errors.Add(top.Member("by"), "bad-duration",
                 span ? "must be longer than 0s" : span.error().message);
    }
  }
  advance.to = errors.Time(to, top.Member("to")).value_or(0);
  if (errors.any()) return tl::unexpected(errors.Take());
  return advance;
}

}  // namespace cairn::http
