// cairn order plan FILE|-: what an order would lead to, without handing it in.
#include "edges/cli/commands.h"
#include "edges/cli/order_file.h"
#include "edges/cli/plan_drawing.h"
#include "edges/cli/plan_tree.h"

#include <fmt/format.h>

#include <memory>
#include <string>
#include <utility>

namespace cairn::cli {
namespace {

CliResult<ExitCode> Plan(CommandContext& context, const std::string& file, bool draw) {
  auto order = ReadOrderFile(file, *context.around.in);
  if (!order) {
    return tl::unexpected<Failure>(order.error());
  }
  if (order->is_tmf641) {
    return FailWith(ExitCode::kUsage,
                    fmt::format("{}: a TMF641 order cannot be planned; write it as a native order "
                                "with productOrders",
                                file));
  }
  NodeRequest request;
  request.method = "POST";
  request.path = "/v1/orders:plan";
  request.body = std::move(order->text);
  request.repeat = NodeRequest::Repeat::kIsSafe;
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
  const Terminal& out = context.around.out;
  for (const std::string& line : RenderPlan(reply->json, out.size().columns, out.color())) {
    context.PrintLine(line);
  }
  return ExitCode::kOk;
}

}  // namespace

void AddOrderPlan(CLI::App& parent, CommandLine& line) {
  CLI::App& command = *parent.add_subcommand(
      "plan", "Show what an order would lead to; nothing is stored and nothing is run");
  const auto file = std::make_shared<std::string>();
  command.add_option("FILE", *file, "The order as JSON; - reads standard input")->required();
  const auto draw = std::make_shared<bool>(false);
  command.add_flag("--draw", *draw, "As a Mermaid drawing");
  command.footer(
      "Examples:\n"
      "  cairn order plan examples/orders/mobile-line.json\n"
      "  cairn order plan order.json --draw > plan.mmd");
  line.OnRun(command,
             [file, draw](CommandContext& context) { return Plan(context, *file, *draw); });
}

}  // namespace cairn::cli
