// Builds a node out of its parts, as the configuration says, runs it until a signal asks it to
// stop, and takes it apart in the right order.
//
// Called once, by the thread that made `signals`.
#pragma once

#include "apps/cairnd/config.h"
#include "apps/cairnd/stop_signals.h"

namespace cairn {

inline constexpr int kExitFailed = 1;  // it could not start; standard error says why
inline constexpr int kExitDiskFailed =
    70;  // the process ended in the middle, see docs/operations.md

// Returns the process's exit code. Prints the one line on standard output when the node accepts
// work. When the disk fails it does not return: the process ends with kExitDiskFailed.
[[nodiscard]] int RunNode(const Config& config, StopSignals& signals);

}  // namespace cairn
