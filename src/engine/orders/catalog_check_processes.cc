// The technical product orders of a catalog: their steps, what a step waits for, the operation that
// it calls, and where each field of its input comes from.
#include "engine/orders/catalog_check_context.h"
#include "model/limits.h"

#include <fmt/format.h>

#include <set>

namespace cairn::catalog_check {
namespace {

using records::Mapping;
using records::Step;
using records::TechnicalProductOrder;

// For each step, the steps that have completed before it is sent.
class Ancestors {
 public:
  explicit Ancestors(int count)
      : count_(static_cast<std::size_t>(count)), before_(count_ * count_, false) {}

  // REQUIRES: earlier < step, and earlier's own row is complete.
  void Inherit(int step, int earlier) {
    const std::size_t to = Row(step);
    const std::size_t from = Row(earlier);
    before_[to + static_cast<std::size_t>(earlier)] = true;
    for (std::size_t i = 0; i < count_; ++i) {
      if (before_[from + i]) {
        before_[to + i] = true;
      }
    }
  }
  bool Has(int step, std::uint32_t earlier) const {
    return earlier < count_ && before_[Row(step) + earlier];
  }

 private:
  std::size_t Row(int step) const { return static_cast<std::size_t>(step) * count_; }
  std::size_t count_;
  std::vector<bool> before_;
};

void CheckSource(Context& context, const std::string& path, const TechnicalProductOrder& owner,
                 int step, const Mapping& mapping, const Ancestors& ancestors) {
  switch (mapping.source_case()) {
    case Mapping::kLiteralJson: context.CheckJson(path, mapping.literal_json()); break;
    case Mapping::kParameter:
      context.CheckFieldName(path, "a parameter", mapping.parameter());
      break;
    case Mapping::kOutput: {
      const std::uint32_t earlier = mapping.output().step();
      context.CheckFieldName(path, "a field of an output", mapping.output().field());
      if (earlier >= static_cast<std::uint32_t>(owner.steps_size())) {
        context.Add(path, "unknown-step",
                    fmt::format("the process has no step with the index {}", earlier));
      } else if (!ancestors.Has(step, earlier)) {
        context.Add(
            path, "not-an-earlier-step",
            fmt::format("'{}' uses the output of '{}', which need not have answered by "
                        "then: it must stand before it in a sequence",
                        owner.steps(step).name(), owner.steps(static_cast<int>(earlier)).name()));
      }
      break;
    }
    case Mapping::kExpression: break;
    case Mapping::SOURCE_NOT_SET:
      context.Add(path, "no-source",
                  fmt::format("the field '{}' says not where it comes from", mapping.target()));
      break;
  }
  if (!mapping.default_json().empty()) {
    context.CheckJson(CatalogPath(path, "default"), mapping.default_json());
  }
}

// Every {field} in the operation's path and headers must be in the step's input.
void CheckTemplatesAreFilled(Context& context, const std::string& path, const Step& step,
                             const records::HttpCartridge& http,
                             const records::HttpOperation& operation) {
  std::set<std::string_view> given;
  for (const Mapping& mapping : step.input()) {
    given.insert(mapping.target());
  }
  std::vector<std::string_view> wanted;
  std::set<std::string_view> missing;
  const auto read = [&](std::string_view text) {
    wanted.clear();
    if (!TemplateFields(text, wanted)) {
      return;  // reported with the cartridge
    }
    for (const std::string_view field : wanted) {
      if (!given.contains(field)) {
        missing.insert(field);
      }
    }
  };
  read(operation.path());
  for (const records::Header& header : http.headers()) {
    read(header.value());
  }
  for (const records::Header& header : operation.headers()) {
    read(header.value());
  }
  for (const std::string_view field : missing) {
    context.Add(path, "missing-input",
                fmt::format("the operation '{}' of '{}' uses {{{}}}, but the input of '{}' has no "
                            "such field",
                            operation.name(), step.cartridge(), field, step.name()));
  }
}

void CheckTarget(Context& context, const std::string& path, const Step& step) {
  const std::string cartridge_path = CatalogPath(path, "cartridge");
  if (step.cartridge().empty()) {
    context.Add(cartridge_path, "empty-name",
                fmt::format("the work order '{}' names no cartridge", step.name()));
    return;
  }
  context.CheckName(CatalogPath(path, "operation"), "an operation", step.operation());
  const records::Cartridge* cartridge = context.FindCartridge(step.cartridge());
  if (cartridge == nullptr) {
    std::vector<std::string_view> names;
    for (const auto& known : context.catalog().cartridges()) {
      names.push_back(known.name());
    }
    context.Add(cartridge_path, "unknown-cartridge",
                fmt::format("there is no cartridge '{}'{}", step.cartridge(),
                            Context::Suggestion(step.cartridge(), names)));
    return;
  }
  if (!cartridge->has_http()) {
    return;
  }
  std::vector<std::string_view> names;
  bool known = false;
  for (const records::HttpOperation& operation : cartridge->http().operations()) {
    known = known || operation.name() == step.operation();
    // The question whether it was carried out goes with the same input.
    if (operation.name() == step.operation() || operation.name() == cartridge->verify()) {
      CheckTemplatesAreFilled(context, path, step, cartridge->http(), operation);
    }
    names.push_back(operation.name());
  }
  if (known) return;
  context.Add(CatalogPath(path, "operation"), "unknown-operation",
              fmt::format("the cartridge '{}' has no operation '{}'{}", step.cartridge(),
                          step.operation(), Context::Suggestion(step.operation(), names)));
}

void CheckStepAfter(Context& context, const std::string& path, const Step& step, int index,
                    Ancestors& ancestors) {
  for (int i = 0; i < step.after_size() && !context.full(); ++i) {
    if (step.after(i) >= static_cast<std::uint32_t>(index)) {
      context.Add(CatalogPath(CatalogPath(path, "after"), i), "after-not-smaller",
                  fmt::format("the step {} must come after steps with a smaller index, not {}",
                              index, step.after(i)));
    } else {
      ancestors.Inherit(index, static_cast<int>(step.after(i)));
    }
  }
}

void CheckInput(Context& context, const std::string& path, const TechnicalProductOrder& owner,
                int index, const Ancestors& ancestors) {
  const Step& step = owner.steps(index);
  const std::string base = CatalogPath(path, "input");
  if (!context.CheckCount(base, "fields", step.input_size(), static_cast<int>(kFieldsPerSetMax))) {
    return;
  }
  std::set<std::string_view> seen;
  for (const Mapping& mapping : step.input()) {
    if (context.full()) {
      return;
    }
    const std::string field_path = CatalogPath(base, mapping.target());
    context.CheckFieldName(field_path, "a field of an input", mapping.target());
    if (!seen.insert(mapping.target()).second) {
      context.Add(field_path, "duplicate-name",
                  fmt::format("the field '{}' is given twice", mapping.target()));
    }
    CheckSource(context, field_path, owner, index, mapping, ancestors);
  }
}

void CheckSteps(Context& context, const std::string& path, const TechnicalProductOrder& owner) {
  const std::string base = CatalogPath(path, "steps");
  if (owner.steps().empty()) {
    context.Add(path, "no-steps",
                fmt::format("the technical product order '{}' has no work order", owner.name()));
    return;
  }
  if (!context.CheckCount(base, "work orders in one process", owner.steps_size(),
                          static_cast<int>(kStepsPerProcessMax))) {
    return;
  }
  std::set<std::string_view> names;
  Ancestors ancestors(owner.steps_size());
  for (int i = 0; i < owner.steps_size() && !context.full(); ++i) {
    const Step& step = owner.steps(i);
    const std::string step_path = CatalogPath(base, i);
    context.CheckName(step_path, "a work order", step.name());
    if (!names.insert(step.name()).second) {
      context.Add(
          step_path, "duplicate-name",
          fmt::format("the work order '{}' is given twice in '{}'", step.name(), owner.name()));
    }
    CheckStepAfter(context, step_path, step, i, ancestors);
    CheckTarget(context, step_path, step);
    CheckInput(context, step_path, owner, i, ancestors);
  }
}

}  // namespace

void CheckTechnicalProductOrders(Context& context) {
  const std::string base = "/technicalProductOrders";
  std::vector<AfterList> lists;
  for (const TechnicalProductOrder& order : context.catalog().technical_product_orders()) {
    if (context.full()) {
      return;
    }
    const std::string path = CatalogPath(base, order.name());
    context.CheckDescription(path, order.description());
    const std::string after = CatalogPath(path, "after");
    if (context.CheckCount(after, "technical product orders", order.after_size(),
                           kCatalogListMax)) {
      for (int i = 0; i < order.after_size() && !context.full(); ++i) {
        context.CheckReference(CatalogPath(after, i), "unknown-technical-product-order",
                               "technical product order", order.after(i),
                               context.technical_product_orders());
      }
    }
    CheckSteps(context, path, order);
    lists.push_back({order.name(), &order.after()});
  }
  CheckCycles(context, base, lists, context.technical_product_orders());
}

}  // namespace cairn::catalog_check
