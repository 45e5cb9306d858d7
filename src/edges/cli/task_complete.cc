// cairn task complete ID: say that a task is done.
#include "edges/cli/answer_work.h"
#include "edges/cli/commands.h"

#include <fmt/format.h>

#include <memory>
#include <string>

namespace cairn::cli {

void AddTaskComplete(CLI::App& parent, CommandLine& line) {
  CLI::App& command = *parent.add_subcommand("complete", "Say that a task is done");
  const auto id = std::make_shared<std::string>();
  const auto answer = std::make_shared<WorkAnswer>();
  command.add_option("ID", *id, "The task")->required();
  AddCompleteOptions(command, *answer);
  command.footer(
      "Example:\n"
      "  cairn task complete wo-1t3-4 --detail 'antenna is up'");
  line.OnRun(command, [id, answer](CommandContext& context) {
    return SendAnswer(context, fmt::format("/v1/tasks/{}/complete", UrlEscape(*id)), *answer);
  });
}

}  // namespace cairn::cli
