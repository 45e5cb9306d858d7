// Answering for a target: what is said of a work order that waits, or of a task. The commands that
// do it share their options and their request.
//
// Blocks on the node; one thread.
#pragma once

#include "edges/cli/command_context.h"

#include <CLI/CLI.hpp>

#include <string>

namespace cairn::cli {

struct WorkAnswer {
  std::string outcome = "ok";  // or "functional", "technical"
  std::string result;          // JSON, or @ and the name of a file with it; empty: none
  std::string detail;          // for the history; empty: none
};

// --result and --detail.
void AddCompleteOptions(CLI::App& command, WorkAnswer& answer);
// --technical and --detail; without it the failure is functional: repeating would not help.
void AddFailOptions(CLI::App& command, WorkAnswer& answer);

// POST to `path`. It is safe to repeat: the same answer twice is the same answer. kUsage when the
// result is no JSON object.
[[nodiscard]] CliResult<ExitCode> SendAnswer(CommandContext& context, const std::string& path,
                                             const WorkAnswer& answer);

}  // namespace cairn::cli
