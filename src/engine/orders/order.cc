#include "engine/orders/order.h"

#include "base/check.h"

namespace cairn {
namespace {

void AddPart(Order& order, const records::OrderPart& part) {
  for (const auto& plan : part.product_orders()) {
    ProductOrder& product_order = order.product_orders.emplace_back();
    product_order.plan = &plan;
    product_order.first_technical_order = UINT32_MAX;
  }
  for (const auto& plan : part.technical_orders()) {
    const auto index = static_cast<std::uint32_t>(order.technical_orders.size());
    TechnicalOrder& technical = order.technical_orders.emplace_back();
    technical.plan = &plan;
    technical.first_work_order = static_cast<std::uint32_t>(order.work_orders.size());
    technical.open_predecessors = static_cast<std::uint32_t>(plan.predecessors_size());
    ProductOrder& parent = order.product_orders[plan.product_order()];
    if (parent.first_technical_order == UINT32_MAX) parent.first_technical_order = index;
    const std::uint32_t steps = order.catalog->step_count(plan.definition());
    for (std::uint32_t step = 0; step < steps; ++step) {
      order.work_orders.emplace_back().technical_order = index;
    }
  }
}

// Counting sort: how many members each key has, then where each list starts, then the members.
template <typename ForEachPair>
IndexLists Invert(std::size_t keys, ForEachPair for_each_pair) {
  IndexLists lists;
  lists.starts.assign(keys + 1, 0);
  for_each_pair([&](std::uint32_t key, std::uint32_t) { ++lists.starts[key + 1]; });
  for (std::size_t key = 0; key < keys; ++key) lists.starts[key + 1] += lists.starts[key];
  lists.members.resize(lists.starts[keys]);
  std::vector<std::uint32_t> next(lists.starts.begin(), lists.starts.end() - 1);
  for_each_pair(
      [&](std::uint32_t key, std::uint32_t member) { lists.members[next[key]++] = member; });
  return lists;
}

}  // namespace

std::optional<std::uint32_t> Order::FindAttempt(std::uint32_t work_order, std::uint32_t of_run,
                                                std::uint32_t n) const {
  if (work_orders[work_order].sends == 0) return std::nullopt;
  std::uint32_t index = work_orders[work_order].last_attempt;
  while (index != kNoAttempt && (attempts[index].run != of_run || attempts[index].n != n)) {
    index = attempts[index].previous;
  }
  return index == kNoAttempt ? std::nullopt : std::optional(index);
}

const records::Step& Order::step(std::uint32_t work_order) const {
  const TechnicalOrder& technical = technical_orders[work_orders[work_order].technical_order];
  return catalog->technical(technical.plan->definition())
      .steps(static_cast<int>(work_order - technical.first_work_order));
}

const records::Cartridge& Order::cartridge(std::uint32_t work_order) const {
  const TechnicalOrder& technical = technical_orders[work_orders[work_order].technical_order];
  return catalog->cartridge_of(technical.plan->definition(),
                               work_order - technical.first_work_order);
}

std::unique_ptr<Order> BuildOrder(
    OrderId id, Nanos submitted_at, std::string actor, std::shared_ptr<const Catalog> catalog,
    std::shared_ptr<const records::OrderAccepted> accepted,
    std::vector<std::shared_ptr<const records::OrderPart>> further_parts) {
  auto order = std::make_unique<Order>();
  order->id = id;
  order->version = 1;
  order->submitted_at = submitted_at;
  order->actor = std::move(actor);
  order->catalog = std::move(catalog);
  order->accepted = std::move(accepted);
  order->further_parts = std::move(further_parts);

  AddPart(*order, order->accepted->part());
  for (const auto& part : order->further_parts) AddPart(*order, *part);

  // A product order without technical orders has nothing to do, and starts where the next one does.
  auto next = static_cast<std::uint32_t>(order->technical_orders.size());
  for (std::size_t i = order->product_orders.size(); i-- > 0;) {
    ProductOrder& product_order = order->product_orders[i];
    if (product_order.first_technical_order == UINT32_MAX) {
      product_order.first_technical_order = next;
      product_order.state = ProductOrderState::kCompleted;
    }
    next = product_order.first_technical_order;
  }

  const auto count = static_cast<std::uint32_t>(order->technical_orders.size());
  order->slices = Invert(order->slice_count(), [&](auto pair) {
    for (std::uint32_t t = 0; t < count; ++t) pair(order->technical_orders[t].plan->slice(), t);
  });
  order->dependents = Invert(count, [&](auto pair) {
    for (std::uint32_t t = 0; t < count; ++t) {
      for (const std::uint32_t before : order->technical_orders[t].plan->predecessors())
        pair(before, t);
    }
  });
  return order;
}

}  // namespace cairn
