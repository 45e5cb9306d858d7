// cairn workorder list ORDER: the work orders of an order as rows, with the tokens of those that
// wait for an answer.
#include "edges/cli/commands.h"
#include "edges/cli/json_text.h"
#include "edges/cli/waiting_work.h"

#include <fmt/format.h>

#include <memory>
#include <string>
#include <string_view>
#include <utility>

namespace cairn::cli {
namespace {

struct Arguments {
  std::string order;
  bool waiting = false;
};

// The rows with what is needed to tell where each belongs.
Json Rows(const Json& order, bool waiting) {
  Json rows = Json::Array();
  for (const Json& product_order : ListAt(order, "productOrders")) {
    for (const Json& technical_order : ListAt(product_order, "technicalOrders")) {
      for (const Json& work_order : ListAt(technical_order, "workOrders")) {
        if (waiting && TextAt(work_order, "state") != "Waiting") continue;
        Json row = work_order;
        const auto set = [&row](const char* key, std::string_view value) {
          if (row.is_object() && row.Find(key) == nullptr) {
            row.Set(key, Json::String(std::string(value)));
          }
        };
        set("productOrder", TextAt(product_order, "id"));
        set("technicalOrder", TextAt(technical_order, "name"));
        rows.Push(std::move(row));
      }
    }
  }
  return rows;
}

CliResult<ExitCode> List(CommandContext& context, const Arguments& arguments) {
  const auto order = FetchOrder(context, arguments.order);
  if (!order) {
    return tl::unexpected<Failure>(order.error());
  }
  Json rows = Rows(*order, arguments.waiting);
  if (context.wants_json()) {
    Json list = Json::Object();
    list.Set("items", std::move(rows));
    context.Print(list);
    return ExitCode::kOk;
  }
  if (rows.items().empty()) {
    context.around.Note(arguments.waiting ? "nothing waits for an answer" : "no work orders");
    return ExitCode::kOk;
  }
  using Align = Table::Align;
  using Fit = Table::Fit;
  Table table({{"ID", Align::kLeft, Fit::kWhole},
               {"STATE", Align::kLeft, Fit::kWhole},
               {"PRODUCT ORDER"},
               {"TECHNICAL ORDER"},
               {"STEP"},
               {"CALL"},
               {"DEADLINE", Align::kLeft, Fit::kWholeOrNot},
               {"TOKEN", Align::kLeft, Fit::kWholeOrNot}});
  for (const Json& row : rows.items()) {
    const std::string state(TextAt(row, "state"));
    const std::string_view cartridge = TextAt(row, "cartridge");
    table.AddRow({{std::string(TextAt(row, "id"))},
                  {state, ColorOfState(state)},
                  {std::string(TextAt(row, "productOrder"))},
                  {std::string(TextAt(row, "technicalOrder"))},
                  {std::string(TextAt(row, "step"))},
                  {cartridge.empty() ? std::string(TextAt(row, "kind"))
                                     : fmt::format("{}.{}", cartridge, TextAt(row, "operation"))},
                  {TimeTextAt(row, "deadline")},
                  {std::string(TextAt(row, "callbackToken"))}});
  }
  context.Print(table);
  return ExitCode::kOk;
}

}  // namespace

void AddWorkorderList(CLI::App& parent, CommandLine& line) {
  CLI::App& command = *parent.add_subcommand("list", "List the work orders of an order");
  const auto arguments = std::make_shared<Arguments>();
  command.add_option("ORDER", arguments->order, "The order")->required();
  command.add_flag("--waiting", arguments->waiting, "Only those that wait for an answer");
  command.footer(
      "Tokens are shown to operators only, and in a table only where there is room for them.\n\n"
      "Examples:\n"
      "  cairn workorder list so-1t3 --waiting\n"
      "  cairn -o json workorder list so-1t3 | jq '.items[].state'");
  line.OnRun(command, [arguments](CommandContext& context) { return List(context, *arguments); });
}

}  // namespace cairn::cli
