// cairn completion zsh: the script that completes commands in zsh.
#include "edges/cli/commands.h"
#include "edges/cli/completion.h"

namespace cairn::cli {

void AddCompletionZsh(CLI::App& parent, CommandLine& line) {
  CLI::App& command = *parent.add_subcommand("zsh", "Print the script that completes in zsh");
  command.footer(
      "For this shell:      source <(cairn completion zsh)\n"
      "For all of yours:    cairn completion zsh > ~/.zfunc/_cairn, with ~/.zfunc in fpath before\n"
      "                     compinit runs");
  line.OnRun(command, [&line](CommandContext& context) -> CliResult<ExitCode> {
    context.around.out.out() << ZshCompletion(ReadCommandTree(line.app())) << std::flush;
    return ExitCode::kOk;
  });
}

}  // namespace cairn::cli
