// cairn order resubmit ID: sends a Held order on, once what stopped it is out of the way.
#include "edges/cli/commands.h"
#include "edges/cli/order_action.h"
#include "edges/cli/order_watch.h"

#include <memory>

namespace cairn::cli {
namespace {

CliResult<ExitCode> Resubmit(CommandContext& context, const OrderAction& action, bool wait) {
  const auto reply = ActOnOrder(context, action, "resubmit");
  if (!reply) {
    return tl::unexpected<Failure>(reply.error());
  }
  if (wait) {
    return WatchOrder(context, action.id);
  }
  PrintActedOn(context, action.id, *reply);
  return ExitCode::kOk;
}

}  // namespace

void AddOrderResubmit(CLI::App& parent, CommandLine& line) {
  CLI::App& command = *parent.add_subcommand(
      "resubmit", "Send a Held order on: what failed is tried again, what is done stays done");
  const auto action = std::make_shared<OrderAction>();
  const auto wait = std::make_shared<bool>(false);
  AddOrderActionOptions(command, *action);
  AddVersionOption(command, action->version);
  command.add_flag("--wait", *wait, "Watch the order until it is settled again");
  command.footer(
      "Example:\n"
      "  cairn order resubmit so-1t3 --description 'HLR is back' --wait");
  line.OnRun(command,
             [action, wait](CommandContext& context) { return Resubmit(context, *action, *wait); });
}

}  // namespace cairn::cli
