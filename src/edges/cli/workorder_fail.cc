// cairn workorder fail ID: answer that a work order that waits has failed.
#include "edges/cli/answer_work.h"
#include "edges/cli/commands.h"
#include "edges/cli/waiting_work.h"

#include <memory>
#include <string>

namespace cairn::cli {

void AddWorkorderFail(CLI::App& parent, CommandLine& line) {
  CLI::App& command =
      *parent.add_subcommand("fail", "Answer that a work order that waits has failed");
  const auto id = std::make_shared<std::string>();
  const auto answer = std::make_shared<WorkAnswer>();
  command.add_option("ID", *id, "The work order (wo-1t3-4), or its callback token")->required();
  AddFailOptions(command, *answer);
  command.footer(
      "Examples:\n"
      "  cairn workorder fail wo-1t3-4 --detail 'no such number'\n"
      "  cairn workorder fail TOKEN --technical --detail 'the line was cut'");
  line.OnRun(command, [id, answer](CommandContext& context) -> CliResult<ExitCode> {
    const auto path = AnswerPath(context, *id);
    if (!path) {
      return tl::unexpected<Failure>(path.error());
    }
    return SendAnswer(context, *path, *answer);
  });
}

}  // namespace cairn::cli
