// The work orders of an order, and the token that answers one of them: the body.
#include "edges/cli/waiting_work.h"

#include "edges/cli/json_text.h"
#include "edges/cli/text_layout.h"

#include <fmt/format.h>

#include <string_view>
#include <utility>

namespace cairn::cli {
namespace {

constexpr std::string_view kWorkOrderPrefix = "wo-";

const Json* FindWorkOrder(const Json& order, const std::string& id) {
  for (const Json& product_order : ListAt(order, "productOrders")) {
    for (const Json& technical_order : ListAt(product_order, "technicalOrders")) {
      for (const Json& work_order : ListAt(technical_order, "workOrders")) {
        if (TextAt(work_order, "id") == id) return &work_order;
      }
    }
  }
  return nullptr;
}

}  // namespace

CliResult<Json> FetchOrder(CommandContext& context, const std::string& id) {
  NodeRequest request;
  request.method = "GET";
  request.path = "/v1/orders/" + UrlEscape(id);
  auto reply = context.node.Send(request);
  if (!reply) {
    return tl::unexpected<Failure>(reply.error());
  }
  return std::move(reply->json);
}

CliResult<std::string> AnswerPath(CommandContext& context, const std::string& id) {
  const auto path_of = [](std::string_view token) {
    return fmt::format("/v1/workOrders/{}/complete", UrlEscape(token));
  };
  const std::size_t dash = id.rfind('-');
  if (!id.starts_with(kWorkOrderPrefix) || dash < kWorkOrderPrefix.size()) {
    return path_of(id);
  }
  // wo-1t3-4 is the fifth work order of so-1t3.
  const std::string order_id =
      "so-" + id.substr(kWorkOrderPrefix.size(), dash - kWorkOrderPrefix.size());
  const auto order = FetchOrder(context, order_id);
  if (!order) {
    return tl::unexpected<Failure>(order.error());
  }
  const std::string next =
      fmt::format("'cairn workorder list {}' shows its work orders.", order_id);
  const Json* work_order = FindWorkOrder(*order, id);
  if (work_order == nullptr) {
    return FailWith(ExitCode::kRefused, fmt::format("there is no work order {}\n{}", id, next));
  }
  const std::string_view token = TextAt(*work_order, "callbackToken");
  if (!token.empty()) {
    return path_of(token);
  }
  const std::string_view state = TextAt(*work_order, "state");
  if (state == "Waiting") {
    return FailWith(ExitCode::kRefused,
                    fmt::format("{} waits, but its token is shown to operators only\nGive the "
                                "token itself, or an operator's key with --api-key.",
                                id));
  }
  return FailWith(ExitCode::kRefused, fmt::format("{} is {} and waits for no answer\n{}", id,
                                                  CleanForTerminal(state), next));
}

}  // namespace cairn::cli
