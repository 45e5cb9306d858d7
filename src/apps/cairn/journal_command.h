// cairn journal: looks into the journal of a node that is stopped, and repairs a damaged one. These
// commands read files; they speak to no node.
#pragma once

#include "edges/cli/command_line.h"

namespace cairn {

// Adds `journal verify|list|dump|repair DIR` to the line. They exit with 0 when all is well, 1 when
// there is damage (also when a repair had to give something up), 2 when the journal cannot be
// opened.
void AddJournalCommand(cli::CommandLine& line);

}  // namespace cairn
