#include "edges/http/tmf641_read.h"

#include "base/check.h"
#include "edges/http/field_errors.h"
#include "edges/http/http_message.h"
#include "edges/http/order_json.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <unordered_map>

namespace cairn::http {
namespace {

// What only the server may say. A client that sends it is not refused: it is not heard.
constexpr std::array<std::string_view, 10> kReadOnly = {
    "id",        "href",         "orderDate",     "state",     "completionDate",
    "startDate", "errorMessage", "jeopardyAlert", "milestone", "expectedCompletionDate"};
constexpr std::array<std::string_view, 2> kItemReadOnly = {"state", "errorMessage"};
constexpr std::array<std::string_view, 3> kDates = {"requestedStartDate", "requestedCompletionDate",
                                                    "cancellationDate"};
constexpr std::array<std::string_view, 7> kTexts = {
    "description",     "category", "notificationContact", "cancellationReason", "@type",
    "@schemaLocation", "@baseType"};
constexpr std::array<std::string_view, 4> kLists = {"note", "relatedParty", "externalReference",
                                                    "orderRelationship"};

template <std::size_t n>
void Drop(Json& object, const std::array<std::string_view, n>& keys) {
  std::erase_if(object.members(), [&keys](const Json::Member& member) {
    return std::find(keys.begin(), keys.end(), member.key) != keys.end();
  });
}

// Generated clients write null for what they leave out.
const Json* Get(const Json& object, std::string_view key) {
  const Json* value = object.Find(key);
  return value == nullptr || value->is_null() ? nullptr : value;
}

class Reader {
 public:
  explicit Reader(const Json& body) : body_(body) {}

  OrderRequest Read() {
    order_.source = OrderRequest::Source::kTmf641;
    ReadTop();
    ReadParties();
    const Place top;
    const Place place = top.Member("serviceOrderItem");
    const Json* items = Get(body_, "serviceOrderItem");
    if (items == nullptr) errors_.Required(place);
    if (items != nullptr && items->is_array() && items->items().empty()) {
      errors_.Add(place, "empty", "must have at least one entry");
    }
    ReadItems(items, place);
    if (order_.product_orders.size() > kProductOrdersMax) {
      errors_.Add(place, "too-many",
                  fmt::format("more than {} items, nested ones included", kProductOrdersMax));
    }
    CheckIds(place);
    return std::move(order_);
  }

  FieldErrors& errors() { return errors_; }

 private:
  void ReadTop() {
    const Place top;
    const auto external =
        errors_.Text(Get(body_, "externalId"), top.Member("externalId"), kNameBytesMax);
    if (external != nullptr) order_.external_id = *external;
    for (const std::string_view key : kTexts) {
      errors_.Text(Get(body_, key), top.Member(key), kFieldSetBytesMax);
    }
    for (const std::string_view key : kLists) errors_.Array(Get(body_, key), top.Member(key));
    for (const std::string_view key : kDates) {
      const Json* value = Get(body_, key);
      if (value != nullptr && value->is_string() && value->text().empty()) continue;
      const auto moment = errors_.Time(value, top.Member(key));
      if (moment && key == "requestedStartDate") order_.requested_start = *moment;
    }
    ReadPriority(Get(body_, "priority"), top.Member("priority"));
  }

  // A string by the specification, often a number in practice. Words are kept but order nothing.
  void ReadPriority(const Json* value, const Place& place) {
    if (value != nullptr && value->is_number()) {
      order_.priority = errors_.Integer(value, place, -kPriorityMax, kPriorityMax).value_or(0);
      return;
    }
    const std::string* text = errors_.Text(value, place, kNameBytesMax);
    if (text == nullptr) return;
    std::int64_t number = 0;
    const char* end = text->data() + text->size();
    const auto [stop, error] = std::from_chars(text->data(), end, number);
    if (stop != end || text->empty()) return;
    if (error != std::errc{} || number < -kPriorityMax || number > kPriorityMax) {
      return errors_.Add(place, "out-of-range",
                         fmt::format("must be from {} to {}", -kPriorityMax, kPriorityMax));
    }
    order_.priority = number;
  }

  // A customer by that name, else whoever asked.
  void ReadParties() {
    const Json* parties = Get(body_, "relatedParty");
    if (parties == nullptr || !parties->is_array()) return;
    const Place top;
    const Place place = top.Member("relatedParty");
    bool have_customer = false;
    for (std::size_t i = 0; i < parties->items().size(); ++i) {
      const Place item = place.Item(i);
      const Json* party = errors_.Object(&parties->items()[i], item);
      if (party == nullptr) continue;
      const std::string* role =
          errors_.Text(Get(*party, "role"), item.Member("role"), kNameBytesMax);
      const std::string* id = errors_.Text(Get(*party, "id"), item.Member("id"), kNameBytesMax);
      if (role == nullptr || id == nullptr || have_customer) continue;
      have_customer = EqualsIgnoreCase(*role, "customer");
      if (have_customer || (EqualsIgnoreCase(*role, "requester") && order_.customer.empty())) {
        order_.customer = *id;
      }
    }
  }

  void ReadItems(const Json* value, const Place& place) {
    const Json* items = errors_.Array(value, place);
    if (items == nullptr) return;
    for (std::size_t i = 0; i < items->items().size() && !errors_.full(); ++i) {
      if (order_.product_orders.size() > kProductOrdersMax) return;
      ReadItem(items->items()[i], place.Item(i));
    }
  }

  void ReadItem(const Json& value, const Place& place) {
    const Json* item = errors_.Object(&value, place);
    if (item == nullptr) return;
    ProductOrderRequest request;
    const std::string* id = Need(*item, place, "id");
    if (id != nullptr) request.id = *id;
    const Json* action = Get(*item, "action");
    if (action == nullptr) errors_.Required(place.Member("action"));
    request.verb = ReadAction(action, place.Member("action"), errors_);
    const Json* service = Get(*item, "service");
    const Place service_place = place.Member("service");
    if (service == nullptr) errors_.Required(service_place);
    service = errors_.Object(service, service_place);
    if (service != nullptr) ReadService(*service, service_place, request);
    ReadRelationships(Get(*item, "serviceOrderItemRelationship"),
                      place.Member("serviceOrderItemRelationship"), request);
    order_.product_orders.push_back(std::move(request));
    ReadItems(Get(*item, "serviceOrderItem"), place.Member("serviceOrderItem"));
  }

  const std::string* Need(const Json& object, const Place& place, std::string_view key) {
    const Json* value = Get(object, key);
    if (value == nullptr) errors_.Required(place.Member(key));
    return errors_.Name(value, place.Member(key));
  }

  void ReadService(const Json& service, const Place& place, ProductOrderRequest& request) {
    ReadCharacteristics(Get(service, "serviceCharacteristic"),
                        place.Member("serviceCharacteristic"), request);
    const auto text = [&](std::string_view key, std::string_view parameter) {
      const std::string* found = errors_.Text(Get(service, key), place.Member(key), kNameBytesMax);
      if (found == nullptr) return std::string();
      if (!request.parameters.Find(parameter)) {
        request.parameters.Add(parameter, JsonString(*found));
      }
      return *found;
    };
    request.service.id = text("id", "serviceId");
    text("state", "serviceState");
    request.service.type = text("serviceType", "serviceType");
    errors_.CheckFieldSet(request.parameters, request.parameters.count(), place);

    const Place spec_place = place.Member("serviceSpecification");
    const Json* spec = errors_.Object(Get(service, "serviceSpecification"), spec_place);
    if (spec == nullptr) return;
    const auto id = errors_.Text(Get(*spec, "id"), spec_place.Member("id"), kNameBytesMax);
    const auto name = errors_.Text(Get(*spec, "name"), spec_place.Member("name"), kNameBytesMax);
    if (id != nullptr) request.service.specification_id = *id;
    if (name != nullptr) request.service.specification_name = *name;
  }

  void ReadCharacteristics(const Json* value, const Place& place, ProductOrderRequest& request) {
    const Json* list = errors_.Array(value, place);
    if (list == nullptr) return;
    if (list->items().size() > kFieldsPerSetMax) {
      return errors_.Add(place, "too-many",
                         fmt::format("has {} entries; at most {} are allowed", list->items().size(),
                                     kFieldsPerSetMax));
    }
    for (std::size_t i = 0; i < list->items().size(); ++i) {
      const Place item = place.Item(i);
      const Json* entry = errors_.Object(&list->items()[i], item);
      if (entry == nullptr) continue;
      const std::string* name = Need(*entry, item, "name");
      const Json* sent = entry->Find("value");
      if (sent == nullptr) errors_.Required(item.Member("value"));
      if (name == nullptr || sent == nullptr) continue;
      const auto& names = request.service.characteristics;
      if (std::find(names.begin(), names.end(), *name) != names.end()) {
        errors_.Add(item.Member("name"), "duplicate-name",
                    "another characteristic of this service has this name");
        continue;
      }
      request.parameters.Add(*name, sent->Serialize());
      request.service.characteristics.push_back(*name);
    }
  }

  void ReadRelationships(const Json* value, const Place& place, ProductOrderRequest& request) {
    const Json* list = errors_.Array(value, place);
    if (list == nullptr) return;
    for (std::size_t i = 0; i < list->items().size(); ++i) {
      const Place item = place.Item(i);
      const Json* relation = errors_.Object(&list->items()[i], item);
      if (relation == nullptr) continue;
      const std::string* type = errors_.Text(Get(*relation, "relationshipType"),
                                             item.Member("relationshipType"), kNameBytesMax);
      if (type == nullptr || !EqualsIgnoreCase(*type, "dependency")) continue;
      const Place ref_place = item.Member("orderItem");
      const Json* ref = Get(*relation, "orderItem");
      if (ref == nullptr) errors_.Required(ref_place);
      ref = errors_.Object(ref, ref_place);
      if (ref != nullptr) ReadDependency(*ref, ref_place, request);
    }
  }

  void ReadDependency(const Json& ref, const Place& place, ProductOrderRequest& request) {
    const Json* other = Get(ref, "serviceOrderId");
    if (other != nullptr && !(other->is_string() && other->text().empty())) {
      return errors_.Add(place.Member("serviceOrderId"), "other-order",
                         "an item can only depend on items of its own order");
    }
    // The specification's model has itemId, its list of mandatory fields says id.
    const std::string_view key = Get(ref, "itemId") == nullptr && Get(ref, "id") != nullptr
                                     ? std::string_view("id")
                                     : std::string_view("itemId");
    const std::string* id = Need(ref, place, key);
    if (id == nullptr) return;
    request.depends_on.push_back(*id);
    if (++edges_ == kDependencyEdgesMax + 1) {
      errors_.Add(place, "too-many",
                  fmt::format("more than {} dependencies in all", kDependencyEdgesMax));
    }
  }

  // Over the flattened list: nested items share one space of ids.
  void CheckIds(const Place& place) {
    std::unordered_map<std::string_view, std::size_t> seen;
    for (const ProductOrderRequest& request : order_.product_orders) {
      if (!request.id.empty() && ++seen[request.id] == 2) {
        errors_.Add(place, "duplicate-id",
                    fmt::format("more than one item has the id '{}'", request.id));
      }
    }
  }

  const Json& body_;
  OrderRequest order_;
  FieldErrors errors_;
  std::size_t edges_ = 0;
};

void CleanItems(Json* items) {
  if (items == nullptr) return;
  for (Json& item : items->items()) {
    Drop(item, kItemReadOnly);
    for (Json::Member& member : item.members()) {
      if (member.key == "serviceOrderItem" && member.value.is_array()) CleanItems(&member.value);
    }
  }
}

// REQUIRES: the body was read without an error, so its known members have their types.
std::string DocumentOf(Json body) {
  Drop(body, kReadOnly);
  std::erase_if(body.members(), [](const Json::Member& member) { return member.value.is_null(); });
  std::erase_if(body.members(), [](const Json::Member& member) {
    return std::find(kDates.begin(), kDates.end(), member.key) != kDates.end() &&
           member.value.text().empty();
  });
  for (Json::Member& member : body.members()) {
    if (member.key == "priority" && member.value.is_number()) {
      member.value = Json::String(member.value.text());
    }
    if (member.key == "serviceOrderItem") CleanItems(&member.value);
    if (member.key == "relatedParty") {
      for (Json& party : member.value.items()) {
        if (party.Find("@type") == nullptr) party.Set("@type", Json::String("RelatedParty"));
      }
    }
  }
  return body.Serialize();
}

// The member with most bytes, to be named when the whole is too large.
std::string LargestMember(std::string_view document) {
  const auto object = ParseJson(document);
  CHECK(object.has_value());
  std::string largest;
  std::size_t bytes = 0;
  for (const Json::Member& member : object->members()) {
    const std::size_t size = member.key.size() + member.value.Serialize().size();
    if (size < bytes) continue;
    bytes = size;
    largest = member.key;
  }
  return largest;
}

}  // namespace

tl::expected<OrderRequest, std::vector<FieldError>> ParseTmf641Order(std::string_view body) {
  auto json = ParseBody(body);
  if (!json) return tl::unexpected(json.error());
  if (!json->is_object()) {
    FieldErrors errors;
    errors.Object(&*json, Place());
    return tl::unexpected(errors.Take());
  }
  Reader reader(*json);
  OrderRequest order = reader.Read();
  if (reader.errors().any()) return tl::unexpected(reader.errors().Take());
  order.tmf_document = DocumentOf(std::move(*json));
  if (order.tmf_document.size() <= kTmfDocumentBytesMax) return order;
  FieldErrors errors;
  errors.Add(Place().Member(LargestMember(order.tmf_document)), "too-large",
             fmt::format("the order, kept as one document, has {} bytes, most of them here; at "
                         "most {} are allowed",
                         order.tmf_document.size(), kTmfDocumentBytesMax));
  return tl::unexpected(errors.Take());
}

}  // namespace cairn::http
