// The technical product orders of a catalog: their steps, what a step waits for, what it does, and
// where each field that it sends or sets comes from.
#include "engine/orders/catalog.h"
#include "engine/orders/catalog_check_context.h"
#include "model/limits.h"

#include <fmt/format.h>

#include <algorithm>
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

// Whether a step has been executed whenever `step` is: no choice can have gone past it. What undoes
// a step knows what that one did.
bool HasRunBy(const TechnicalProductOrder& owner, int step, const Step& earlier) {
  const Step& self = owner.steps(step);
  const Step& user = self.kind() == records::COMPENSATION
                         ? owner.steps(static_cast<int>(self.compensates()))
                         : self;
  return std::all_of(earlier.within().begin(), earlier.within().end(), [&](const auto& part) {
    return std::any_of(user.within().begin(), user.within().end(), [&](const auto& own) {
      return own.choice() == part.choice() && own.branch() == part.branch();
    });
  });
}

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
      } else if (mapping.default_json().empty() &&
                 !HasRunBy(owner, step, owner.steps(static_cast<int>(earlier)))) {
        context.Add(
            path, "may-not-have-run",
            fmt::format("a choice may have gone past '{}', whose output '{}' uses: say "
                        "what to take then, as in {{from: ..., default: ...}}",
                        owner.steps(static_cast<int>(earlier)).name(), owner.steps(step).name()));
      }
      break;
    }
    case Mapping::kExpression: context.CheckScript(path, mapping.expression()); break;
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

void CheckAssignments(Context& context, const std::string& path, const TechnicalProductOrder& owner,
                      int index, const Ancestors& ancestors) {
  const Step& step = owner.steps(index);
  const std::string set = CatalogPath(path, "set");
  if (context.CheckCount(set, "fields", step.assign_size(), static_cast<int>(kFieldsPerSetMax))) {
    for (const records::Assignment& assignment : step.assign()) {
      const std::string field = CatalogPath(set, assignment.value().target());
      context.CheckFieldName(field, "a field of a dataset", assignment.value().target());
      CheckSource(context, field, owner, index, assignment.value(), ancestors);
    }
  }
  const std::string results = CatalogPath(path, "results");
  if (!context.CheckCount(results, "fields", step.results_size(),
                          static_cast<int>(kFieldsPerSetMax))) {
    return;
  }
  for (const records::Assignment& result : step.results()) {
    const Mapping& value = result.value();
    const std::string field = CatalogPath(results, value.target());
    context.CheckFieldName(field, "a field of a dataset", value.target());
    const bool own =
        value.has_output() && value.output().step() == static_cast<std::uint32_t>(index);
    if (!own && !value.has_literal_json()) {
      context.Add(field, "bad-reference",
                  fmt::format("a result is a field of what '{}' itself answers", step.name()));
    }
  }
}

void CheckHooks(Context& context, const std::string& path, const Step& step) {
  if (step.has_on_entry()) {
    context.CheckScript(CatalogPath(path, "onEntry"), step.on_entry(), ScriptForm::kHook);
  }
  if (step.has_on_eval()) {
    context.CheckScript(CatalogPath(path, "onEval"), step.on_eval(), ScriptForm::kHook);
  }
  if (step.deadline_ns() < 0 || step.deadline_ns() > kStepDeadlineNsMax) {
    context.Add(CatalogPath(path, "deadline"), "out-of-range",
                fmt::format("the deadline of '{}' must be from 0s to 366 days", step.name()));
  }
}

void CheckGuards(Context& context, const std::string& path, const Step& choice) {
  if (choice.guards().empty() || !choice.guards(choice.guards_size() - 1).source().empty()) {
    context.Add(path, "no-otherwise", "the last branch of a choice must be 'otherwise'");
    return;
  }
  for (int i = 0; i + 1 < choice.guards_size() && !context.full(); ++i) {
    context.CheckScript(CatalogPath(CatalogPath(path, "guards"), i), choice.guards(i));
  }
}

// A step may only be part of branches that there are.
void CheckWithin(Context& context, const std::string& path, const TechnicalProductOrder& owner,
                 int index) {
  for (const records::BranchRef& part : owner.steps(index).within()) {
    const bool is_choice = part.choice() < static_cast<std::uint32_t>(index) &&
                           owner.steps(static_cast<int>(part.choice())).kind() == records::CHOICE;
    if (!is_choice ||
        part.branch() >= static_cast<std::uint32_t>(
                             owner.steps(static_cast<int>(part.choice())).guards_size())) {
      context.Add(path, "unknown-branch",
                  fmt::format("the step {} is part of branch {} of the step {}, which is not there",
                              index, part.branch(), part.choice()));
    }
  }
}

// False when it is none.
bool CheckCompensates(Context& context, const std::string& path, const TechnicalProductOrder& owner,
                      int index, std::set<std::uint32_t>& undone, Ancestors& ancestors) {
  const Step& step = owner.steps(index);
  const bool is_call =
      step.compensates() < static_cast<std::uint32_t>(index) &&
      owner.steps(static_cast<int>(step.compensates())).kind() == records::WORK_ORDER;
  if (!is_call || !undone.insert(step.compensates()).second) {
    context.Add(path, "bad-compensation",
                fmt::format("the step {} must undo an earlier work order, and one that nothing "
                            "else undoes",
                            index));
    return false;
  }
  ancestors.Inherit(index, static_cast<int>(step.compensates()));
  return true;
}

void CheckEnd(Context& context, const std::string& path, const TechnicalProductOrder& owner,
              int index, const Ancestors& ancestors) {
  const Step& step = owner.steps(index);
  if (!step.has_replay_from()) return;
  if (step.end() != records::END_RETRY || !ancestors.Has(index, step.replay_from())) {
    context.Add(path, "not-an-earlier-step",
                "'from' must name a work order that stands before this end in a sequence");
  }
}

void CheckStep(Context& context, const std::string& path, const TechnicalProductOrder& owner,
               int index, std::set<std::uint32_t>& undone, Ancestors& ancestors) {
  const Step& step = owner.steps(index);
  CheckStepAfter(context, path, step, index, ancestors);
  CheckWithin(context, path, owner, index);
  if (step.kind() == records::COMPENSATION &&
      !CheckCompensates(context, path, owner, index, undone, ancestors)) {
    return;
  }
  if (step.kind() == records::CHOICE) CheckGuards(context, path, step);
  if (step.kind() == records::END) CheckEnd(context, path, owner, index, ancestors);
  if (step.kind() == records::WORK_ORDER) context.CheckName(path, "a work order", step.name());
  if (IsCall(step)) {
    CheckTarget(context, path, step);
    CheckInput(context, path, owner, index, ancestors);
  }
  CheckAssignments(context, path, owner, index, ancestors);
  CheckHooks(context, path, step);
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
  std::set<std::uint32_t> undone;
  Ancestors ancestors(owner.steps_size());
  for (int i = 0; i < owner.steps_size() && !context.full(); ++i) {
    const std::string step_path = CatalogPath(base, i);
    const std::string& name = owner.steps(i).name();
    if (!names.insert(name).second) {
      context.Add(step_path, "duplicate-name",
                  fmt::format("the work order '{}' is given twice in '{}'", name, owner.name()));
    }
    CheckStep(context, step_path, owner, i, undone, ancestors);
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
