// The figures of a node out of its /metrics page (the text format that Prometheus reads).
//
// A pure function; any thread.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace cairn::cli {

struct Metric {
  std::string name;   // with its labels: cairn_work_orders{cartridge="hlr"}
  std::string value;  // as it stands there
  friend bool operator==(const Metric&, const Metric&) = default;
};

// In the order of the page. Lines of other prefixes, comments and the buckets of histograms are
// left out, and so is what is no figure.
std::vector<Metric> ParseMetrics(std::string_view page, std::string_view prefix);

}  // namespace cairn::cli
