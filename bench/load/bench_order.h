// The order of all benchmarks: 1,536 bytes of JSON, four product orders in four slices of one,
// four, four and one work orders, each with an input of 200 bytes (one mapping) and an output of
// 100.
//
// Functions without shared state, any thread; a BenchOrderText belongs to one thread.
#pragma once

#include "base/result.h"
#include "runtime/service.h"

#include <cstdint>
#include <string>

namespace cairn::bench {

inline constexpr std::size_t kBenchOrderBytes = 1'536;
inline constexpr std::size_t kBenchWorkOrders = 10;

class BenchOrderText {
 public:
  BenchOrderText();
  // The body of the n-th order; it differs from others in externalId and customer. Valid until the
  // next call. What a client spends on making it is next to nothing, so that the node is measured.
  const std::string& Of(std::uint64_t number);

 private:
  std::string text_;
  std::size_t external_id_ = 0;
  std::size_t customer_ = 0;
};

// That the node's catalog makes of the order what is said above; an error tells what differs.
[[nodiscard]] Status CheckBenchPlan(Service& service);

}  // namespace cairn::bench
