// cairn node status: whether a node is ready, and its figures.
#include "edges/cli/commands.h"
#include "edges/cli/metrics_text.h"
#include "edges/cli/text_layout.h"

#include <fmt/format.h>

#include <memory>
#include <string>
#include <utility>

namespace cairn::cli {
namespace {

CliResult<ExitCode> Status(CommandContext& context) {
  NodeRequest request;
  request.method = "GET";
  request.path = "/readyz";
  request.answer = NodeRequest::Body::kText;
  const NodeClient::Once ready = context.node.SendOnce(request);
  // A node that is not ready says so with 503, and its figures tell why.
  if (!ready.result && ready.result.error().code != ExitCode::kUnreachable) {
    return tl::unexpected<Failure>(ready.result.error());
  }
  if (!ready.result && !ready.answered) {
    return tl::unexpected<Failure>(ready.result.error());
  }
  request.path = "/metrics";
  const auto metrics = context.node.Send(request);
  if (!metrics) {
    return tl::unexpected<Failure>(metrics.error());
  }
  const std::vector<Metric> figures = ParseMetrics(metrics->text, "cairn_");
  if (context.wants_json()) {
    Json values = Json::Object();
    for (const Metric& figure : figures) {
      if (values.Find(figure.name) != nullptr) {
        continue;
      }
      // NaN and +Inf are figures there, but no numbers in JSON.
      const Result<Json> number = ParseJson(figure.value);
      values.Set(figure.name, number && number->is_number() ? *number : Json::String(figure.value));
    }
    Json status = Json::Object();
    status.Set("url", Json::String(context.node.url()));
    status.Set("ready", Json::Bool(ready.result.has_value()));
    status.Set("metrics", std::move(values));
    context.Print(status);
  } else {
    Table table({{"FIGURE", Table::Align::kLeft, Table::Fit::kWhole},
                 {"VALUE", Table::Align::kRight, Table::Fit::kWhole}});
    table.AddRow(
        {{"ready"}, {ready.result ? "yes" : "no", ready.result ? Color::kGreen : Color::kRed}});
    for (const Metric& figure : figures) {
      table.AddRow({{figure.name.substr(std::string_view("cairn_").size())}, {figure.value}});
    }
    context.Print(table);
  }
  if (ready.result) {
    return ExitCode::kOk;
  }
  return FailWith(ExitCode::kUnreachable, fmt::format("{} is not ready: {}", context.node.url(),
                                                      ready.result.error().text));
}

}  // namespace

void AddNodeStatus(CLI::App& parent, CommandLine& line) {
  CLI::App& command =
      *parent.add_subcommand("status", "Whether the node is ready, and its figures");
  command.footer(
      "Exits with 4 when the node cannot be reached or is not ready.\n\n"
      "Example:\n"
      "  cairn --url http://node-2:8080 node status");
  line.OnRun(command, [](CommandContext& context) { return Status(context); });
}

}  // namespace cairn::cli
