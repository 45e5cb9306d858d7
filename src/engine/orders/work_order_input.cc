#include "engine/orders/work_order_input.h"

#include "model/limits.h"

namespace cairn {
namespace {

// Own dataset first, then the parent's: the technical order's, the product order's parameters, then
// the order's dataset.
std::optional<std::string_view> LookUp(const Order& order, const TechnicalOrder& technical,
                                       std::string_view name) {
  if (const auto own = FindField(technical.plan->dataset(), name)) return own;
  const ProductOrder& parent = order.product_orders[technical.plan->product_order()];
  if (const auto own = FindField(parent.plan->parameters(), name)) return own;
  return FindField(order.accepted->dataset(), name);
}

std::optional<std::string_view> SourceOf(const Order& order, const TechnicalOrder& technical,
                                         const records::Mapping& mapping) {
  switch (mapping.source_case()) {
    case records::Mapping::kLiteralJson: return mapping.literal_json();
    case records::Mapping::kParameter: return LookUp(order, technical, mapping.parameter());
    case records::Mapping::kOutput: {
      const WorkOrder& from =
          order.work_orders[technical.first_work_order + mapping.output().step()];
      return FindField(order.Text(from.output), mapping.output().field());
    }
    case records::Mapping::kExpression:
    case records::Mapping::SOURCE_NOT_SET: return std::nullopt;
  }
  return std::nullopt;
}

}  // namespace

Fields WorkOrderInput(const Order& order, std::uint32_t work_order) {
  const TechnicalOrder& technical =
      order.technical_orders[order.work_orders[work_order].technical_order];
  Fields input;
  for (const auto& mapping : order.step(work_order).input()) {
    if (const auto json = SourceOf(order, technical, mapping)) {
      input.Add(mapping.target(), *json);
    } else if (!mapping.default_json().empty()) {
      input.Add(mapping.target(), mapping.default_json());
    }
  }
  return input;
}

std::string WorkOrderName(OrderId order, std::uint32_t work_order) {
  std::string name = FormatIdNumber("wo", order.value());
  name.push_back('-');
  name += std::to_string(work_order);
  return name;
}

std::string IdempotencyKey(const Order& order, std::uint32_t work_order) {
  std::string key = WorkOrderName(order.id, work_order);
  key += "-r";
  key += std::to_string(order.work_orders[work_order].run);
  return key;
}

Nanos WorkOrderTimeout(const records::Cartridge& cartridge) {
  return cartridge.timeout_ns() > 0 ? cartridge.timeout_ns() : kDefaultTimeoutNs;
}

}  // namespace cairn
