// Report: the body.
#include "bench/load/report.h"

#include <fmt/format.h>

#include <cstdio>

namespace cairn::bench {

void Report::Print() const {
  fmt::print("{}\n", boost::json::serialize(figures_));
  std::fflush(stdout);
}

}  // namespace cairn::bench
