// What changed between two looks at an order: the body.
#include "edges/cli/order_changes.h"

#include "edges/cli/json_text.h"
#include "edges/cli/order_tree.h"
#include "edges/cli/step_name.h"
#include "edges/cli/text_layout.h"

#include <fmt/format.h>

namespace cairn::cli {
namespace {

// "TechnicalError, attempt 2 technical: connection reset": all of it makes a change.
std::string Saying(const Json& part) {
  std::string text = CleanTextAt(part, "state");
  const std::vector<Json>& attempts = ListAt(part, "attempts");
  if (attempts.empty()) {
    return text;
  }
  const Json& last = attempts.back();
  text += ", attempt " + CleanTextAt(last, "n");
  const std::string outcome = CleanTextAt(last, "outcome");
  const std::string detail = CleanTextAt(last, "detail");
  if (!outcome.empty()) {
    text += " " + outcome;
  }
  if (!detail.empty()) {
    text += ": " + detail;
  }
  return text;
}

}  // namespace

void OrderChanges::Visit(const std::string& path, const std::string& name, const Json& part,
                         std::vector<std::string>& lines) {
  std::string saying = Saying(part);
  const auto [at, is_new] = last_.try_emplace(path, "Pending");
  if (at->second == saying) {
    return;
  }
  lines.push_back(fmt::format("{} {} {} {}", prefix_, path, name, saying));
  at->second = std::move(saying);
}

std::vector<std::string> OrderChanges::Next(const Json& order, Nanos seen_at) {
  std::vector<std::string> lines;
  const std::string id = CleanTextAt(order, "id");
  prefix_ = FormatTime(seen_at / kMillisecond * kMillisecond);
  const bool settled = IsSettled(CleanTextAt(order, "state"));
  // An end is told after what led to it, a beginning before.
  if (!settled) {
    Visit(id, "order", order, lines);
  }
  for (const Json& product_order : ListAt(order, "productOrders")) {
    const std::string po_path = fmt::format("{}/{}", id, CleanTextAt(product_order, "id"));
    for (const Json& technical_order : ListAt(product_order, "technicalOrders")) {
      const std::string to_path = fmt::format("{}/{}", po_path, CleanTextAt(technical_order, "id"));
      for (const Json& work_order : ListAt(technical_order, "workOrders")) {
        Visit(fmt::format("{}/{}", to_path, CleanTextAt(work_order, "id")), StepName(work_order),
              work_order, lines);
      }
      Visit(to_path, CleanTextAt(technical_order, "name"), technical_order, lines);
    }
    Visit(po_path, CleanTextAt(product_order, "product"), product_order, lines);
  }
  if (settled) {
    Visit(id, "order", order, lines);
  }
  return lines;
}

}  // namespace cairn::cli
