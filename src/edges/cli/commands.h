// The commands of `cairn`, one file each. Each function adds its command below `parent` and says
// what it runs; a command's own comment is its --help.
#pragma once

#include "edges/cli/command_line.h"

#include <CLI/CLI.hpp>

namespace cairn::cli {

void AddOrderSubmit(CLI::App& parent, CommandLine& line);
void AddOrderBatch(CLI::App& parent, CommandLine& line);
void AddOrderPlan(CLI::App& parent, CommandLine& line);
void AddOrderShow(CLI::App& parent, CommandLine& line);
void AddOrderHistory(CLI::App& parent, CommandLine& line);
void AddOrderList(CLI::App& parent, CommandLine& line);
void AddOrderWait(CLI::App& parent, CommandLine& line);
void AddOrderResubmit(CLI::App& parent, CommandLine& line);
void AddOrderGiveUp(CLI::App& parent, CommandLine& line);
void AddOrderCancel(CLI::App& parent, CommandLine& line);
void AddOrderAbort(CLI::App& parent, CommandLine& line);
void AddOrderPatch(CLI::App& parent, CommandLine& line);
void AddOrderDelete(CLI::App& parent, CommandLine& line);
void AddWorkorderList(CLI::App& parent, CommandLine& line);
void AddWorkorderComplete(CLI::App& parent, CommandLine& line);
void AddWorkorderFail(CLI::App& parent, CommandLine& line);
void AddTaskList(CLI::App& parent, CommandLine& line);
void AddTaskComplete(CLI::App& parent, CommandLine& line);
void AddTaskFail(CLI::App& parent, CommandLine& line);
void AddCartridgeList(CLI::App& parent, CommandLine& line);
void AddCartridgeShow(CLI::App& parent, CommandLine& line);
void AddCartridgeMaintenance(CLI::App& parent, CommandLine& line);
void AddCartridgeTest(CLI::App& parent, CommandLine& line);
void AddCatalogShow(CLI::App& parent, CommandLine& line);
void AddCatalogReload(CLI::App& parent, CommandLine& line);
void AddInventoryList(CLI::App& parent, CommandLine& line);
void AddInventoryShow(CLI::App& parent, CommandLine& line);
void AddEventsFollow(CLI::App& parent, CommandLine& line);
void AddNodeStatus(CLI::App& parent, CommandLine& line);
void AddNodeOpenapi(CLI::App& parent, CommandLine& line);
void AddClockAdvance(CLI::App& parent, CommandLine& line);
void AddCompletionBash(CLI::App& parent, CommandLine& line);
void AddCompletionZsh(CLI::App& parent, CommandLine& line);
void AddManual(CLI::App& parent, CommandLine& line);

}  // namespace cairn::cli
