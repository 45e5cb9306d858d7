// Cartridges as the node shows them: the body.
#include "edges/cli/cartridge_rows.h"

#include "edges/cli/json_text.h"

#include <fmt/format.h>

#include <utility>

namespace cairn::cli {
namespace {

Color ColorOfHealth(std::string_view health) {
  if (health == "up") return Color::kGreen;
  return health == "maintenance" ? Color::kYellow : Color::kRed;
}

}  // namespace

CliResult<Json> FetchCartridges(CommandContext& context) {
  NodeRequest request;
  request.method = "GET";
  request.path = "/v1/cartridges";
  auto reply = context.node.Send(request);
  if (!reply) {
    return tl::unexpected<Failure>(reply.error());
  }
  return std::move(reply->json);
}

Table CartridgeRows(const std::vector<Json>& cartridges) {
  using Align = Table::Align;
  using Fit = Table::Fit;
  Table table({{"NAME", Align::kLeft, Fit::kWhole},
               {"TYPE"},
               {"HEALTH", Align::kLeft, Fit::kWhole},
               {"RUNNING", Align::kRight, Fit::kWhole},
               {"WAITING", Align::kRight, Fit::kWhole},
               {"AT ONCE", Align::kRight, Fit::kWholeOrNot},
               {"A SECOND", Align::kRight, Fit::kWholeOrNot},
               {"ATTEMPTS", Align::kRight, Fit::kWholeOrNot}});
  for (const Json& cartridge : cartridges) {
    static const Json kNone = Json::Object();
    const Json* found = cartridge.Find("limits");
    const Json& limits = found == nullptr ? kNone : *found;
    const std::string health(TextAt(cartridge, "health"));
    table.AddRow({{std::string(TextAt(cartridge, "name"))},
                  {std::string(TextAt(cartridge, "type"))},
                  {health, ColorOfHealth(health)},
                  {std::string(TextAt(cartridge, "running"))},
                  {std::string(TextAt(cartridge, "waiting"))},
                  {std::string(TextAt(limits, "concurrency"))},
                  {std::string(TextAt(limits, "callsPerSecond"))},
                  {std::string(TextAt(limits, "attempts"))}});
  }
  return table;
}

CliResult<Json> ActOnCartridge(CommandContext& context, const std::string& name,
                               const std::string& verb, const std::string& description) {
  if (!IsCleanUtf8(description)) {
    return FailWith(ExitCode::kUsage, "--description is not UTF-8");
  }
  Json body = Json::Object();
  if (!description.empty()) {
    body.Set("description", Json::String(description));
  }
  NodeRequest request;
  request.method = "POST";
  request.path = fmt::format("/v1/cartridges/{}/{}", UrlEscape(name), verb);
  request.body = body.Serialize();
  auto reply = context.node.Send(request);
  if (!reply) {
    return tl::unexpected<Failure>(reply.error());
  }
  return std::move(reply->json);
}

}  // namespace cairn::cli
