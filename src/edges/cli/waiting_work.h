// The work orders of an order, and the token that answers one of them.
//
// Blocks on the node; one thread.
#pragma once

#include "edges/cli/command_context.h"

#include <string>

namespace cairn::cli {

// The path that takes an answer. `id` is a callback token, which is used as it is, or the id of a
// work order (wo-1t3-4), whose token is looked up in its order. kRefused when it waits for no
// answer, or its token is not shown to this key.
[[nodiscard]] CliResult<std::string> AnswerPath(CommandContext& context, const std::string& id);

// The order as the node shows it.
[[nodiscard]] CliResult<Json> FetchOrder(CommandContext& context, const std::string& id);

}  // namespace cairn::cli
