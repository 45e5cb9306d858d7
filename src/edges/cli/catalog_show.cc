// cairn catalog show: the catalog that a node plans new orders with.
#include "edges/cli/catalog_line.h"
#include "edges/cli/commands.h"

namespace cairn::cli {
namespace {

CliResult<ExitCode> Show(CommandContext& context) {
  NodeRequest request;
  request.method = "GET";
  request.path = "/v1/catalog";
  const auto reply = context.node.Send(request);
  if (!reply) {
    return tl::unexpected<Failure>(reply.error());
  }
  PrintCatalog(context, reply->json);
  return ExitCode::kOk;
}

}  // namespace

void AddCatalogShow(CLI::App& parent, CommandLine& line) {
  CLI::App& command =
      *parent.add_subcommand("show", "Show which catalog a node plans new orders with");
  command.footer(
      "Example:\n"
      "  cairn catalog show");
  line.OnRun(command, [](CommandContext& context) { return Show(context); });
}

}  // namespace cairn::cli
