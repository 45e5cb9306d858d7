// POST /v1/orders/{id}/VERB: the body.
#include "edges/cli/order_action.h"

#include "edges/cli/json_text.h"
#include "edges/cli/order_tree.h"
#include "edges/cli/order_watch.h"
#include "edges/cli/text_layout.h"

#include <fmt/format.h>

#include <utility>

namespace cairn::cli {
namespace {

std::string CheckVersion(const std::string& text) {
  const bool good = !text.empty() && text.size() <= 20 && text.front() != '0' &&
                    text.find_first_not_of("0123456789") == std::string::npos;
  return good ? "" : fmt::format("'{}' is no version; an order shows its own in -o json", text);
}

}  // namespace

void AddOrderActionOptions(CLI::App& command, OrderAction& action) {
  command.add_option("ID", action.id, "The order")->required();
  command.add_option("--description", action.description, "Why; goes into its history");
}

void AddVersionOption(CLI::App& command, std::string& version) {
  command.add_option("--if-version", version, "Only if the order still has this version")
      ->check(CLI::Validator(CheckVersion, "VERSION"));
}

CliResult<Json> ActOnOrder(CommandContext& context, const OrderAction& action,
                           const std::string& verb) {
  if (!IsCleanUtf8(action.description)) {
    return FailWith(ExitCode::kUsage, "--description is not UTF-8");
  }
  Json body = Json::Object();
  if (!action.description.empty()) {
    body.Set("description", Json::String(action.description));
  }
  NodeRequest request;
  request.method = "POST";
  request.path = fmt::format("/v1/orders/{}/{}", UrlEscape(action.id), verb);
  request.body = body.Serialize();
  if (!action.version.empty()) {
    request.headers.push_back(fmt::format("If-Match: \"{}\"", action.version));
  }
  auto reply = context.node.Send(request);
  if (!reply) {
    return tl::unexpected<Failure>(reply.error());
  }
  return std::move(reply->json);
}

void PrintActedOn(const CommandContext& context, const std::string& id, const Json& reply) {
  if (context.wants_json()) {
    context.Print(reply);
  } else {
    context.PrintLine(fmt::format("{}  {}", id, CleanForTerminal(TextAt(reply, "state"))));
  }
}

CliResult<ExitCode> StopOrder(CommandContext& context, const OrderAction& action,
                              const std::string& verb, bool wait) {
  const auto reply = ActOnOrder(context, action, verb);
  if (!reply) {
    return tl::unexpected<Failure>(reply.error());
  }
  if (wait) {
    return WatchOrder(context, action.id, WatchGoal::kStopped);
  }
  PrintActedOn(context, action.id, *reply);
  if (!IsSettled(TextAt(*reply, "state"))) {
    context.around.Note(
        fmt::format("the wish is recorded and takes effect once what runs now allows it; watch it: "
                    "cairn order wait {}",
                    action.id));
  }
  return ExitCode::kOk;
}

}  // namespace cairn::cli
