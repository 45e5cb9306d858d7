// cairn catalog check DIR: reads a catalog as a node would and says what is wrong with it, without
// a node.
#pragma once

#include "edges/cli/command_line.h"

namespace cairn::cli {

// Adds the noun `catalog` to the command line.
void AddCatalogCommand(CommandLine& line);

}  // namespace cairn::cli
