// cairn order give-up ID: ends a Held order as Failed.
#include "edges/cli/commands.h"
#include "edges/cli/order_action.h"

#include <memory>
#include <string>

namespace cairn::cli {
namespace {

struct Arguments {
  std::string id;
  std::string description;
};

CliResult<ExitCode> GiveUp(CommandContext& context, const Arguments& arguments) {
  const auto reply = ActOnOrder(context, arguments.id, "giveUp", arguments.description);
  if (!reply) {
    return tl::unexpected<Failure>(reply.error());
  }
  PrintActedOn(context, arguments.id, *reply);
  return ExitCode::kOk;
}

}  // namespace

void AddOrderGiveUp(CLI::App& parent, CommandLine& line) {
  CLI::App& command = *parent.add_subcommand(
      "give-up", "End a Held order as Failed; what it completed stays as it is");
  const auto arguments = std::make_shared<Arguments>();
  command.add_option("ID", arguments->id, "The order")->required();
  command.add_option("--description", arguments->description, "Why; goes into its history");
  command.footer(
      "Example:\n"
      "  cairn order give-up so-1t3 --description 'the customer withdrew'");
  line.OnRun(command, [arguments](CommandContext& context) { return GiveUp(context, *arguments); });
}

}  // namespace cairn::cli
