// cairn node openapi: the description of the native API that a node gives of itself.
#include "edges/cli/commands.h"

namespace cairn::cli {
namespace {

CliResult<ExitCode> Openapi(CommandContext& context) {
  NodeRequest request;
  request.method = "GET";
  request.path = "/openapi.json";
  const auto reply = context.node.Send(request);
  if (!reply) {
    return tl::unexpected<Failure>(reply.error());
  }
  context.Print(reply->json);
  return ExitCode::kOk;
}

}  // namespace

void AddNodeOpenapi(CLI::App& parent, CommandLine& line) {
  CLI::App& command =
      *parent.add_subcommand("openapi", "Print the description of a node's API (OpenAPI 3.1)");
  command.footer(
      "Example:\n"
      "  cairn node openapi | jq '.paths | keys'");
  line.OnRun(command, [](CommandContext& context) { return Openapi(context); });
}

}  // namespace cairn::cli
