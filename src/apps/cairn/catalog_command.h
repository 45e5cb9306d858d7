// The commands of `cairn catalog` that read a catalog's files, without a node: check says what is
// wrong with them, draw shows what a product's process is.
#pragma once

#include "adapters/catalog_yaml/catalog_yaml.h"
#include "edges/cli/command_line.h"

#include <string>

namespace cairn::cli {

void AddCatalogCheck(CommandLine& line);
void AddCatalogDraw(CommandLine& line);

// What a node would make of the folder. kUsage when it would refuse it; each problem is noted as
// file:line: message (rule).
[[nodiscard]] CliResult<LoadedCatalog> ReadCatalogFolder(CommandContext& context,
                                                         const std::string& folder);

}  // namespace cairn::cli
