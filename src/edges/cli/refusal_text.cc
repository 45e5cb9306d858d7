// An answer of the node that is no success, as a text for people: the body.
#include "edges/cli/refusal_text.h"

#include "base/json.h"
#include "edges/cli/json_text.h"
#include "edges/cli/text_layout.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstddef>

namespace cairn::cli {
namespace {

constexpr std::size_t kErrorsShownMax = 100;
constexpr std::size_t kUnknownBodyColumnsMax = 200;

// What a path is about, and where to look when the node does not know it, or it is not as it should
// be.
struct Kind {
  std::string_view path;
  std::string_view unknown;   // 404
  std::string_view conflict;  // 409
};
constexpr std::array kKinds = {
    Kind{"/v1/orders/", "'cairn order list' shows the orders there are.",
         "'cairn order show' shows how the order is now."},
    Kind{"/tmf-api/", "'cairn order list' shows the orders there are.",
         "'cairn order show' shows how the order is now."},
    Kind{"/v1/workOrders/",
         "'cairn workorder list ORDER' shows what waits for an answer, with its tokens.",
         "'cairn workorder list ORDER' shows what still waits for an answer."},
    Kind{"/v1/tasks/", "'cairn task list' shows the tasks there are.",
         "'cairn task list' shows what still waits."},
    Kind{"/v1/cartridges/", "'cairn cartridge list' shows the cartridges there are.", ""},
    Kind{"/v1/clock/", "", "Only a node started with --clock virtual moves its clock by command."},
};

std::string_view NextStep(int status, std::string_view path, std::string_view detail) {
  // As a node words it, and a proxy does not: the command is known here and not there.
  if (status == 404 && detail.starts_with("there is nothing at ")) {
    return "This node does not offer that; 'cairn node openapi' shows what it does offer.";
  }
  const auto* kind = std::find_if(kKinds.begin(), kKinds.end(), [&](const Kind& candidate) {
    return path.starts_with(candidate.path);
  });
  switch (status) {
    case 401:
      return "Give a key that the node knows with --api-key or in the environment variable "
             "CAIRN_API_KEY.";
    case 403:
      return "Where the key's role does not suffice, give another with --api-key or CAIRN_API_KEY.";
    case 404: return kind == kKinds.end() ? "" : kind->unknown;
    case 405:
      return "This node does not offer that; 'cairn node openapi' shows what it does offer.";
    case 409: return kind == kKinds.end() ? "" : kind->conflict;
    case 412: return "Look at it as it is now, then give its present version.";
    case 422:
      return path == "/v1/catalog/reload"
                 ? "'cairn catalog check DIR' finds such problems before a node reads the files."
                 : "";
    case 413: return "Split it into smaller orders.";
    case 429:
    case 503: return "Try again later; 'cairn node status' shows how the node is.";
    default: return "";
  }
}

std::string Headline(int status, const Json& problem) {
  std::string title = CleanTextAt(problem, "title");
  if (title.empty()) {
    title = CleanTextAt(problem, "reason");  // TMF641
  }
  std::string detail = CleanTextAt(problem, "detail");
  if (detail.empty()) {
    detail = CleanTextAt(problem, "message");
  }
  std::string text = fmt::format("the server answered {}", status);
  if (!title.empty()) {
    text += fmt::format(" ({})", title);
  }
  if (!detail.empty() && detail != title) {
    text += fmt::format(": {}", detail);
  }
  return text;
}

}  // namespace

std::string RefusalText(int status, std::string_view body, std::string_view path) {
  const Result<Json> parsed = ParseJson(body);
  std::string text;
  std::string detail;
  if (parsed && parsed->is_object()) {
    text = Headline(status, *parsed);
    detail = CleanTextAt(*parsed, "detail");
    std::size_t shown = 0;
    for (const Json& error : ListAt(*parsed, "errors")) {
      if (shown == kErrorsShownMax) {
        text +=
            fmt::format("\n  … and {} more", ListAt(*parsed, "errors").size() - kErrorsShownMax);
        break;
      }
      ++shown;
      const std::string field = CleanTextAt(error, "field");
      const std::string rule = CleanTextAt(error, "rule");
      text +=
          fmt::format("\n  {}{}{}{}", field, field.empty() ? "" : ": ",
                      CleanTextAt(error, "detail"), rule.empty() ? "" : fmt::format(" ({})", rule));
    }
  } else {
    text = fmt::format("the server answered {}", status);
    if (!body.empty()) {
      text += ": " + CutToWidth(CleanForTerminal(body), kUnknownBodyColumnsMax);
    }
  }
  const std::string_view next = NextStep(status, path, detail);
  if (!next.empty()) {
    text += fmt::format("\n{}", next);
  }
  return text;
}

}  // namespace cairn::cli
