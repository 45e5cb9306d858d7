// When a work order that a target has not carried out is tried again: the retry policy of its
// cartridge. Nothing is drawn; what scatters the retries of many work orders is a hash of each one.
//
// Pure functions; any thread.
#pragma once

#include "base/time.h"
#include "model/catalog.pb.h"
#include "model/ids.h"

#include <cstdint>

namespace cairn {

// The longest delay, whatever grows and whatever a target asks for.
inline constexpr Nanos kRetryDelayNsMax = kDay;

// How often one work order is sent in one run, if it has to be: at least once.
std::uint32_t AttemptsOf(const records::Cartridge& cartridge);

// The span from the answer to the attempt with this number (from 1) to the next attempt, from 0
// to kRetryDelayNsMax. `retry_after` is what the target asked for; it is a lower bound, also beyond
// the policy's own limit. 0 or less: it did not ask.
Nanos RetryDelay(const records::Cartridge& cartridge, WorkOrderRef work_order, std::uint32_t run,
                 std::uint32_t attempt, Nanos retry_after);

}  // namespace cairn
