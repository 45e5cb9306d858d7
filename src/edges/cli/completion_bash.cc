// cairn completion bash: the script that completes commands in bash.
#include "edges/cli/commands.h"
#include "edges/cli/completion.h"

namespace cairn::cli {

void AddCompletionBash(CLI::App& parent, CommandLine& line) {
  CLI::App& command = *parent.add_subcommand("bash", "Print the script that completes in bash");
  command.footer(
      "For this shell:      source <(cairn completion bash)\n"
      "For all of yours:    cairn completion bash > "
      "~/.local/share/bash-completion/completions/cairn");
  line.OnRun(command, [&line](CommandContext& context) -> CliResult<ExitCode> {
    context.around.out.out() << BashCompletion(ReadCommandTree(line.app())) << std::flush;
    return ExitCode::kOk;
  });
}

}  // namespace cairn::cli
