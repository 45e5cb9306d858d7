// The steps of one process: which may begin, what a choice and an end make of the others, what is
// undone when it fails, and what a replay does again. The part of Apply that knows processes.
//
// Apply alone calls what changes an order.
#pragma once

#include "engine/orders/order.h"

#include <cstdint>
#include <optional>

namespace cairn {

// A step is passed when what comes after it need not wait for it any more.
bool IsPassed(const WorkOrder& work_order);

// Puts a step where it is taken up next: to be sent, to be passed without a script, or to be
// evaluated. It counts as under way.
void Queue(Order& order, std::uint32_t work_order);
// Its input is settled: it is sent. It counts as under way.
void QueueSend(Order& order, std::uint32_t work_order);
// The scripts of its answer are next. It counts as under way.
void QueueEvaluation(Order& order, std::uint32_t work_order);
// Takes it back out. It is not under way any more. REQUIRES: it is queued.
void Unqueue(Order& order, std::uint32_t work_order);

// Queues the steps from `from` on that may begin and have not.
void QueueOpenSteps(Order& order, std::uint32_t technical_order, std::uint32_t from);
// The same when the technical order begins or goes on with a new run: what an answer left to be
// evaluated and what is still to be undone as well.
void QueueFirstSteps(Order& order, std::uint32_t technical_order);

// The choice has taken `branch`: the steps of the others are not executed.
void TakeBranch(Order& order, std::uint32_t choice, std::uint32_t branch);
// The step ends the process: what was not sent is not executed.
void EndProcess(Order& order, std::uint32_t end);

// How a technical order ends when none of its steps is under way any more.
ProductOrderState EndStateOf(const Order& order, std::uint32_t technical_order);

// The step that undoes what was completed last, of what is not undone yet.
std::optional<std::uint32_t> NextCompensation(const Order& order, std::uint32_t technical_order);

// For a new run: what is to be done again is pending.
void ReopenSteps(Order& order, std::uint32_t technical_order);

}  // namespace cairn
