#include "engine/orders/secrets.h"

#include "base/check.h"
#include "base/json.h"

#include <algorithm>
#include <optional>

namespace cairn {
namespace {

// The texts and numbers in a value.
void Collect(const Json& value, std::vector<std::string>& out) {
  if (value.is_string() || value.is_number()) out.push_back(value.text());
  if (value.is_array()) {
    for (const Json& item : value.items()) Collect(item, out);
  }
  if (value.is_object()) {
    for (const Json::Member& member : value.members()) Collect(member.value, out);
  }
}

}  // namespace

SecretValues::SecretValues(const Order& order) {
  const auto product_of = [&](std::uint32_t p) -> const records::Product& {
    return order.catalog->product(order.product_orders[p].plan->product());
  };
  const auto count = static_cast<std::uint32_t>(order.product_orders.size());
  for (std::uint32_t p = 0; p < count; ++p) {
    Add(product_of(p), order.product_orders[p].plan->parameters(), order.accepted->dataset());
  }
  // What a step has set under the name of a secret is one too.
  for (const AssignedFields& assigned : order.assigned) {
    std::uint32_t first = assigned.index;
    std::uint32_t end = assigned.index + 1;
    if (assigned.scope == records::ORDER) end = count;
    if (assigned.scope == records::TECHNICAL_ORDER) {
      first = order.technical_orders[assigned.index].plan->product_order();
      end = first + 1;
    }
    for (std::uint32_t p = first; p < end; ++p) Add(product_of(p), assigned.fields, {});
  }
}

void SecretValues::Add(const records::Product& product, std::string_view parameters,
                       std::string_view dataset) {
  std::vector<std::string> found;
  for (const records::Parameter& parameter : product.parameters()) {
    if (!parameter.secret()) continue;
    names_.insert(parameter.name());
    for (const std::string_view set : {parameters, dataset}) {
      const auto json = FindField(set, parameter.name());
      if (!json) continue;
      const auto value = ParseJson(*json);
      CHECK(value.has_value());
      Collect(*value, found);
    }
  }
  for (std::string& text : found) {
    if (text.empty() || !wholes_.insert(text).second || text.size() < kSecretPartBytesMin) continue;
    const std::string json = JsonString(text);
    std::string escaped = json.substr(1, json.size() - 2);
    if (escaped != text) parts_.push_back(std::move(escaped));
    parts_.push_back(std::move(text));
  }
  // One secret may be a part of another.
  std::sort(parts_.begin(), parts_.end(), [](const std::string& a, const std::string& b) {
    return a.size() != b.size() ? a.size() > b.size() : a < b;
  });
}

std::string SecretValues::Hide(std::string text) const {
  if (wholes_.contains(text)) return std::string(kSecretText);
  return HideParts(std::move(text));
}

std::string SecretValues::HideParts(std::string text) const {
  for (const std::string& part : parts_) {
    for (std::size_t at = text.find(part); at != std::string::npos;
         at = text.find(part, at + kSecretText.size())) {
      text.replace(at, part.size(), kSecretText);
    }
  }
  return text;
}

Fields SecretValues::Hide(const Fields& fields) const {
  if (empty()) return fields;
  Fields hidden;
  for (const Fields::Field& field : fields) {
    if (names_.contains(field.name)) {
      hidden.Add(field.name, JsonString(kSecretText));
      continue;
    }
    const auto value = ParseJson(field.json);
    CHECK(value.has_value());
    hidden.Add(field.name, Hide(*value).Serialize());
  }
  return hidden;
}

Json SecretValues::Hide(Json value) const {
  if (value.is_string()) return Json::String(Hide(value.text()));
  if (value.is_number() && wholes_.contains(value.text())) {
    return Json::String(std::string(kSecretText));
  }
  if (value.is_array()) {
    for (Json& item : value.items()) item = Hide(std::move(item));
  } else if (value.is_object()) {
    for (Json::Member& member : value.members()) member.value = Hide(std::move(member.value));
  }
  return value;
}

Json SecretValues::HideInDocument(Json value) const {
  if (value.is_string()) return Json::String(HideParts(value.text()));
  if (value.is_array()) {
    for (Json& item : value.items()) item = HideInDocument(std::move(item));
  } else if (value.is_object()) {
    const Json* name = value.Find("name");
    const bool secret = name != nullptr && name->is_string() && names_.contains(name->text());
    for (Json::Member& member : value.members()) {
      member.value = secret && member.key == "value" ? Json::String(std::string(kSecretText))
                                                     : HideInDocument(std::move(member.value));
    }
  }
  return value;
}

}  // namespace cairn
