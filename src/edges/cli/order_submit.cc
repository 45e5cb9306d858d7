// cairn order submit FILE|-: hands an order in, and with --wait stays until it is settled. A key
// that makes the submission repeatable is always sent, so that a lost connection never leaves a
// second order.
#include "edges/cli/commands.h"
#include "edges/cli/json_text.h"
#include "edges/cli/order_file.h"
#include "edges/cli/order_watch.h"
#include "edges/cli/submission_key.h"
#include "edges/cli/text_layout.h"

#include <fmt/format.h>

#include <memory>
#include <string>

namespace cairn::cli {
namespace {

constexpr std::string_view kNativePath = "/v1/orders";
constexpr std::string_view kTmf641Path = "/tmf-api/serviceOrdering/v4/serviceOrder";

struct Arguments {
  std::string file;
  std::string key;
  bool wait = false;
};

CliResult<ExitCode> Submit(CommandContext& context, const Arguments& arguments) {
  auto order = ReadOrderFile(arguments.file, *context.around.in);
  if (!order) {
    return tl::unexpected<Failure>(order.error());
  }
  NodeRequest request;
  request.method = "POST";
  request.path = order->is_tmf641 ? kTmf641Path : kNativePath;
  request.body = std::move(order->text);
  request.repeat = NodeRequest::Repeat::kIsSafe;
  const std::string key = arguments.key.empty() ? context.around.random_key() : arguments.key;
  request.headers.push_back("Idempotency-Key: " + key);
  auto reply = context.node.Send(request);
  if (!reply) {
    if (reply.error().code == ExitCode::kUnreachable) {
      reply.error().text += fmt::format(
          "\nTo repeat it without the risk of a second order: add --idempotency-key {}", key);
    }
    return tl::unexpected<Failure>(reply.error());
  }
  const std::string id(TextAt(reply->json, "id"));
  if (id.empty()) {
    return FailWith(
        ExitCode::kUnreachable,
        fmt::format("{} answered without an order id. Is it a Cairn node?", context.node.url()));
  }
  if (reply->replayed) {
    context.around.Note("this key was used before: the order is the one from then");
  }
  if (arguments.wait) {
    return WatchOrder(context, id);
  }
  if (context.wants_json()) {
    context.Print(reply->json);
  } else {
    context.PrintLine(fmt::format("{}  {}", CleanForTerminal(id),
                                  CleanForTerminal(TextAt(reply->json, "state"))));
  }
  return ExitCode::kOk;
}

}  // namespace

void AddOrderSubmit(CLI::App& parent, CommandLine& line) {
  CLI::App& command = *parent.add_subcommand("submit", "Submit an order");
  const auto arguments = std::make_shared<Arguments>();
  command
      .add_option("FILE", arguments->file,
                  "The order as JSON, native or TMF641 (with serviceOrderItem); - reads "
                  "standard input")
      ->required();
  command.add_flag("--wait", arguments->wait, "Watch the order until it is settled");
  AddSubmissionKeyOption(command, arguments->key);
  command.footer(
      "Examples:\n"
      "  cairn order submit examples/orders/mobile-line.json\n"
      "  cairn order submit order.json --wait --timeout 60s\n"
      "  jq .order mail.json | cairn order submit - --idempotency-key mail-4711");
  line.OnRun(command, [arguments](CommandContext& context) { return Submit(context, *arguments); });
}

}  // namespace cairn::cli
