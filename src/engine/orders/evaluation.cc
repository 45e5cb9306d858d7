#include "engine/orders/evaluation.h"

#include "base/check.h"
#include "base/json.h"
#include "base/text.h"
#include "engine/orders/datasets.h"
#include "engine/orders/work_order_input.h"
#include "model/limits.h"

#include <fmt/format.h>

#include <algorithm>

namespace cairn {
namespace {

using records::Mapping;

// The steps that come before a step of its process, as a mark for each.
std::vector<bool> EarlierSteps(const Order& order, std::uint32_t first, std::uint32_t step) {
  std::vector<bool> earlier(step + 1, false);
  for (std::uint32_t s = step + 1; s-- > 0;) {
    if (!earlier[s] && s != step) continue;
    for (const std::uint32_t before : order.step(first + s).after()) earlier[before] = true;
    // What undoes a step may use what that one answered.
    if (order.step(first + s).kind() == records::COMPENSATION) {
      earlier[order.step(first + s).compensates()] = true;
    }
  }
  return earlier;
}

// What the mappings of a step name, likewise.
std::vector<bool> NamedSteps(const records::Step& definition, std::uint32_t step) {
  std::vector<bool> named(step + 1, false);
  for (const auto& mapping : definition.input()) {
    if (mapping.has_output()) named[mapping.output().step()] = true;
  }
  for (const auto& assignment : definition.assign()) {
    if (assignment.value().has_output()) named[assignment.value().output().step()] = true;
  }
  return named;
}

void CopyOutputs(const Order& order, std::uint32_t first, std::uint32_t step,
                 EvaluationTask& task) {
  const std::vector<bool> earlier =
      task.number == 0 ? NamedSteps(*task.step, step) : EarlierSteps(order, first, step);
  std::size_t bytes = 0;
  for (std::uint32_t s = 0; s <= step; ++s) {
    const bool own = s == step && task.phase == EvaluationPhase::kEval;
    if ((!earlier[s] && !own) || !IsCall(order.step(first + s))) continue;
    // Also of a step that answered nothing, or that a choice went past: its fields are not there.
    const std::string_view output = order.Text(order.work_orders[first + s].output);
    bytes += output.size();
    if (bytes > kEvaluationBytesMax) {
      task.too_large = true;
      return;
    }
    task.outputs.push_back(
        {s, order.step(first + s).name(), Fields::FromEncoded(std::string(output))});
  }
}

ScriptScope NamesOf(const Order& order, std::uint32_t technical_order, const records::Step& step) {
  const std::uint32_t p = order.technical_orders[technical_order].plan->product_order();
  const records::ProductOrderPlan& plan = *order.product_orders[p].plan;
  std::vector<ScriptVariable> about;
  about.push_back({"id", JsonString(FormatId(order.id))});
  about.push_back({"externalId", TextOrNull(order.external_id())});
  about.push_back({"customer", TextOrNull(order.accepted->customer())});
  about.push_back({"priority", order.has_priority() ? std::to_string(order.priority()) : "null"});
  about.push_back({"run", std::to_string(order.run)});
  ScriptScope names;
  names.push_back({"order", std::move(about)});
  names.push_back({"productOrder", JsonString(plan.id())});
  names.push_back({"product", JsonString(order.catalog->product(plan.product()).name())});
  names.push_back({"action", JsonString(VerbName(plan.verb()))});
  names.push_back({"step", JsonString(step.name())});
  return names;
}

// One evaluation on its way: what the step has set so far is seen by what comes after it.
class Run {
 public:
  Run(const EvaluationTask& task, ScriptEngine* scripts)
      : task_(task),
        scripts_(scripts),
        own_(task.own),
        product_order_(task.product_order),
        whole_(task.whole) {
    result_.set_work_order(task.work_order);
    result_.set_run(task.run);
    result_.set_phase(static_cast<std::uint32_t>(task.phase));
  }

  records::StepEvaluated Go() {
    if (task_.too_large) {
      Refuse(fmt::format("{}: its scripts would see more than {} bytes of the order",
                         task_.step->name(), kEvaluationBytesMax));
    } else if (task_.phase == EvaluationPhase::kEval) {
      if (const auto verdict = Hook(task_.step->on_eval())) TakeVerdict(*verdict);
    } else if (Assign() && OnEntry()) {
      if (task_.step->kind() == records::CHOICE) Choose();
      if (IsCall(*task_.step)) MakeInput();
    }
    if (result_.outcome() != static_cast<std::uint32_t>(Outcome::kOk)) result_.clear_changes();
    return std::move(result_);
  }

 private:
  void Fail(Outcome outcome, std::string_view why) {
    result_.set_outcome(static_cast<std::uint32_t>(outcome));
    const std::string clean = MakeCleanUtf8(std::string(why));
    result_.set_error(std::string(CutUtf8(clean, kTextBytesMax)));
  }
  void Refuse(std::string_view why) { Fail(Outcome::kFunctional, why); }

  Fields& DatasetOf(records::DatasetScope scope) {
    if (scope == records::TECHNICAL_ORDER) return own_;
    return scope == records::PRODUCT_ORDER ? product_order_ : whole_;
  }

  void Set(records::DatasetScope scope, std::string_view name, std::string_view json) {
    Fields change;
    change.Add(name, json);
    Fields& dataset = DatasetOf(scope);
    dataset = MergeFields(dataset, change);
    for (records::DatasetChange& made : *result_.mutable_changes()) {
      if (made.scope() != static_cast<std::uint32_t>(scope)) continue;
      made.set_fields(MergeFields(Fields::FromEncoded(made.fields()), change).TakeEncoded());
      return;
    }
    records::DatasetChange& made = *result_.add_changes();
    made.set_scope(static_cast<std::uint32_t>(scope));
    made.set_fields(change.TakeEncoded());
  }

  ScriptScope Scope() const {
    ScriptScope scope = task_.names;
    scope.push_back({"parameters", MergeFields(product_order_, own_)});
    scope.push_back({"dataset", whole_});
    std::vector<ScriptVariable> outputs;
    for (const EvaluationTask::Output& output : task_.outputs) {
      if (task_.phase == EvaluationPhase::kEval && output.name == task_.step->name()) {
        scope.push_back({"answer", output.fields});
      } else {
        outputs.push_back({output.name, output.fields});
      }
    }
    scope.push_back({"output", std::move(outputs)});
    return scope;
  }

  // The JSON of where a mapping leads; nothing when that is nowhere, or it failed.
  std::optional<std::string> ValueOf(const Mapping& mapping) {
    std::optional<std::string> value;
    switch (mapping.source_case()) {
      case Mapping::kLiteralJson: value = mapping.literal_json(); break;
      case Mapping::kParameter:
        for (const Fields* dataset : {&own_, &product_order_, &whole_}) {
          if (const auto found = dataset->Find(mapping.parameter())) {
            value = *found;
            break;
          }
        }
        break;
      case Mapping::kOutput:
        for (const EvaluationTask::Output& output : task_.outputs) {
          if (output.step != mapping.output().step()) continue;
          if (const auto found = output.fields.Find(mapping.output().field())) value = *found;
        }
        break;
      case Mapping::kExpression: {
        CHECK(scripts_ != nullptr);
        const records::Script& script = mapping.expression();
        auto result =
            scripts_->Evaluate({script.source(), script.place()}, ScriptForm::kExpression, Scope());
        if (!result) {
          Refuse(result.error().ToString());
          return std::nullopt;
        }
        if (result->json != "null") value = std::move(result->json);
        break;
      }
      case Mapping::SOURCE_NOT_SET: break;
    }
    if (!value && !mapping.default_json().empty()) value = mapping.default_json();
    return value;
  }

  bool ok() const { return result_.outcome() == static_cast<std::uint32_t>(Outcome::kOk); }

  bool Assign() {
    for (const records::Assignment& assignment : task_.step->assign()) {
      const auto value = ValueOf(assignment.value());
      if (!ok()) return false;
      if (value) Set(assignment.scope(), assignment.value().target(), *value);
    }
    return true;
  }

  // The value that the hook returns; nothing when it failed.
  std::optional<std::string> Hook(const records::Script& script) {
    CHECK(scripts_ != nullptr);
    auto result = scripts_->Evaluate({script.source(), script.place()}, ScriptForm::kHook, Scope());
    if (!result) {
      Refuse(result.error().ToString());
      return std::nullopt;
    }
    for (const ScriptChange& change : result->changes) {
      Set(static_cast<records::DatasetScope>(change.dataset), change.name, change.json);
    }
    return std::move(result->json);
  }

  bool OnEntry() {
    if (!task_.step->has_on_entry()) return true;
    const auto value = Hook(task_.step->on_entry());
    if (!value) return false;
    if (*value == "null") return true;
    Refuse(fmt::format("{}: this hook must not return a value", task_.step->on_entry().place()));
    return false;
  }

  void TakeVerdict(const std::string& json) {
    if (json == "null" || json == "\"ok\"") return;
    const std::string& place = task_.step->on_eval().place();
    if (json == "\"functional\"") return Refuse(fmt::format("{}: functional", place));
    if (json == "\"technical\"") {
      return Fail(Outcome::kTechnical, fmt::format("{}: technical", place));
    }
    Refuse(
        fmt::format("{}: the hook must return nothing, 'ok', 'functional' or 'technical'", place));
  }

  void Choose() {
    const ScriptScope scope = Scope();
    for (int branch = 0; branch < task_.step->guards_size(); ++branch) {
      const records::Script& guard = task_.step->guards(branch);
      result_.set_branch(static_cast<std::uint32_t>(branch));
      if (guard.source().empty()) return;
      CHECK(scripts_ != nullptr);
      const auto holds = EvaluateCondition(*scripts_, {guard.source(), guard.place()}, scope);
      if (!holds) return Refuse(holds.error().ToString());
      if (*holds) return;
    }
    Refuse(fmt::format("no branch of the choice '{}' can be taken", task_.step->name()));
  }

  void MakeInput() {
    Fields input;
    for (const Mapping& mapping : task_.step->input()) {
      const auto value = ValueOf(mapping);
      if (!ok()) return;
      if (value) input.Add(mapping.target(), *value);
    }
    if (input.encoded().size() > kFieldSetBytesMax) {
      return Refuse(fmt::format("the input of '{}' has {} bytes; the limit is {}",
                                task_.step->name(), input.encoded().size(), kFieldSetBytesMax));
    }
    result_.set_input(input.TakeEncoded());
  }

  const EvaluationTask& task_;
  ScriptEngine* scripts_;
  Fields own_;
  Fields product_order_;
  Fields whole_;
  records::StepEvaluated result_;
};

// What is past the limits of the order is a functional error of the step.
void Fit(const Order& order, records::StepEvaluated& evaluated) {
  const bool full =
      order.text.size() + evaluated.input().size() + evaluated.error().size() > kOrderTextBytesMax;
  const auto problem =
      full ? std::optional<std::string>("the order has too much text")
           : WhyNotAssignable(order, order.work_orders[evaluated.work_order()].technical_order,
                              evaluated.changes());
  if (!problem) return;
  evaluated.clear_changes();
  evaluated.clear_input();
  evaluated.set_outcome(static_cast<std::uint32_t>(Outcome::kFunctional));
  // Without a word where there is no room for one.
  evaluated.set_error(full ? std::string() : *problem);
}

}  // namespace

EvaluationTask MakeEvaluation(const Order& order, const PendingEvaluation& pending) {
  const std::uint32_t w = pending.work_order;
  const std::uint32_t t = order.work_orders[w].technical_order;
  const std::uint32_t first = order.technical_orders[t].first_work_order;
  EvaluationTask task;
  task.order = order.id;
  task.work_order = w;
  task.run = order.run;
  task.number = pending.number;
  task.phase = pending.phase;
  task.step = std::shared_ptr<const records::Step>(order.catalog, &order.step(w));
  task.own = WholeDataset(order, t, records::TECHNICAL_ORDER);
  task.product_order = WholeDataset(order, t, records::PRODUCT_ORDER);
  task.whole = WholeDataset(order, t, records::ORDER);
  CopyOutputs(order, first, w - first, task);
  task.names = NamesOf(order, t, *task.step);
  return task;
}

records::StepEvaluated Evaluate(const EvaluationTask& task, ScriptEngine* scripts) {
  return Run(task, scripts).Go();
}

std::optional<OrderEvent> DecideEvaluated(const Order& order, std::uint32_t number,
                                          records::StepEvaluated evaluated) {
  const auto awaited = std::find_if(
      order.evaluations.begin(), order.evaluations.end(), [&](const PendingEvaluation& pending) {
        return pending.number == number && pending.work_order == evaluated.work_order();
      });
  if (awaited == order.evaluations.end() || IsFinal(order.state)) return std::nullopt;
  Fit(order, evaluated);
  return evaluated;
}

OrderEvent EvaluatePlain(const Order& order) {
  const std::uint32_t w = order.plain[order.plain_head];
  records::StepEvaluated evaluated =
      Evaluate(MakeEvaluation(order, {w, 0, EvaluationPhase::kEntry}), nullptr);
  Fit(order, evaluated);
  return evaluated;
}

google::protobuf::RepeatedPtrField<records::DatasetChange> ResultsOf(const Order& order,
                                                                     std::uint32_t w,
                                                                     const std::string& output) {
  google::protobuf::RepeatedPtrField<records::DatasetChange> changes;
  for (const records::Assignment& result : order.step(w).results()) {
    const Mapping& mapping = result.value();
    std::optional<std::string_view> value;
    if (mapping.has_literal_json()) value = mapping.literal_json();
    if (mapping.has_output()) value = FindField(output, mapping.output().field());
    if (!value && !mapping.default_json().empty()) value = mapping.default_json();
    if (!value) continue;
    Fields field;
    field.Add(mapping.target(), *value);
    records::DatasetChange* change = nullptr;
    for (records::DatasetChange& made : changes) {
      if (made.scope() == static_cast<std::uint32_t>(result.scope())) change = &made;
    }
    if (change == nullptr) {
      change = changes.Add();
      change->set_scope(static_cast<std::uint32_t>(result.scope()));
    }
    change->mutable_fields()->append(field.encoded());
  }
  return changes;
}

}  // namespace cairn
