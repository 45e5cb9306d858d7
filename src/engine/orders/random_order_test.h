// For tests: small random orders, and random answers to them.
#pragma once

#include "base/random.h"
#include "engine/orders/scenario_test.h"

namespace cairn::testing {

struct RandomOrder {
  std::shared_ptr<const Catalog> catalog;
  OrderRequest request;
  Plan plan;
};

// One process of up to four steps, each after some of those before it.
inline std::string RandomProcess(Random& random, int process) {
  std::string line = fmt::format("P{}:", process);
  const auto steps = random.Between(1, 4);
  for (int s = 0; s < steps; ++s) {
    line += fmt::format(" s{}{}", s, random.Chance(1, 3) ? "~twice" : "");
    std::string after;
    for (int before = 0; before < s; ++before) {
      if (random.Chance(1, 2)) after += fmt::format(" s{}", before);
    }
    if (!after.empty()) line += " after" + after;
    line += ";";
  }
  return line;
}

// One product with one or two of the processes.
inline std::string RandomProduct(Random& random, int product, int processes) {
  std::string line = fmt::format("L{}{}:", product, random.Chance(1, 2) ? " in sequence" : "");
  const auto first = random.Below(static_cast<std::uint64_t>(processes));
  line += fmt::format(" P{}", first);
  const auto second = random.Below(static_cast<std::uint64_t>(processes));
  if (second != first) line += fmt::format(" P{}", second);
  return line;
}

inline RandomOrder MakeRandomOrder(Random& random) {
  CatalogSketch sketch;
  sketch.Cartridge("twice attempts=2 delay=1s within=2s");
  const auto processes = static_cast<int>(random.Between(1, 4));
  for (int p = 0; p < processes; ++p) sketch.Process(RandomProcess(random, p));
  RandomOrder made;
  const auto products = static_cast<int>(random.Between(1, 3));
  for (int p = 0; p < products; ++p) sketch.Product(RandomProduct(random, p, processes));
  const auto count = random.Between(1, 6);
  for (int i = 0; i < count; ++i) {
    ProductOrderRequest& wanted = made.request.product_orders.emplace_back();
    wanted.id = fmt::format("o{}", i);
    wanted.product = fmt::format("L{}", random.Below(static_cast<std::uint64_t>(products)));
    if (random.Chance(1, 12)) wanted.verb = records::NO_CHANGE;
    for (int before = 0; before < i; ++before) {
      if (random.Chance(1, 4)) wanted.depends_on.push_back(fmt::format("o{}", before));
    }
  }
  made.request.stop_all = random.Chance(1, 2);
  made.request.sequential = random.Chance(1, 6);
  made.request.skip_failed_wo = random.Chance(1, 2);
  made.request.replayable_so_to_retry_port = random.Chance(2, 3);
  if (random.Chance(1, 2)) {
    made.request.dataset.Add("pop::EXECUTION_POLICY", "\"Dependency Tree\"");
  }
  made.catalog = sketch.Make();
  auto plan = MakePlan(made.request, *made.catalog);
  if (plan) made.plan = *std::move(plan);
  EXPECT_NE(made.plan.accepted, nullptr);
  return made;
}

// One answer to any attempt that was ever made: mostly to one that is under way, at times to one
// that is over, so that it is late or a duplicate.
inline std::optional<Answer> RandomAnswer(Random& random, const Order& order) {
  if (order.attempts.empty()) return std::nullopt;
  std::vector<const Attempt*> open;
  for (const Attempt& attempt : order.attempts) {
    const WorkOrder& work_order = order.work_orders[attempt.work_order];
    const bool out =
        work_order.state == WorkOrderState::kSent || work_order.state == WorkOrderState::kWaiting;
    if (out && work_order.run == attempt.run && work_order.attempt == attempt.n) {
      open.push_back(&attempt);
    }
  }
  const bool any = open.empty() || random.Chance(1, 8);
  const Attempt& to =
      any ? order.attempts[random.Below(order.attempts.size())] : *open[random.Below(open.size())];
  const std::uint64_t draw = random.Below(12);
  return Answer{.work_order = to.work_order,
                .run = to.run,
                .attempt = to.n,
                .outcome = draw < 6    ? Outcome::kOk
                           : draw < 8  ? Outcome::kTechnical
                           : draw < 10 ? Outcome::kFunctional
                                       : Outcome::kDelayed,
                .output = {},
                .detail = fmt::format("draw {}", draw)};
}

}  // namespace cairn::testing
