// cairn cartridge list: the cartridges of a node, how they are and how busy.
#include "edges/cli/cartridge_rows.h"
#include "edges/cli/commands.h"
#include "edges/cli/json_text.h"
#include "edges/cli/list_pages.h"

namespace cairn::cli {
namespace {

CliResult<ExitCode> List(CommandContext& context) {
  const auto list = FetchCartridges(context);
  if (!list) {
    return tl::unexpected<Failure>(list.error());
  }
  return PrintList(context, *list, "no cartridges",
                   [&] { return CartridgeRows(ListAt(*list, "items")); });
}

}  // namespace

void AddCartridgeList(CLI::App& parent, CommandLine& line) {
  CLI::App& command =
      *parent.add_subcommand("list", "List the cartridges: how they are and how busy");
  command.footer(
      "Example:\n"
      "  cairn cartridge list");
  line.OnRun(command, [](CommandContext& context) { return List(context); });
}

}  // namespace cairn::cli
