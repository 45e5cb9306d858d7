// cairn order cancel ID: ends an order once what runs now has ended.
#include "edges/cli/commands.h"
#include "edges/cli/order_action.h"

#include <memory>

namespace cairn::cli {

void AddOrderCancel(CLI::App& parent, CommandLine& line) {
  CLI::App& command = *parent.add_subcommand("cancel", "End an order once what runs now has ended");
  const auto action = std::make_shared<OrderAction>();
  const auto wait = std::make_shared<bool>(false);
  AddOrderActionOptions(command, *action);
  AddVersionOption(command, action->version);
  command.add_flag("--wait", *wait, "Watch the order until it has ended");
  command.footer(
      "Ends it at the next point where nothing is under way; what it completed stays.\n\n"
      "Example:\n"
      "  cairn order cancel so-1t3 --description 'ordered by mistake' --wait");
  line.OnRun(command, [action, wait](CommandContext& context) {
    return StopOrder(context, *action, "cancel", *wait);
  });
}

}  // namespace cairn::cli
