// cairn order give-up ID: ends a Held order as Failed.
#include "edges/cli/commands.h"
#include "edges/cli/order_action.h"

#include <memory>

namespace cairn::cli {
namespace {

CliResult<ExitCode> GiveUp(CommandContext& context, const OrderAction& action) {
  const auto reply = ActOnOrder(context, action, "giveUp");
  if (!reply) {
    return tl::unexpected<Failure>(reply.error());
  }
  PrintActedOn(context, action.id, *reply);
  return ExitCode::kOk;
}

}  // namespace

void AddOrderGiveUp(CLI::App& parent, CommandLine& line) {
  CLI::App& command = *parent.add_subcommand(
      "give-up", "End a Held order as Failed; what it completed stays as it is");
  const auto action = std::make_shared<OrderAction>();
  AddOrderActionOptions(command, *action);
  AddVersionOption(command, action->version);
  command.footer(
      "Example:\n"
      "  cairn order give-up so-1t3 --description 'the customer withdrew'");
  line.OnRun(command, [action](CommandContext& context) { return GiveUp(context, *action); });
}

}  // namespace cairn::cli
