// cairn catalog reload: has a node read the files of its catalog again.
#include "edges/cli/catalog_line.h"
#include "edges/cli/commands.h"

namespace cairn::cli {
namespace {

CliResult<ExitCode> Reload(CommandContext& context) {
  NodeRequest request;
  request.method = "POST";
  request.path = "/v1/catalog/reload";
  request.body = "{}";
  request.repeat = NodeRequest::Repeat::kIsSafe;
  const auto reply = context.node.Send(request);
  if (!reply) {
    return tl::unexpected<Failure>(reply.error());
  }
  PrintCatalog(context, reply->json);
  return ExitCode::kOk;
}

}  // namespace

void AddCatalogReload(CLI::App& parent, CommandLine& line) {
  CLI::App& command =
      *parent.add_subcommand("reload", "Have a node read the files of its catalog again");
  command.footer(
      "New orders are planned with the new catalog, those under way keep theirs. When something "
      "is\n"
      "wrong with the files the old one stays, and each problem is named (exit code 3).\n\n"
      "Example:\n"
      "  cairn catalog check examples/catalog && cairn catalog reload");
  line.OnRun(command, [](CommandContext& context) { return Reload(context); });
}

}  // namespace cairn::cli
