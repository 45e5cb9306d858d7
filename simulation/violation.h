// A broken invariant ends the run with what was broken.
#pragma once

#include <stdexcept>
#include <string>

namespace cairn::simulation {

class Violation : public std::runtime_error {
 public:
  explicit Violation(const std::string& what) : std::runtime_error(what) {}
};

// The condition is one of the run's invariants.
inline void Require(bool holds, const std::string& what) {
  if (!holds) throw Violation(what);
}

}  // namespace cairn::simulation
