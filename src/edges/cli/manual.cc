// cairn man: the manual page.
#include "edges/cli/commands.h"
#include "edges/cli/man_page.h"

namespace cairn::cli {

void AddManual(CLI::App& parent, CommandLine& line) {
  CLI::App& command = *parent.add_subcommand("man", "Print the manual page, for man to show");
  command.footer(
      "Examples:\n"
      "  cairn man | man -l -\n"
      "  cairn man > /usr/local/share/man/man1/cairn.1");
  line.OnRun(command, [&line](CommandContext& context) -> CliResult<ExitCode> {
    context.around.out.out() << ManPage(ReadCommandTree(line.app()), CommandLine::version())
                             << std::flush;
    return ExitCode::kOk;
  });
}

}  // namespace cairn::cli
