// cairn order history ID: all that happened to an order, oldest first.
#include "edges/cli/order_history.h"

#include "edges/cli/commands.h"
#include "edges/cli/json_text.h"
#include "edges/cli/list_pages.h"

#include <fmt/format.h>

#include <memory>

namespace cairn::cli {
namespace {

std::string DetailText(const Json& item) {
  const Json* detail = item.Find("detail");
  if (detail == nullptr || detail->is_null()) {
    return {};
  }
  if (detail->is_string()) {
    return detail->text();
  }
  if (detail->is_object() && detail->members().empty()) {
    return {};
  }
  return detail->Serialize();
}

}  // namespace

CliResult<ExitCode> ShowHistory(CommandContext& context, const std::string& id) {
  ListRequest request;
  request.path = fmt::format("/v1/orders/{}/history", UrlEscape(id));
  request.all = true;
  const auto list = FetchList(context.node, request);
  if (!list) {
    return tl::unexpected<Failure>(list.error());
  }
  if (context.wants_json()) {
    context.Print(*list);
    return ExitCode::kOk;
  }
  Table table({{"AT", Table::Align::kLeft, Table::Fit::kWhole}, {"EVENT"}, {"ACTOR"}, {"DETAIL"}});
  for (const Json& item : ListAt(*list, "items")) {
    table.AddRow({{TimeTextAt(item, "at")},
                  {std::string(TextAt(item, "event"))},
                  {std::string(TextAt(item, "actor"))},
                  {DetailText(item)}});
  }
  context.Print(table);
  return ExitCode::kOk;
}

void AddOrderHistory(CLI::App& parent, CommandLine& line) {
  CLI::App& command =
      *parent.add_subcommand("history", "Show all that happened to an order, oldest first");
  const auto id = std::make_shared<std::string>();
  command.add_option("ID", *id, "The order")->required();
  command.footer(
      "Examples:\n"
      "  cairn order history so-1t3\n"
      "  cairn -o json order history so-1t3 | jq '.items[].event'");
  line.OnRun(command, [id](CommandContext& context) { return ShowHistory(context, *id); });
}

}  // namespace cairn::cli
