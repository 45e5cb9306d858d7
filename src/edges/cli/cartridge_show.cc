// cairn cartridge show NAME: one cartridge.
#include "edges/cli/cartridge_rows.h"
#include "edges/cli/commands.h"
#include "edges/cli/json_text.h"

#include <fmt/format.h>

#include <memory>
#include <string>

namespace cairn::cli {
namespace {

CliResult<ExitCode> Show(CommandContext& context, const std::string& name) {
  const auto list = FetchCartridges(context);
  if (!list) {
    return tl::unexpected<Failure>(list.error());
  }
  for (const Json& cartridge : ListAt(*list, "items")) {
    if (TextAt(cartridge, "name") != name) {
      continue;
    }
    if (context.wants_json()) {
      context.Print(cartridge);
    } else {
      context.Print(CartridgeRows({cartridge}));
    }
    return ExitCode::kOk;
  }
  return FailWith(ExitCode::kRefused,
                  fmt::format("there is no cartridge '{}'\n'cairn cartridge list' shows the "
                              "cartridges there are.",
                              name));
}

}  // namespace

void AddCartridgeShow(CLI::App& parent, CommandLine& line) {
  CLI::App& command = *parent.add_subcommand("show", "Show one cartridge");
  const auto name = std::make_shared<std::string>();
  command.add_option("NAME", *name, "The cartridge")->required();
  command.footer(
      "Example:\n"
      "  cairn cartridge show hlr");
  line.OnRun(command, [name](CommandContext& context) { return Show(context, *name); });
}

}  // namespace cairn::cli
