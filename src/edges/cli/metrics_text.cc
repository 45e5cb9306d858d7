// The figures of a node out of its /metrics page: the body.
#include "edges/cli/metrics_text.h"

namespace cairn::cli {

std::vector<Metric> ParseMetrics(std::string_view page, std::string_view prefix) {
  std::vector<Metric> metrics;
  while (!page.empty()) {
    const std::size_t end = page.find('\n');
    std::string_view line = page.substr(0, end);
    page.remove_prefix(end == std::string_view::npos ? page.size() : end + 1);
    if (!line.empty() && line.back() == '\r') {
      line.remove_suffix(1);
    }
    if (line.substr(0, prefix.size()) != prefix) {
      continue;
    }
    const std::size_t brace = line.rfind('}');
    const std::size_t space = line.find(' ', brace == std::string_view::npos ? 0 : brace);
    if (space == std::string_view::npos) {
      continue;
    }
    const std::string_view name = line.substr(0, space);
    if (name.substr(0, name.find('{')).find("_bucket") != std::string_view::npos) {
      continue;
    }
    const std::string_view rest = line.substr(space + 1);
    const std::string_view value = rest.substr(0, rest.find(' '));  // a time may follow
    if (value.empty()) {
      continue;
    }
    metrics.push_back({std::string(name), std::string(value)});
  }
  return metrics;
}

}  // namespace cairn::cli
