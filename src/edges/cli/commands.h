// The commands of `cairn`, one file each. Each function adds its command below `parent` and says
// what it runs; a command's own comment is its --help.
#pragma once

#include "edges/cli/command_line.h"

#include <CLI/CLI.hpp>

namespace cairn::cli {

void AddOrderSubmit(CLI::App& parent, CommandLine& line);
void AddOrderShow(CLI::App& parent, CommandLine& line);
void AddOrderList(CLI::App& parent, CommandLine& line);
void AddOrderWait(CLI::App& parent, CommandLine& line);
void AddOrderResubmit(CLI::App& parent, CommandLine& line);
void AddOrderGiveUp(CLI::App& parent, CommandLine& line);
void AddOrderPlan(CLI::App& parent, CommandLine& line);
void AddNodeStatus(CLI::App& parent, CommandLine& line);
void AddClockAdvance(CLI::App& parent, CommandLine& line);

}  // namespace cairn::cli
