// Evaluations: what the assignments, conditions and hooks of a step come to. A step that has a
// script is evaluated away from the order's own thread, in three parts:
//
//   MakeEvaluation    copies what the step may see
//   Evaluate          runs its scripts; pure, so that it may be repeated after a crash
//   DecideEvaluated   makes an event of the result, if the order still waits for it
//
// A step whose fields are only copied needs no script: DecideNext does all three at once.
//
// What a script sees, by name:
//   parameters   the product order's, and in their place what was set for it or for the process
//   dataset      the order's, and in its place what was set there
//   output       what earlier steps of the process answered: output.reserve.imsi
//   answer       what the step itself answered; only afterwards (onEval)
//   order        id, externalId, customer, priority, run
//   productOrder, product, action, step    names
#pragma once

#include "engine/orders/events.h"
#include "engine/orders/order.h"
#include "engine/orders/script.h"
#include "model/fields.h"

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace cairn {

// What one evaluation may see of an order at the most, so that copying it takes little time.
inline constexpr std::size_t kEvaluationBytesMax = 1U << 20U;

// All that one evaluation needs; independent of the order that it was made of.
struct EvaluationTask {
  OrderId order;
  std::uint32_t work_order = 0;
  std::uint32_t run = 0;
  std::uint32_t number = 0;  // of the PendingEvaluation; 0: it waits for no script
  EvaluationPhase phase = EvaluationPhase::kNone;
  std::shared_ptr<const records::Step> step;  // keeps its catalog
  Fields own;                                 // the datasets, from the inside out
  Fields product_order;
  Fields whole;
  struct Output {
    std::uint32_t step = 0;
    std::string name;
    Fields fields;
  };
  std::vector<Output> outputs;  // of earlier steps, and of the step itself, by index
  ScriptScope names;            // the rest of what a script sees
  bool too_large = false;       // it would see more than kEvaluationBytesMax
};

// REQUIRES: the step is queued for it.
EvaluationTask MakeEvaluation(const Order& order, const PendingEvaluation& pending);

// Any thread. REQUIRES: an engine where the step has a script.
records::StepEvaluated Evaluate(const EvaluationTask& task, ScriptEngine* scripts);

// Nothing when the order does not wait for it (any more).
std::optional<OrderEvent> DecideEvaluated(const Order& order, std::uint32_t number,
                                          records::StepEvaluated evaluated);

// What the first of the steps that need no script comes to. REQUIRES: there is one.
OrderEvent EvaluatePlain(const Order& order);

// What the answer of a step leaves in datasets. REQUIRES: `output` is encoded Fields.
google::protobuf::RepeatedPtrField<records::DatasetChange> ResultsOf(const Order& order,
                                                                     std::uint32_t work_order,
                                                                     const std::string& output);

}  // namespace cairn
