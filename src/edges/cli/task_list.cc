// cairn task list: what people have to do.
#include "edges/cli/commands.h"
#include "edges/cli/json_text.h"
#include "edges/cli/list_pages.h"
#include "edges/cli/text_layout.h"

#include <memory>
#include <string>

namespace cairn::cli {
namespace {

struct Arguments {
  std::string cartridge;
  std::size_t limit = 0;
  bool all = false;
};

Table Rows(const Json& list, Nanos now) {
  using Align = Table::Align;
  using Fit = Table::Fit;
  Table table({{"ID", Align::kLeft, Fit::kWhole},
               {"OPERATION"},
               {"CARTRIDGE"},
               {"ORDER", Align::kLeft, Fit::kWhole},
               {"PRODUCT ORDER", Align::kLeft, Fit::kWholeOrNot},
               {"WAITS", Align::kRight, Fit::kWhole},
               {"DEADLINE", Align::kLeft, Fit::kWholeOrNot},
               {"INPUT"}});
  for (const Json& row : ListAt(list, "items")) {
    const Nanos since = MomentAt(row, "since");
    const Json* input = row.Find("input");
    table.AddRow({{std::string(TextAt(row, "id"))},
                  {std::string(TextAt(row, "operation"))},
                  {std::string(TextAt(row, "cartridge"))},
                  {std::string(TextAt(row, "order"))},
                  {std::string(TextAt(row, "productOrder"))},
                  {since == 0 ? "" : HumanDuration(now - since)},
                  {TimeTextAt(row, "deadline")},
                  {input == nullptr ? "" : input->Serialize()}});
  }
  return table;
}

CliResult<ExitCode> List(CommandContext& context, const Arguments& arguments) {
  ListRequest request;
  request.path = "/v1/tasks";
  request.limit = arguments.limit;
  request.all = arguments.all;
  if (!arguments.cartridge.empty()) {
    request.query.emplace_back("cartridge", arguments.cartridge);
  }
  const auto list = FetchList(context.node, request);
  if (!list) {
    return tl::unexpected<Failure>(list.error());
  }
  return PrintList(context, *list, "no tasks", [&] { return Rows(*list, context.around.now()); });
}

}  // namespace

void AddTaskList(CLI::App& parent, CommandLine& line) {
  CLI::App& command = *parent.add_subcommand("list", "List what people have to do");
  const auto arguments = std::make_shared<Arguments>();
  command.add_option("--cartridge", arguments->cartridge, "Only tasks of this manual cartridge");
  AddPageOptions(command, arguments->limit, arguments->all);
  command.footer(
      "Examples:\n"
      "  cairn task list\n"
      "  cairn task list --cartridge field-force --all");
  line.OnRun(command, [arguments](CommandContext& context) { return List(context, *arguments); });
}

}  // namespace cairn::cli
