// An answer of the node that is no success, as a text for people: the body.
#include "edges/cli/refusal_text.h"

#include "base/json.h"
#include "edges/cli/json_text.h"
#include "edges/cli/text_layout.h"

#include <fmt/format.h>

#include <cstddef>

namespace cairn::cli {
namespace {

constexpr std::size_t kErrorsShownMax = 100;
constexpr std::size_t kUnknownBodyColumnsMax = 200;

std::string Clean(const Json& object, std::string_view key) {
  return CleanForTerminal(TextAt(object, key));
}

std::string_view NextStep(int status) {
  switch (status) {
    case 401:
    case 403: return "Set the environment variable CAIRN_API_KEY to a key that may do this.";
    case 413: return "Split it into smaller orders.";
    case 429:
    case 503: return "Try again later; 'cairn node status' shows how the node is.";
    default: return "";
  }
}

std::string Headline(int status, const Json& problem) {
  std::string title = Clean(problem, "title");
  if (title.empty()) {
    title = Clean(problem, "reason");  // TMF641
  }
  std::string detail = Clean(problem, "detail");
  if (detail.empty()) {
    detail = Clean(problem, "message");
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

std::string RefusalText(int status, std::string_view body) {
  const Result<Json> parsed = ParseJson(body);
  std::string text;
  if (parsed && parsed->is_object()) {
    text = Headline(status, *parsed);
    std::size_t shown = 0;
    for (const Json& error : ListAt(*parsed, "errors")) {
      if (shown == kErrorsShownMax) {
        text +=
            fmt::format("\n  … and {} more", ListAt(*parsed, "errors").size() - kErrorsShownMax);
        break;
      }
      ++shown;
      const std::string field = Clean(error, "field");
      const std::string rule = Clean(error, "rule");
      text += fmt::format("\n  {}{}{}{}", field, field.empty() ? "" : ": ", Clean(error, "detail"),
                          rule.empty() ? "" : fmt::format(" ({})", rule));
    }
  } else {
    text = fmt::format("the server answered {}", status);
    if (!body.empty()) {
      text += ": " + CutToWidth(CleanForTerminal(body), kUnknownBodyColumnsMax);
    }
  }
  const std::string_view next = NextStep(status);
  if (!next.empty()) {
    text += fmt::format("\n{}", next);
  }
  return text;
}

}  // namespace cairn::cli
