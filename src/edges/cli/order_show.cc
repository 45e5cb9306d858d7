// cairn order show ID: an order as it is now, as a tree or a drawing, or its history as a table.
#include "edges/cli/commands.h"
#include "edges/cli/json_text.h"
#include "edges/cli/order_history.h"
#include "edges/cli/order_tree.h"
#include "edges/cli/plan_drawing.h"
#include "edges/cli/text_layout.h"

#include <fmt/format.h>

#include <memory>
#include <string>
#include <utility>

namespace cairn::cli {
namespace {

struct Arguments {
  std::string id;
  bool history = false;
  bool draw = false;
};

std::string Slices(const Json& order) {
  std::string text;
  for (const Json& slice : ListAt(order, "slices")) {
    text += text.empty() ? "slices: " : " | ";
    bool first = true;
    if (!slice.is_array()) {
      continue;
    }
    for (const Json& id : slice.items()) {
      if (!id.is_string()) {
        continue;
      }
      text += (first ? "" : " ") + CleanForTerminal(id.text());
      first = false;
    }
  }
  return text;
}

CliResult<ExitCode> ShowOrder(CommandContext& context, const std::string& id, bool draw) {
  NodeRequest request;
  request.method = "GET";
  request.path = "/v1/orders/" + UrlEscape(id);
  const auto reply = context.node.Send(request);
  if (!reply) {
    return tl::unexpected<Failure>(reply.error());
  }
  if (context.wants_json()) {
    context.Print(reply->json);
    return ExitCode::kOk;
  }
  if (draw) {
    context.PrintLine(DrawPlan(reply->json));
    return ExitCode::kOk;
  }
  OrderTree::Options options;
  options.now = context.around.now();
  options.columns_max = context.around.out.size().columns;
  options.color = context.around.out.color();
  const Json& order = reply->json;
  for (const std::string& line : OrderTree(order).Render(options)) {
    context.PrintLine(line);
  }
  std::string times;
  for (const auto& [name, key] :
       {std::pair{"submitted", "submittedAt"}, std::pair{"started", "startedAt"},
        std::pair{"ended", "endedAt"}}) {
    const std::string moment = TimeTextAt(order, key);
    if (moment.empty()) {
      continue;
    }
    times += fmt::format("{}{} {}", times.empty() ? "" : "  ", name, CleanForTerminal(moment));
  }
  if (!times.empty()) {
    context.PrintLine(times);
  }
  const std::string slices = Slices(order);
  if (!slices.empty()) {
    context.PrintLine(options.columns_max == 0 ? slices : CutToWidth(slices, options.columns_max));
  }
  return ExitCode::kOk;
}

}  // namespace

void AddOrderShow(CLI::App& parent, CommandLine& line) {
  CLI::App& command = *parent.add_subcommand("show", "Show an order as it is now");
  const auto arguments = std::make_shared<Arguments>();
  command.add_option("ID", arguments->id, "The order")->required();
  auto& history =
      *command.add_flag("--history", arguments->history, "All that happened to it, oldest first");
  command.add_flag("--draw", arguments->draw, "Its plan as a Mermaid drawing, with the states")
      ->excludes(&history);
  command.footer(
      "Examples:\n"
      "  cairn order show so-1t3\n"
      "  cairn order show so-1t3 --draw > order.mmd\n"
      "  cairn -o json order show so-1t3 | jq .state");
  line.OnRun(command, [arguments](CommandContext& context) {
    return arguments->history ? ShowHistory(context, arguments->id)
                              : ShowOrder(context, arguments->id, arguments->draw);
  });
}

}  // namespace cairn::cli
