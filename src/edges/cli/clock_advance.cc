// cairn clock advance: moves the clock of a node that runs on a virtual one.
#include "edges/cli/commands.h"
#include "edges/cli/json_text.h"
#include "edges/cli/text_layout.h"

#include <fmt/format.h>

#include <memory>
#include <string>

namespace cairn::cli {
namespace {

struct Arguments {
  std::string by;
  std::string to;
};

CliResult<ExitCode> Advance(CommandContext& context, const Arguments& arguments) {
  if (arguments.by.empty() == arguments.to.empty()) {
    return FailWith(ExitCode::kUsage,
                    "give one of --by and --to\nRun with --help for what there is.");
  }
  Json body = Json::Object();
  if (!arguments.by.empty()) {
    body.Set("by", Json::String(arguments.by));
  } else {
    body.Set("to", Json::String(arguments.to));
  }
  NodeRequest request;
  request.method = "POST";
  request.path = "/v1/clock/advance";
  request.body = body.Serialize();
  const auto reply = context.node.Send(request);
  if (!reply) {
    return tl::unexpected<Failure>(reply.error());
  }
  if (context.wants_json()) {
    context.Print(reply->json);
    return ExitCode::kOk;
  }
  const std::string now = CleanForTerminal(TextAt(reply->json, "now"));
  context.PrintLine(now.empty() ? "advanced" : "now " + now);
  return ExitCode::kOk;
}

}  // namespace

void AddClockAdvance(CLI::App& parent, CommandLine& line) {
  CLI::App& command =
      *parent.add_subcommand("advance", "Move a virtual clock forward; what falls due happens");
  const auto arguments = std::make_shared<Arguments>();
  command.add_option("--by", arguments->by, "This far, such as 2h or 1h30m")
      ->check(CLI::Validator(CheckDuration, "DURATION"));
  command.add_option("--to", arguments->to, "To this moment, such as 2026-01-31T23:59:59Z")
      ->check(CLI::Validator(CheckTime, "TIME"));
  command.footer(
      "Examples:\n"
      "  cairn clock advance --by 2h\n"
      "  cairn clock advance --to 2026-01-31T23:59:59Z");
  line.OnRun(command,
             [arguments](CommandContext& context) { return Advance(context, *arguments); });
}

}  // namespace cairn::cli
