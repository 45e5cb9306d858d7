// A small seeded generator: the same seed gives the same numbers on every machine. Not for secrets.
//
// Random is a plain value owned by one thread; Mix64 is pure.
#pragma once

#include "base/check.h"

#include <cstdint>

namespace cairn {

// Scatters the bits of a number (the finaliser of splitmix64); used for hashing and for seeding.
constexpr std::uint64_t Mix64(std::uint64_t x) {
  x += 0x9e3779b97f4a7c15U;
  x = (x ^ (x >> 30U)) * 0xbf58476d1ce4e5b9U;
  x = (x ^ (x >> 27U)) * 0x94d049bb133111ebU;
  return x ^ (x >> 31U);
}

class Random {
 public:
  explicit Random(std::uint64_t seed) : state_(Mix64(seed)) {}

  std::uint64_t Next() {
    state_ += 0x9e3779b97f4a7c15U;
    return Mix64(state_);
  }
  // Uniform in [0, bound); bound > 0. The bias of the modulo is below 2^-32 for the bounds in use.
  std::uint64_t Below(std::uint64_t bound) {
    CHECK(bound > 0);
    return Next() % bound;
  }
  // Uniform in [low, high].
  std::int64_t Between(std::int64_t low, std::int64_t high) {
    CHECK(low <= high);
    return low + static_cast<std::int64_t>(Below(static_cast<std::uint64_t>(high - low) + 1));
  }
  // True in `numerator` of `denominator` cases.
  bool Chance(std::uint64_t numerator, std::uint64_t denominator) {
    return Below(denominator) < numerator;
  }

 private:
  std::uint64_t state_;
};

}  // namespace cairn
