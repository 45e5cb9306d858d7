// cairn cartridge test NAME: calls the operation that tells whether the target is well.
#include "edges/cli/cartridge_rows.h"
#include "edges/cli/commands.h"
#include "edges/cli/json_text.h"
#include "edges/cli/text_layout.h"

#include <fmt/format.h>

#include <memory>
#include <string>

namespace cairn::cli {
namespace {

CliResult<ExitCode> Test(CommandContext& context, const std::string& name) {
  const auto result = ActOnCartridge(context, name, "test", "");
  if (!result) {
    return tl::unexpected<Failure>(result.error());
  }
  const std::string outcome = CleanForTerminal(TextAt(*result, "outcome"));
  const std::string detail = CleanForTerminal(TextAt(*result, "detail"));
  if (context.wants_json()) {
    context.Print(*result);
  } else {
    context.PrintLine(fmt::format("{}  {}{}{}", name, outcome, detail.empty() ? "" : "  ", detail));
  }
  if (outcome == "ok") {
    return ExitCode::kOk;
  }
  return FailWith(
      ExitCode::kUnreachable,
      fmt::format("{} is not well. Until it is: cairn cartridge maintenance {} start", name, name));
}

}  // namespace

void AddCartridgeTest(CLI::App& parent, CommandLine& line) {
  CLI::App& command =
      *parent.add_subcommand("test", "Call a cartridge's test operation once, and say how it went");
  const auto name = std::make_shared<std::string>();
  command.add_option("NAME", *name, "The cartridge")->required();
  command.footer(
      "Exits with 4 when the target is not well, with 3 when the cartridge has no test operation.\n"
      "\n"
      "Example:\n"
      "  cairn cartridge test hlr");
  line.OnRun(command, [name](CommandContext& context) { return Test(context, *name); });
}

}  // namespace cairn::cli
