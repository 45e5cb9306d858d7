// Texts inside of a Mermaid drawing: the body.
#include "edges/cli/mermaid_text.h"

#include "edges/cli/text_layout.h"

#include <fmt/format.h>

#include <cstddef>

namespace cairn::cli {
namespace {

constexpr std::size_t kLineColumnsMax = 60;

std::string Escaped(std::string_view text) {
  // Those that Mermaid, Markdown (which it takes in labels) and HTML give a meaning.
  constexpr std::string_view kSpecial = "\"#&<>`*_[]{}|\\;";
  std::string escaped;
  for (const char c : text) {
    if (kSpecial.find(c) == std::string_view::npos) {
      escaped += c;
    } else {
      escaped += fmt::format("#{};", static_cast<int>(c));
    }
  }
  return escaped;
}

}  // namespace

std::string MermaidLabel(const std::vector<std::string>& lines) {
  std::string label = "\"";
  bool is_first = true;
  for (const std::string& line : lines) {
    if (line.empty()) continue;
    if (!is_first) label += "<br/>";
    is_first = false;
    label += Escaped(CutToWidth(CleanForTerminal(line), kLineColumnsMax));
  }
  return label + "\"";
}

}  // namespace cairn::cli
