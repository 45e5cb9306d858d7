// POST /v1/orders/{id}/VERB: the body.
#include "edges/cli/order_action.h"

#include "edges/cli/json_text.h"
#include "edges/cli/text_layout.h"

#include <fmt/format.h>

#include <utility>

namespace cairn::cli {

CliResult<Json> ActOnOrder(CommandContext& context, const std::string& id, const std::string& verb,
                           const std::string& description) {
  if (!IsCleanUtf8(description)) {
    return FailWith(ExitCode::kUsage, "--description is not UTF-8");
  }
  Json body = Json::Object();
  if (!description.empty()) {
    body.Set("description", Json::String(description));
  }
  NodeRequest request;
  request.method = "POST";
  request.path = fmt::format("/v1/orders/{}/{}", UrlEscape(id), verb);
  request.body = body.Serialize();
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

}  // namespace cairn::cli
