// cairn inventory list: the services that completed orders have left.
#include "edges/cli/commands.h"
#include "edges/cli/json_text.h"
#include "edges/cli/list_pages.h"

#include <memory>
#include <string>

namespace cairn::cli {
namespace {

struct Arguments {
  std::string customer;
  std::string product;
  std::size_t limit = 0;
  bool all = false;
};

Table Rows(const Json& list) {
  using Align = Table::Align;
  using Fit = Table::Fit;
  Table table({{"ID", Align::kLeft, Fit::kWhole},
               {"SERVICE"},
               {"PRODUCT"},
               {"CUSTOMER"},
               {"STATE", Align::kLeft, Fit::kWhole},
               {"ORDER", Align::kLeft, Fit::kWhole},
               {"CHANGED", Align::kLeft, Fit::kWholeOrNot},
               {"PARAMETERS"}});
  for (const Json& row : ListAt(list, "items")) {
    const Json* parameters = row.Find("parameters");
    table.AddRow({{std::string(TextAt(row, "id"))},
                  {std::string(TextAt(row, "service"))},
                  {std::string(TextAt(row, "product"))},
                  {std::string(TextAt(row, "customer"))},
                  {std::string(TextAt(row, "state"))},
                  {std::string(TextAt(row, "order"))},
                  {TimeTextAt(row, "changedAt")},
                  {parameters == nullptr ? "" : parameters->Serialize()}});
  }
  return table;
}

CliResult<ExitCode> List(CommandContext& context, const Arguments& arguments) {
  ListRequest request;
  request.path = "/v1/inventory";
  request.limit = arguments.limit;
  request.all = arguments.all;
  if (!arguments.customer.empty()) {
    request.query.emplace_back("customer", arguments.customer);
  }
  if (!arguments.product.empty()) {
    request.query.emplace_back("product", arguments.product);
  }
  const auto list = FetchList(context.node, request);
  if (!list) {
    return tl::unexpected<Failure>(list.error());
  }
  return PrintList(context, *list, "no services", [&] { return Rows(*list); });
}

}  // namespace

void AddInventoryList(CLI::App& parent, CommandLine& line) {
  CLI::App& command = *parent.add_subcommand("list", "List the services that orders have left");
  const auto arguments = std::make_shared<Arguments>();
  command.add_option("--customer", arguments->customer, "Only services of this customer");
  command.add_option("--product", arguments->product, "Only services of this product");
  AddPageOptions(command, arguments->limit, arguments->all);
  command.footer(
      "Examples:\n"
      "  cairn inventory list --customer C-1\n"
      "  cairn -o json inventory list --product mobile-line --all | jq '.items | length'");
  line.OnRun(command, [arguments](CommandContext& context) { return List(context, *arguments); });
}

}  // namespace cairn::cli
