// Cartridges as the node shows them: reading all of them, one of them, and their rows.
//
// Blocks on the node; one thread.
#pragma once

#include "edges/cli/command_context.h"

#include <string>

namespace cairn::cli {

// {"items": [...]}.
[[nodiscard]] CliResult<Json> FetchCartridges(CommandContext& context);

// A row for each of `cartridges`.
Table CartridgeRows(const std::vector<Json>& cartridges);

// POST /v1/cartridges/{name}/VERB: the node's answer.
[[nodiscard]] CliResult<Json> ActOnCartridge(CommandContext& context, const std::string& name,
                                             const std::string& verb,
                                             const std::string& description);

}  // namespace cairn::cli
