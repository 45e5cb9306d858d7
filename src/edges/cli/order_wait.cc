// cairn order wait ID: watches an order until it is settled.
#include "edges/cli/commands.h"
#include "edges/cli/order_watch.h"

#include <memory>
#include <string>

namespace cairn::cli {

void AddOrderWait(CLI::App& parent, CommandLine& line) {
  CLI::App& command = *parent.add_subcommand("wait", "Watch an order until it is settled");
  const auto id = std::make_shared<std::string>();
  command.add_option("ID", *id, "The order")->required();
  command.footer(
      "A terminal shows a tree that is drawn anew with each change; a pipe gets a line for each\n"
      "change; with -o json only the settled order is printed. The node may restart meanwhile.\n\n"
      "Example:\n"
      "  cairn order wait so-1t3 --timeout 10m");
  line.OnRun(command, [id](CommandContext& context) { return WatchOrder(context, *id); });
}

}  // namespace cairn::cli
