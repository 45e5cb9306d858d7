// cairn order abort ID: ends an order as soon as possible.
#include "edges/cli/commands.h"
#include "edges/cli/order_action.h"

#include <memory>

namespace cairn::cli {

void AddOrderAbort(CLI::App& parent, CommandLine& line) {
  CLI::App& command = *parent.add_subcommand("abort", "End an order as soon as possible");
  const auto action = std::make_shared<OrderAction>();
  const auto wait = std::make_shared<bool>(false);
  AddOrderActionOptions(command, *action);
  AddVersionOption(command, action->version);
  command.add_flag("--wait", *wait, "Watch the order until it has ended");
  command.footer(
      "Waits for nothing but the calls that are out already; what it completed stays.\n\n"
      "Example:\n"
      "  cairn order abort so-1t3 --description 'the site is gone' --wait");
  line.OnRun(command, [action, wait](CommandContext& context) {
    return StopOrder(context, *action, "abort", *wait);
  });
}

}  // namespace cairn::cli
