// All that happened to an order, as a table or as JSON.
//
// Blocks on the node; one thread.
#pragma once

#include "edges/cli/command_context.h"

#include <string>

namespace cairn::cli {

// Prints it, oldest first.
[[nodiscard]] CliResult<ExitCode> ShowHistory(CommandContext& context, const std::string& id);

}  // namespace cairn::cli
