// Report: the figures of a benchmark, in the order in which they were added. They go to standard
// output as one JSON object, which bench/run reads; what is for people goes to standard error.
//
// One thread.
#pragma once

#include "base/time.h"

#include <boost/json.hpp>

#include <cstdint>
#include <string_view>

namespace cairn::bench {

class Report {
 public:
  void Count(std::string_view name, std::uint64_t value) { figures_[name] = value; }
  void Number(std::string_view name, double value) { figures_[name] = value; }
  void Text(std::string_view name, std::string_view value) { figures_[name] = value; }
  void Milliseconds(std::string_view name, Nanos span) {
    figures_[name] = static_cast<double>(span) / static_cast<double>(kMillisecond);
  }
  void Print() const;

 private:
  boost::json::object figures_;
};

}  // namespace cairn::bench
