// cairn order list: orders as rows, newest first, narrowed down by what they are.
#include "edges/cli/commands.h"
#include "edges/cli/json_text.h"
#include "edges/cli/list_pages.h"
#include "edges/cli/text_layout.h"
#include "model/states.h"

#include <fmt/format.h>

#include <memory>
#include <string>

namespace cairn::cli {
namespace {

struct Arguments {
  std::string state;
  std::string customer;
  std::string external_id;
  std::string product;
  std::string submitted_from;
  std::string submitted_to;
  std::size_t limit = 0;
  bool all = false;
};

std::string CheckState(const std::string& text) {
  if (ParseOrderState(text)) {
    return {};
  }
  std::string names;
  for (std::uint8_t i = 0; i <= static_cast<std::uint8_t>(OrderState::kRejected); ++i) {
    names += (names.empty() ? "" : ", ") + std::string(Name(static_cast<OrderState>(i)));
  }
  return fmt::format("'{}' is not a state of an order; those are {}", text, names);
}

std::string Products(const Json& row) {
  std::string text;
  for (const Json& product : ListAt(row, "products")) {
    if (product.is_string()) {
      text += (text.empty() ? "" : ", ") + product.text();
    }
  }
  return text;
}

std::string Took(const Json& row, Nanos now) {
  const Nanos from = MomentAt(row, "submittedAt");
  const Nanos ended = MomentAt(row, "endedAt");
  const Nanos until = ended != 0 ? ended : now;
  return from == 0 || until < from ? "" : HumanDuration(until - from);
}

Table Rows(const Json& list, Nanos now) {
  using Align = Table::Align;
  using Fit = Table::Fit;
  Table table({{"ID", Align::kLeft, Fit::kWhole},
               {"STATE", Align::kLeft, Fit::kWhole},
               {"PORT", Align::kLeft, Fit::kWholeOrNot},
               {"RUN", Align::kRight},
               {"EXTERNAL ID", Align::kLeft, Fit::kWhole},
               {"CUSTOMER"},
               {"PRODUCTS"},
               {"SUBMITTED", Align::kLeft, Fit::kWholeOrNot},
               {"TIME", Align::kRight, Fit::kWhole}});
  for (const Json& row : ListAt(list, "items")) {
    const std::string state(TextAt(row, "state"));
    table.AddRow({{std::string(TextAt(row, "id"))},
                  {state, ColorOfState(state)},
                  {std::string(TextAt(row, "port"))},
                  {std::string(TextAt(row, "run"))},
                  {std::string(TextAt(row, "externalId"))},
                  {std::string(TextAt(row, "customer"))},
                  {Products(row)},
                  {TimeTextAt(row, "submittedAt")},
                  {Took(row, now)}});
  }
  return table;
}

CliResult<ExitCode> List(CommandContext& context, const Arguments& arguments) {
  ListRequest request;
  request.path = "/v1/orders";
  request.limit = arguments.limit;
  request.all = arguments.all;
  const auto narrow = [&](const char* name, const std::string& value) {
    if (!value.empty()) {
      request.query.emplace_back(name, value);
    }
  };
  narrow("state", arguments.state);
  narrow("customer", arguments.customer);
  narrow("externalId", arguments.external_id);
  narrow("product", arguments.product);
  narrow("submittedFrom", arguments.submitted_from);
  narrow("submittedTo", arguments.submitted_to);
  const auto list = FetchList(context.node, request);
  if (!list) {
    return tl::unexpected<Failure>(list.error());
  }
  return PrintList(context, *list, "no orders", [&] { return Rows(*list, context.around.now()); });
}

}  // namespace

void AddOrderList(CLI::App& parent, CommandLine& line) {
  CLI::App& command = *parent.add_subcommand("list", "List orders, newest first");
  const auto arguments = std::make_shared<Arguments>();
  command.add_option("--state", arguments->state, "Only orders in this state, such as Held")
      ->check(CLI::Validator(CheckState, "STATE"));
  command.add_option("--customer", arguments->customer, "Only orders of this customer");
  command.add_option("--external-id", arguments->external_id, "Only orders with this external id");
  command.add_option("--product", arguments->product, "Only orders for this product");
  command.add_option("--submitted-from", arguments->submitted_from, "Only orders from then on")
      ->check(CLI::Validator(CheckTime, "TIME"));
  command.add_option("--submitted-to", arguments->submitted_to, "Only orders up to then")
      ->check(CLI::Validator(CheckTime, "TIME"));
  AddPageOptions(command, arguments->limit, arguments->all);
  command.footer(
      "Examples:\n"
      "  cairn order list --state Held\n"
      "  cairn order list --customer C-1 --limit 20\n"
      "  cairn -o json order list --all | jq '.items | length'");
  line.OnRun(command, [arguments](CommandContext& context) { return List(context, *arguments); });
}

}  // namespace cairn::cli
