// The kinds of durable identity.
#pragma once

#include "base/id.h"

#include <cstdint>

namespace cairn {

struct OrderTag {
  static constexpr std::string_view kPrefix = "so";
};
using OrderId = Id<OrderTag>;

struct OrderPartTag {
  static constexpr std::string_view kPrefix = "sp";
};
using OrderPartId = Id<OrderPartTag>;

struct ServiceTag {
  static constexpr std::string_view kPrefix = "sv";
};
using ServiceId = Id<ServiceTag>;  // of the inventory

struct ListenerTag {
  static constexpr std::string_view kPrefix = "ls";
};
using ListenerId = Id<ListenerTag>;

// A work order is a place in its order: (order, index). People see "wo-<order>-<index>".
struct WorkOrderRef {
  OrderId order;
  std::uint32_t index = 0;
  friend auto operator<=>(const WorkOrderRef&, const WorkOrderRef&) = default;
};

}  // namespace cairn
