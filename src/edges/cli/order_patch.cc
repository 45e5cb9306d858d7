// cairn order patch ID: changes what an order says of itself, not what it does. It is TMF641's
// PATCH of a service order, which native orders take as well.
#include "edges/cli/commands.h"
#include "edges/cli/json_text.h"
#include "edges/cli/order_action.h"
#include "edges/cli/text_layout.h"

#include <fmt/format.h>

#include <memory>
#include <string>
#include <utility>

namespace cairn::cli {
namespace {

struct Arguments {
  std::string id;
  std::string external_id;
  std::string description;
  std::string priority;
  std::string requested_start;
  std::string version;
};

CliResult<ExitCode> Patch(CommandContext& context, const Arguments& arguments) {
  Json body = Json::Object();
  for (const auto& [key, value] : {std::pair{"externalId", &arguments.external_id},
                                   std::pair{"description", &arguments.description},
                                   std::pair{"priority", &arguments.priority},
                                   std::pair{"requestedStartDate", &arguments.requested_start}}) {
    if (!IsCleanUtf8(*value)) {
      return FailWith(ExitCode::kUsage, fmt::format("{} is not UTF-8", key));
    }
    if (!value->empty()) {
      body.Set(key, Json::String(*value));
    }
  }
  if (body.members().empty()) {
    return FailWith(ExitCode::kUsage, "nothing to change\nRun with --help for what there is.");
  }
  NodeRequest request;
  request.method = "PATCH";
  request.path = "/tmf-api/serviceOrdering/v4/serviceOrder/" + UrlEscape(arguments.id);
  request.body = body.Serialize();
  if (!arguments.version.empty()) {
    request.headers.push_back(fmt::format("If-Match: \"{}\"", arguments.version));
  }
  const auto reply = context.node.Send(request);
  if (!reply) {
    return tl::unexpected<Failure>(reply.error());
  }
  PrintActedOn(context, arguments.id, reply->json);
  return ExitCode::kOk;
}

}  // namespace

void AddOrderPatch(CLI::App& parent, CommandLine& line) {
  CLI::App& command =
      *parent.add_subcommand("patch", "Change what an order says of itself, not what it does");
  const auto arguments = std::make_shared<Arguments>();
  command.add_option("ID", arguments->id, "The order")->required();
  command.add_option("--external-id", arguments->external_id, "Its name elsewhere");
  command.add_option("--description", arguments->description, "Its description");
  command.add_option("--priority", arguments->priority, "Its priority, a whole number");
  command
      .add_option("--requested-start", arguments->requested_start,
                  "When it should begin; while it has not begun")
      ->check(CLI::Validator(CheckTime, "TIME"));
  AddVersionOption(command, arguments->version);
  command.footer(
      "The state that is printed is that of TMF641, as is the order that -o json prints.\n\n"
      "Example:\n"
      "  cairn order patch so-1t3 --priority 2 --external-id crm-17");
  line.OnRun(command, [arguments](CommandContext& context) { return Patch(context, *arguments); });
}

}  // namespace cairn::cli
