// cairn workorder complete ID: answer that a work order that waits is done.
#include "edges/cli/answer_work.h"
#include "edges/cli/commands.h"
#include "edges/cli/waiting_work.h"

#include <memory>
#include <string>

namespace cairn::cli {

void AddWorkorderComplete(CLI::App& parent, CommandLine& line) {
  CLI::App& command =
      *parent.add_subcommand("complete", "Answer that a work order that waits is done");
  const auto id = std::make_shared<std::string>();
  const auto answer = std::make_shared<WorkAnswer>();
  command.add_option("ID", *id, "The work order (wo-1t3-4), or its callback token")->required();
  AddCompleteOptions(command, *answer);
  command.footer(
      "Examples:\n"
      "  cairn workorder complete wo-1t3-4\n"
      "  cairn workorder complete TOKEN --result '{\"imsi\": \"234150999999999\"}'");
  line.OnRun(command, [id, answer](CommandContext& context) -> CliResult<ExitCode> {
    const auto path = AnswerPath(context, *id);
    if (!path) {
      return tl::unexpected<Failure>(path.error());
    }
    return SendAnswer(context, *path, *answer);
  });
}

}  // namespace cairn::cli
