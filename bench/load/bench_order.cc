// The order of all benchmarks: the body.
#include "bench/load/bench_order.h"

#include "base/check.h"
#include "edges/http/order_json.h"

#include <fmt/format.h>

#include <vector>

namespace cairn::bench {
namespace {

// With the braces, the name and the quotes an input of {"key":"..."} has 200 bytes.
constexpr std::size_t kKeyBytes = 190;
constexpr std::string_view kDigits = "0000000000";
constexpr std::uint64_t kCustomers = 10'000;

void PutDigits(std::string& text, std::size_t at, std::uint64_t number) {
  for (std::size_t i = kDigits.size(); i > 0; --i, number /= 10) {
    text[at + i - 1] = static_cast<char>('0' + number % 10);
  }
}

std::string ProductOrder(unsigned number) {
  return fmt::format(
      R"({{"id":"po{0}","product":"bench-{0}","action":"add","parameters":{{"key":"{1}"}}}})",
      number, std::string(kKeyBytes, static_cast<char>('a' + number)));
}

}  // namespace

BenchOrderText::BenchOrderText() {
  text_ = R"({"externalId":"crm-)";
  external_id_ = text_.size();
  text_ += kDigits;
  text_ += R"(","customer":"C-)";
  customer_ = text_.size();
  text_ += kDigits;
  text_ += R"(","priority":2,"dataset":{"pop::EXECUTION_POLICY":"Slicing","note":")";
  const std::size_t note = text_.size();
  text_ += R"("},"productOrders":[)";
  for (unsigned number = 1; number <= 4; ++number) {
    text_ += (number == 1 ? "" : ",") + ProductOrder(number);
  }
  text_ += "]}";
  CHECK(text_.size() <= kBenchOrderBytes);
  text_.insert(note, kBenchOrderBytes - text_.size(), 'n');
}

const std::string& BenchOrderText::Of(std::uint64_t number) {
  PutDigits(text_, external_id_, number);
  PutDigits(text_, customer_, number % kCustomers);
  return text_;
}

Status CheckBenchPlan(Service& service) {
  BenchOrderText text;
  const auto request = http::ParseOrderJson(text.Of(0));
  CHECK_MSG(request.has_value(), "the order of the benchmarks is not valid");
  const auto plan = service.PlanOrder(*request);
  if (!plan) {
    return Fail(ErrorCode::kInvalidArgument,
                "the catalog refuses the order: " + plan.error().detail);
  }
  const std::vector<std::size_t> expected = {1, 4, 4, 1};
  std::vector<std::size_t> found(plan->slices.size());
  for (const ProductOrderView& product : plan->product_orders) {
    for (const TechnicalOrderView& technical : product.technical_orders) {
      if (technical.slice < found.size()) found[technical.slice] += technical.work_orders.size();
    }
  }
  if (found == expected) return {};
  return Fail(
      ErrorCode::kInvalidArgument,
      fmt::format("the order has {} slices, not four of 1, 4, 4 and 1 work orders", found.size()));
}

}  // namespace cairn::bench
