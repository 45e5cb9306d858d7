// cairn inventory show SERVICE: one service, as completed orders have left it. Its name is unique
// within a product only, so there may be several.
#include "edges/cli/commands.h"
#include "edges/cli/json_text.h"
#include "edges/cli/list_pages.h"

#include <fmt/format.h>

#include <memory>
#include <string>
#include <utility>

namespace cairn::cli {
namespace {

struct Arguments {
  std::string service;
  std::string product;
};

void PrintService(const CommandContext& context, const Json& service) {
  Table table({{"SERVICE"}, {std::string(TextAt(service, "service"))}});
  for (const auto& [title, key] :
       {std::pair{"id", "id"}, std::pair{"product", "product"}, std::pair{"customer", "customer"},
        std::pair{"state", "state"}, std::pair{"last order", "order"},
        std::pair{"created", "createdAt"}, std::pair{"changed", "changedAt"}}) {
    table.AddRow({{title}, {TimeTextAt(service, key)}});
  }
  const Json* parameters = service.Find("parameters");
  if (parameters != nullptr && parameters->is_object()) {
    for (const Json::Member& member : parameters->members()) {
      table.AddRow({{"parameter " + member.key},
                    {member.value.is_string() ? member.value.text() : member.value.Serialize()}});
    }
  }
  context.Print(table);
}

CliResult<ExitCode> Show(CommandContext& context, const Arguments& arguments) {
  ListRequest request;
  request.path = "/v1/inventory";
  request.query.emplace_back("service", arguments.service);
  if (!arguments.product.empty()) {
    request.query.emplace_back("product", arguments.product);
  }
  request.all = true;
  const auto list = FetchList(context.node, request);
  if (!list) {
    return tl::unexpected<Failure>(list.error());
  }
  if (ListAt(*list, "items").empty()) {
    return FailWith(ExitCode::kRefused,
                    fmt::format("there is no service '{}'\n'cairn inventory list' shows the "
                                "services there are.",
                                arguments.service));
  }
  if (context.wants_json()) {
    context.Print(*list);
    return ExitCode::kOk;
  }
  bool is_first = true;
  for (const Json& service : ListAt(*list, "items")) {
    if (!std::exchange(is_first, false)) {
      context.PrintLine("");
    }
    PrintService(context, service);
  }
  return ExitCode::kOk;
}

}  // namespace

void AddInventoryShow(CLI::App& parent, CommandLine& line) {
  CLI::App& command = *parent.add_subcommand("show", "Show a service with its parameters");
  const auto arguments = std::make_shared<Arguments>();
  command.add_option("SERVICE", arguments->service, "Its name, such as +447700900123")->required();
  command.add_option("--product", arguments->product, "Only of this product");
  command.footer(
      "Example:\n"
      "  cairn inventory show +447700900123");
  line.OnRun(command, [arguments](CommandContext& context) { return Show(context, *arguments); });
}

}  // namespace cairn::cli
