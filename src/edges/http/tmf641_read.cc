#include "edges/http/tmf641_read.h"

#include "edges/http/field_errors.h"
#include "edges/http/http_message.h"
#include "edges/http/order_json.h"
#include "edges/http/tmf641_conform.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <unordered_map>

namespace cairn::http {
namespace {

// Reads what the order means. REQUIRES: the body conforms to the type of an order.
class Reader {
 public:
  explicit Reader(const Json& body) : body_(body) {}

  OrderRequest Read() {
    order_.source = OrderRequest::Source::kTmf641;
    ReadTop();
    ReadParties();
    const Place top;
    const Place place = top.Member("serviceOrderItem");
    ReadItems(body_.Find("serviceOrderItem"), place);
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
        errors_.Text(body_.Find("externalId"), top.Member("externalId"), kNameBytesMax);
    if (external != nullptr) order_.external_id = *external;
    const auto start =
        errors_.Time(body_.Find("requestedStartDate"), top.Member("requestedStartDate"));
    if (start) order_.requested_start = *start;
    ReadPriority(body_.Find("priority"), top.Member("priority"));
  }

  // Words are kept but order nothing.
  void ReadPriority(const Json* value, const Place& place) {
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
    order_.has_priority = true;
  }

  // A customer by that name, else whoever asked.
  void ReadParties() {
    const Json* parties = body_.Find("relatedParty");
    if (parties == nullptr) return;
    const Place top;
    const Place place = top.Member("relatedParty");
    bool have_customer = false;
    for (std::size_t i = 0; i < parties->items().size(); ++i) {
      const Place item = place.Item(i);
      const Json& party = parties->items()[i];
      const std::string* role =
          errors_.Text(party.Find("role"), item.Member("role"), kNameBytesMax);
      const std::string* id = errors_.Text(party.Find("id"), item.Member("id"), kNameBytesMax);
      if (role == nullptr || id == nullptr || have_customer) continue;
      have_customer = EqualsIgnoreCase(*role, "customer");
      if (have_customer || (EqualsIgnoreCase(*role, "requester") && order_.customer.empty())) {
        order_.customer = *id;
      }
    }
  }

  void ReadItems(const Json* items, const Place& place) {
    if (items == nullptr) return;
    for (std::size_t i = 0; i < items->items().size() && !errors_.full(); ++i) {
      if (order_.product_orders.size() > kProductOrdersMax) return;
      ReadItem(items->items()[i], place.Item(i));
    }
  }

  void ReadItem(const Json& item, const Place& place) {
    ProductOrderRequest request;
    if (const std::string* id = Name(item, place, "id")) request.id = *id;
    request.verb = ReadAction(item.Find("action"), place.Member("action"), errors_);
    ReadService(*item.Find("service"), place.Member("service"), request);
    ReadRelationships(item.Find("serviceOrderItemRelationship"),
                      place.Member("serviceOrderItemRelationship"), request);
    order_.product_orders.push_back(std::move(request));
    ReadItems(item.Find("serviceOrderItem"), place.Member("serviceOrderItem"));
  }

  const std::string* Name(const Json& object, const Place& place, std::string_view key) {
    return errors_.Name(object.Find(key), place.Member(key));
  }

  void ReadService(const Json& service, const Place& place, ProductOrderRequest& request) {
    ReadCharacteristics(service.Find("serviceCharacteristic"),
                        place.Member("serviceCharacteristic"), request);
    const auto text = [&](std::string_view key, std::string_view parameter) {
      const std::string* found = errors_.Text(service.Find(key), place.Member(key), kNameBytesMax);
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
    const Json* spec = service.Find("serviceSpecification");
    if (spec == nullptr) return;
    const auto id = errors_.Text(spec->Find("id"), spec_place.Member("id"), kNameBytesMax);
    const auto name = errors_.Text(spec->Find("name"), spec_place.Member("name"), kNameBytesMax);
    if (id != nullptr) request.service.specification_id = *id;
    if (name != nullptr) request.service.specification_name = *name;
  }

  void ReadCharacteristics(const Json* list, const Place& place, ProductOrderRequest& request) {
    if (list == nullptr) return;
    if (list->items().size() > kFieldsPerSetMax) {
      return errors_.Add(place, "too-many",
                         fmt::format("has {} entries; at most {} are allowed", list->items().size(),
                                     kFieldsPerSetMax));
    }
    for (std::size_t i = 0; i < list->items().size(); ++i) {
      const Place item = place.Item(i);
      const Json& entry = list->items()[i];
      const std::string* name = Name(entry, item, "name");
      if (name == nullptr) continue;
      const auto& names = request.service.characteristics;
      if (std::find(names.begin(), names.end(), *name) != names.end()) {
        errors_.Add(item.Member("name"), "duplicate-name",
                    "another characteristic of this service has this name");
        continue;
      }
      request.parameters.Add(*name, entry.Find("value")->Serialize());
      request.service.characteristics.push_back(*name);
    }
  }

  void ReadRelationships(const Json* list, const Place& place, ProductOrderRequest& request) {
    if (list == nullptr) return;
    for (std::size_t i = 0; i < list->items().size(); ++i) {
      const Place item = place.Item(i);
      const Json& relation = list->items()[i];
      const Json* type = relation.Find("relationshipType");
      if (type == nullptr || !EqualsIgnoreCase(type->text(), "dependency")) continue;
      const Json* ref = relation.Find("orderItem");
      if (ref == nullptr) {
        errors_.Required(item.Member("orderItem"));
      } else {
        ReadDependency(*ref, item.Member("orderItem"), request);
      }
    }
  }

  void ReadDependency(const Json& ref, const Place& place, ProductOrderRequest& request) {
    const Json* other = ref.Find("serviceOrderId");
    if (other != nullptr && !other->text().empty()) {
      return errors_.Add(place.Member("serviceOrderId"), "other-order",
                         "an item can only depend on items of its own order");
    }
    const std::string* id = Name(ref, place, "itemId");
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

// The member with most bytes, to be named when the whole is too large.
std::string LargestMember(const Json& object) {
  std::string largest;
  std::size_t bytes = 0;
  for (const Json::Member& member : object.members()) {
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
  FieldErrors errors;
  if (errors.Object(&*json, Place()) != nullptr) {
    DropUnsettable(*json, kTmfServiceOrder, TmfAccess::kCreate);
    ConformOrReport(*json, kTmfServiceOrder, Place(), errors);
  }
  if (errors.any()) return tl::unexpected(errors.Take());
  return ReadTmf641Order(*json);
}

tl::expected<OrderRequest, std::vector<FieldError>> ReadTmf641Order(const Json& order) {
  Reader reader(order);
  OrderRequest request = reader.Read();
  if (reader.errors().any()) return tl::unexpected(reader.errors().Take());
  request.tmf_document = order.Serialize();
  if (request.tmf_document.size() <= kTmfDocumentBytesMax) return request;
  FieldErrors errors;
  errors.Add(Place().Member(LargestMember(order)), "too-large",
             fmt::format("the order, kept as one document, has {} bytes, most of them here; at "
                         "most {} are allowed",
                         request.tmf_document.size(), kTmfDocumentBytesMax));
  return tl::unexpected(errors.Take());
}

}  // namespace cairn::http
