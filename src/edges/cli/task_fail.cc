// cairn task fail ID: say that a task cannot be done.
#include "edges/cli/answer_work.h"
#include "edges/cli/commands.h"

#include <fmt/format.h>

#include <memory>
#include <string>

namespace cairn::cli {

void AddTaskFail(CLI::App& parent, CommandLine& line) {
  CLI::App& command = *parent.add_subcommand("fail", "Say that a task cannot be done");
  const auto id = std::make_shared<std::string>();
  const auto answer = std::make_shared<WorkAnswer>();
  command.add_option("ID", *id, "The task")->required();
  AddFailOptions(command, *answer);
  command.footer(
      "Example:\n"
      "  cairn task fail wo-1t3-4 --detail 'nobody at home' --technical");
  line.OnRun(command, [id, answer](CommandContext& context) {
    return SendAnswer(context, fmt::format("/v1/tasks/{}/complete", UrlEscape(*id)), *answer);
  });
}

}  // namespace cairn::cli
