// cairn order resubmit ID: sends a Held order on, once what stopped it is out of the way.
#include "edges/cli/commands.h"
#include "edges/cli/order_action.h"
#include "edges/cli/order_watch.h"

#include <memory>
#include <string>

namespace cairn::cli {
namespace {

struct Arguments {
  std::string id;
  std::string description;
  bool wait = false;
};

CliResult<ExitCode> Resubmit(CommandContext& context, const Arguments& arguments) {
  const auto reply = ActOnOrder(context, arguments.id, "resubmit", arguments.description);
  if (!reply) {
    return tl::unexpected<Failure>(reply.error());
  }
  if (arguments.wait) {
    return WatchOrder(context, arguments.id);
  }
  PrintActedOn(context, arguments.id, *reply);
  return ExitCode::kOk;
}

}  // namespace

void AddOrderResubmit(CLI::App& parent, CommandLine& line) {
  CLI::App& command = *parent.add_subcommand(
      "resubmit", "Send a Held order on: what failed is tried again, what is done stays done");
  const auto arguments = std::make_shared<Arguments>();
  command.add_option("ID", arguments->id, "The order")->required();
  command.add_option("--description", arguments->description, "Why; goes into its history");
  command.add_flag("--wait", arguments->wait, "Watch the order until it is settled again");
  command.footer(
      "Example:\n"
      "  cairn order resubmit so-1t3 --description 'HLR is back' --wait");
  line.OnRun(command,
             [arguments](CommandContext& context) { return Resubmit(context, *arguments); });
}

}  // namespace cairn::cli
