// cairn order delete ID: has a node forget an order that has ended. It is TMF641's DELETE of a
// service order, which native orders take as well.
#include "edges/cli/commands.h"

#include <fmt/format.h>

#include <memory>
#include <string>

namespace cairn::cli {
namespace {

CliResult<ExitCode> Delete(CommandContext& context, const std::string& id) {
  NodeRequest request;
  request.method = "DELETE";
  request.path = "/tmf-api/serviceOrdering/v4/serviceOrder/" + UrlEscape(id);
  const auto reply = context.node.Send(request);
  if (!reply) {
    return tl::unexpected<Failure>(reply.error());
  }
  context.around.Note(fmt::format("{} is forgotten", id));
  return ExitCode::kOk;
}

}  // namespace

void AddOrderDelete(CLI::App& parent, CommandLine& line) {
  CLI::App& command =
      *parent.add_subcommand("delete", "Forget an order that has ended, with its history");
  const auto id = std::make_shared<std::string>();
  command.add_option("ID", *id, "The order")->required();
  command.footer(
      "Example:\n"
      "  cairn order delete so-1t3");
  line.OnRun(command, [id](CommandContext& context) { return Delete(context, *id); });
}

}  // namespace cairn::cli
