#include "engine/orders/work_order_input.h"

#include "engine/orders/datasets.h"
#include "model/limits.h"

namespace cairn {
namespace {

std::optional<std::string_view> SourceOf(const Order& order, std::uint32_t technical_order,
                                         const records::Mapping& mapping) {
  switch (mapping.source_case()) {
    case records::Mapping::kLiteralJson: return mapping.literal_json();
    case records::Mapping::kParameter:
      return LookUpField(order, technical_order, mapping.parameter());
    case records::Mapping::kOutput: {
      const WorkOrder& from =
          order.work_orders[order.technical_orders[technical_order].first_work_order +
                            mapping.output().step()];
      return FindField(order.Text(from.output), mapping.output().field());
    }
    case records::Mapping::kExpression:
    case records::Mapping::SOURCE_NOT_SET: return std::nullopt;
  }
  return std::nullopt;
}

std::string KeyOfRun(OrderId order, std::uint32_t work_order, std::uint32_t run) {
  std::string key = WorkOrderName(order, work_order);
  key += "-r";
  key += std::to_string(run);
  return key;
}

}  // namespace

Fields WorkOrderInput(const Order& order, std::uint32_t work_order) {
  const WorkOrder& called = order.work_orders[work_order];
  if (called.has_input) return Fields::FromEncoded(std::string(order.Text(called.input)));
  Fields input;
  for (const auto& mapping : order.step(work_order).input()) {
    if (const auto json = SourceOf(order, called.technical_order, mapping)) {
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
  return KeyOfRun(order.id, work_order, order.work_orders[work_order].run);
}

std::string QuestionedKey(const Order& order, std::uint32_t work_order) {
  const WorkOrder& asked = order.work_orders[work_order];
  return KeyOfRun(order.id, work_order, asked.doubtful_run > 0 ? asked.doubtful_run : asked.run);
}

Nanos WorkOrderTimeout(const records::Cartridge& cartridge) {
  return cartridge.timeout_ns() > 0 ? cartridge.timeout_ns() : kDefaultTimeoutNs;
}

}  // namespace cairn
