// What a work order is called with: its input, its key, its time limit.
//
// Pure functions. Most inputs are a function of what can no longer change (the order's dataset and
// parameters, and outputs of steps that must have completed before), so they are made anew whenever
// they are needed, and never stored. What scripts or assignments have a hand in was settled by an
// event before the first send (evaluation.h).
#pragma once

#include "engine/orders/order.h"
#include "model/fields.h"

#include <string>

namespace cairn {

Fields WorkOrderInput(const Order& order, std::uint32_t work_order);

// The same for every attempt and every restart of one run: "wo-1t3-4-r1".
std::string IdempotencyKey(const Order& order, std::uint32_t work_order);

// That of the call which a question about the work order is about: of an earlier run, when nobody
// could tell then.
std::string QuestionedKey(const Order& order, std::uint32_t work_order);

// "wo-1t3-4"
std::string WorkOrderName(OrderId order, std::uint32_t work_order);

Nanos WorkOrderTimeout(const records::Cartridge& cartridge);

}  // namespace cairn
