// A node's catalog in one line: its version, and since when.
//
// A pure function but for the printing; one thread.
#pragma once

#include "edges/cli/command_context.h"

namespace cairn::cli {

// `catalog` is the answer of GET /v1/catalog or POST /v1/catalog/reload.
void PrintCatalog(const CommandContext& context, const Json& catalog);

}  // namespace cairn::cli
