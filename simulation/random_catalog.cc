#include "simulation/random_catalog.h"

#include "engine/orders/plan.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>
#include <vector>

namespace cairn::simulation {
namespace {

void AddCartridges(Random& random, records::Catalog& catalog, std::uint64_t count) {
  for (std::uint64_t i = 0; i < count; ++i) {
    auto& cartridge = *catalog.add_cartridges();
    cartridge.set_name(fmt::format("c{}", i));
    if (random.Chance(1, 6)) {
      cartridge.mutable_manual();
    } else {
      cartridge.mutable_simulated();
      if (random.Chance(1, 2)) cartridge.set_verify("look");
    }
    if (random.Chance(1, 2))
      cartridge.set_concurrency(static_cast<std::uint32_t>(1 + random.Below(8)));
    if (random.Chance(1, 2))
      cartridge.set_attempts(static_cast<std::uint32_t>(1 + random.Below(3)));
    cartridge.set_retry_delay_ns(random.Between(0, 2 * kSecond));
    if (random.Chance(1, 2)) {
      cartridge.set_backoff(random.Chance(1, 2) ? records::LINEAR : records::EXPONENTIAL);
      cartridge.set_retry_delay_max_ns(3 * kSecond);
      cartridge.set_retry_jitter_percent(static_cast<std::uint32_t>(random.Below(101)));
    }
    if (random.Chance(1, 3)) {
      cartridge.set_calls_per_second(static_cast<std::uint32_t>(5 + random.Below(200)));
      cartridge.set_burst(static_cast<std::uint32_t>(random.Below(10)));
    }
    cartridge.set_timeout_ns(random.Between(100 * kMillisecond, 5 * kSecond));
    cartridge.set_answer_within_ns(random.Between(1, 30 * kSecond));
  }
}

void AddStep(Random& random, const records::Catalog& catalog,
             records::TechnicalProductOrder& technical) {
  const int index = technical.steps_size();
  auto& step = *technical.add_steps();
  step.set_name(fmt::format("s{}", index));
  step.set_cartridge(
      fmt::format("c{}", random.Below(static_cast<std::uint64_t>(catalog.cartridges_size()))));
  step.set_operation("do");
  for (int before = 0; before < index; ++before) {
    if (random.Chance(1, 2)) step.add_after(static_cast<std::uint32_t>(before));
  }
  auto& mapping = *step.add_input();
  mapping.set_target("x");
  mapping.set_parameter("x");
  if (step.after_size() > 0) {
    auto& output = *step.add_input();
    output.set_target("from");
    output.mutable_output()->set_step(step.after(0));
    output.mutable_output()->set_field("reference");
  }
}

// A rule of any kind but availability, which would make an order good at one time and not at
// another.
void AddRule(Random& random, records::Catalog& catalog, int owner) {
  const int products = catalog.products_size();
  const auto name = [&](std::uint64_t index) { return fmt::format("p{}", index); };
  const auto below = static_cast<std::uint64_t>(owner);
  const auto all = static_cast<std::uint64_t>(products);
  auto& rule = *catalog.add_rules();
  // The names rise with their numbers: there are fewer than ten.
  rule.set_name(fmt::format("r{}", catalog.rules_size()));
  // What goes before has a smaller number, as with "after": no cycles. Replaced is by a larger one.
  const std::uint64_t draw = random.Below(5);
  if (draw == 0 && owner > 0) {
    rule.mutable_prepend()->add_products(name(random.Below(below)));
    rule.mutable_prepend()->set_add_missing(random.Chance(1, 2));
  } else if (draw == 1 && owner + 1 < products) {
    rule.mutable_append()->add_products(name(below + 1 + random.Below(all - below - 1)));
    rule.mutable_append()->set_add_missing(random.Chance(1, 2));
  } else if (draw == 2 && owner + 1 < products) {
    rule.mutable_substitution()->set_product(name(below + 1 + random.Below(all - below - 1)));
  } else if (draw == 3) {
    rule.mutable_exclusion()->add_products(name(random.Below(all)));
    rule.mutable_exclusion()->set_drop(random.Chance(2, 3));
  } else {
    rule.mutable_validation()->add_any_of()->add_all_of(name(random.Below(all)));
    rule.mutable_validation()->add_any_of()->add_all_of(name(random.Below(all)));
  }
  catalog.mutable_products(owner)->add_rules()->set_rule(rule.name());
}

// Processes with choices, hooks, ends and compensations.
class ProcessMaker {
 public:
  ProcessMaker(Random& random, const records::Catalog& catalog, records::TechnicalProductOrder& out)
      : random_(random), catalog_(catalog), out_(out) {}

  void Make() {
    std::vector<std::uint32_t> ends = {AddCall({})};
    const std::uint64_t parts = 1 + random_.Below(3);
    for (std::uint64_t i = 0; i < parts; ++i) {
      ends = random_.Chance(1, 2) ? AddChoice(ends) : std::vector<std::uint32_t>{AddCall(ends)};
    }
    AddCall(ends);
    for (const std::uint32_t undone : undone_) {
      auto& step = *out_.add_steps();
      step.set_name(fmt::format("undo:{}", out_.steps(static_cast<int>(undone)).name()));
      step.set_kind(records::COMPENSATION);
      step.set_compensates(undone);
      SetTarget(step);
    }
  }

 private:
  records::Step& Add(records::StepKind kind, const std::vector<std::uint32_t>& after) {
    const int index = out_.steps_size();
    auto& step = *out_.add_steps();
    step.set_kind(kind);
    step.set_name(fmt::format("s{}", index));
    for (const std::uint32_t before : after) step.add_after(before);
    for (const auto& [choice, branch] : within_) {
      auto& part = *step.add_within();
      part.set_choice(choice);
      part.set_branch(branch);
    }
    return step;
  }
  std::uint32_t Last() const { return static_cast<std::uint32_t>(out_.steps_size()) - 1; }

  void SetTarget(records::Step& step) {
    step.set_cartridge(
        fmt::format("c{}", random_.Below(static_cast<std::uint64_t>(catalog_.cartridges_size()))));
    step.set_operation("do");
  }

  std::uint32_t AddCall(const std::vector<std::uint32_t>& after) {
    auto& step = Add(records::WORK_ORDER, after);
    SetTarget(step);
    if (random_.Chance(1, 2)) {
      step.set_has_compensation(true);
      undone_.push_back(Last());
    }
    if (random_.Chance(1, 3)) step.set_deadline_ns(random_.Between(kSecond, 20 * kSecond));
    if (random_.Chance(1, 4)) {
      step.mutable_on_entry()->set_source("set('order', 'seen', step)");
    }
    if (random_.Chance(1, 4)) {
      step.mutable_on_eval()->set_source("set('last', answer.reference or 'none')");
    }
    for (const char* name : {"x", "seen", "last"}) {
      auto& mapping = *step.add_input();
      mapping.set_target(name);
      mapping.set_parameter(name);
    }
    return Last();
  }

  // The first branch at times ends the process, or does nothing.
  std::vector<std::uint32_t> AddChoice(const std::vector<std::uint32_t>& after) {
    auto& choice = Add(records::CHOICE, after);
    const std::uint32_t index = Last();
    choice.add_guards()->set_source(random_.Chance(1, 2) ? "parameters.x == 'own'"
                                                         : "dataset.seen ~= nil");
    choice.add_guards();
    std::vector<std::uint32_t> ends;
    within_.emplace_back(index, 0);
    if (random_.Chance(1, 6)) {
      constexpr records::ProcessEnd kEnds[] = {records::END_PASS, records::END_FAIL,
                                               records::END_RETRY};
      Add(records::END, {index}).set_end(kEnds[random_.Below(3)]);
      ends.push_back(Last());
    } else if (random_.Chance(1, 3)) {
      ends.push_back(index);
    } else {
      ends.push_back(AddCall({AddCall({index})}));
    }
    within_.back().second = 1;
    ends.push_back(AddCall({index}));
    within_.pop_back();
    return ends;
  }

  Random& random_;
  const records::Catalog& catalog_;
  records::TechnicalProductOrder& out_;
  std::vector<std::pair<std::uint32_t, std::uint32_t>> within_;
  std::vector<std::uint32_t> undone_;
};

void AddAction(Random& random, records::Product& product, records::Verb verb,
               std::uint64_t technicals) {
  auto& action = *product.add_actions();
  action.set_verb(verb);
  action.set_in_sequence(random.Chance(1, 2));
  for (std::uint64_t t = 0; t < technicals; ++t) {
    if (random.Chance(1, 3)) action.add_decomposition(fmt::format("t{}", t));
  }
  if (action.decomposition_size() == 0) action.add_decomposition("t0");
}

void AddService(Random& random, records::Product& product, std::uint64_t technicals) {
  auto& parameter = *product.add_parameters();
  parameter.set_name("id");
  parameter.set_type(records::STRING);
  parameter.set_mandatory(true);
  auto& service = *product.mutable_service();
  service.set_id_parameter("id");
  service.set_delta(random.Chance(3, 4));
  service.set_must_exist(random.Chance(1, 4));
  AddAction(random, product, records::MODIFY, technicals);
  AddAction(random, product, records::DELETE, technicals);
}

}  // namespace

records::Catalog RandomCatalog(Random& random) {
  records::Catalog catalog;
  AddCartridges(random, catalog, 1 + random.Below(3));
  const std::uint64_t technicals = 2 + random.Below(5);
  for (std::uint64_t i = 0; i < technicals; ++i) {
    auto& technical = *catalog.add_technical_product_orders();
    technical.set_name(fmt::format("t{}", i));
    const std::uint64_t steps = 1 + random.Below(4);
    if (random.Chance(1, 3)) {
      ProcessMaker(random, catalog, technical).Make();
    } else {
      for (std::uint64_t s = 0; s < steps; ++s) AddStep(random, catalog, technical);
    }
    // Only after smaller names: no cycles.
    if (i > 0 && random.Chance(1, 4)) technical.add_after(fmt::format("t{}", random.Below(i)));
  }
  const std::uint64_t products = 2 + random.Below(4);
  for (std::uint64_t i = 0; i < products; ++i) {
    auto& product = *catalog.add_products();
    product.set_name(fmt::format("p{}", i));
    if (i > 0 && random.Chance(1, 4)) product.add_after(fmt::format("p{}", random.Below(i)));
    auto& parameter = *product.add_parameters();
    parameter.set_name("x");
    parameter.set_type(records::STRING);
    parameter.set_mandatory(random.Chance(1, 3));
    AddAction(random, product, records::ADD, technicals);
    if (random.Chance(1, 2)) AddService(random, product, technicals);
  }
  for (int owner = 0; owner < catalog.products_size(); ++owner) {
    if (random.Chance(1, 4)) AddRule(random, catalog, owner);
  }
  return catalog;
}

OrderRequest RandomOrder(Random& random, const records::Catalog& catalog, std::uint64_t number,
                         bool large) {
  OrderRequest request;
  request.external_id = fmt::format("order-{}", number);
  request.customer = fmt::format("C-{}", random.Below(5));
  request.has_priority = random.Chance(1, 2);
  if (request.has_priority) request.priority = random.Between(-1, 5);
  request.stop_all = random.Chance(1, 3);
  request.sequential = random.Chance(1, 8);
  request.replayable_so_to_retry_port = !random.Chance(1, 4);
  request.skip_failed_wo = !random.Chance(1, 3);
  if (random.Chance(1, 2)) request.dataset.Add("x", "\"from the order\"");
  if (random.Chance(1, 3)) request.dataset.Add(kExecutionPolicy, "\"Dependency Tree\"");
  if (random.Chance(1, 4)) request.dataset.Add(kPopCheckpoint, "\"AfterSlice\"");
  // A large one is stored in several parts.
  const std::uint64_t count = large ? 501 + random.Below(60) : 1 + random.Below(5);
  for (std::uint64_t i = 0; i < count; ++i) {
    auto& product_order = request.product_orders.emplace_back();
    product_order.id = fmt::format("po{}", i);
    const auto& product = catalog.products(
        static_cast<int>(random.Below(static_cast<std::uint64_t>(catalog.products_size()))));
    product_order.product = product.name();
    const auto verb = random.Below(static_cast<std::uint64_t>(product.actions_size()));
    product_order.verb = product.actions(static_cast<int>(verb)).verb();
    if (random.Chance(4, 5)) product_order.parameters.Add("x", "\"own\"");
    // Few services, so that orders find what others have left; another catalog may ask for one.
    if (random.Chance(19, 20)) {
      product_order.parameters.Add("id", fmt::format("\"s{}\"", random.Below(4)));
    }
    if (count < 10) {
      for (std::uint64_t before = 0; before < i; ++before) {
        if (random.Chance(1, 4)) product_order.depends_on.push_back(fmt::format("po{}", before));
      }
      if (random.Chance(1, 100)) product_order.depends_on.push_back(fmt::format("po{}", count - 1));
    }
  }
  return request;
}

}  // namespace cairn::simulation
