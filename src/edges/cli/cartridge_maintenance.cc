// cairn cartridge maintenance NAME start|stop: takes a target out of use, and back.
#include "edges/cli/cartridge_rows.h"
#include "edges/cli/commands.h"

#include <memory>
#include <string>

namespace cairn::cli {
namespace {

struct Arguments {
  std::string name;
  std::string change;
  std::string description;
};

CliResult<ExitCode> Maintenance(CommandContext& context, const Arguments& arguments) {
  const auto cartridge = ActOnCartridge(context, arguments.name, arguments.change + "Maintenance",
                                        arguments.description);
  if (!cartridge) {
    return tl::unexpected<Failure>(cartridge.error());
  }
  if (context.wants_json()) {
    context.Print(*cartridge);
  } else {
    context.Print(CartridgeRows({*cartridge}));
  }
  return ExitCode::kOk;
}

}  // namespace

void AddCartridgeMaintenance(CLI::App& parent, CommandLine& line) {
  CLI::App& command =
      *parent.add_subcommand("maintenance", "Take a cartridge's target out of use, and back");
  const auto arguments = std::make_shared<Arguments>();
  command.add_option("NAME", arguments->name, "The cartridge")->required();
  command.add_option("CHANGE", arguments->change, "What to do")
      ->required()
      ->check(CLI::IsMember({"start", "stop"}));
  command.add_option("--description", arguments->description, "Why; goes into the history");
  command.footer(
      "In maintenance nothing is sent to the target: a work order for it is a technical error at\n"
      "once, and its order can be resubmitted later.\n\n"
      "Examples:\n"
      "  cairn cartridge maintenance hlr start --description 'upgrade to 7.2'\n"
      "  cairn cartridge maintenance hlr stop");
  line.OnRun(command,
             [arguments](CommandContext& context) { return Maintenance(context, *arguments); });
}

}  // namespace cairn::cli
