// A plan as lines: the body.
#include "edges/cli/plan_tree.h"

#include "edges/cli/color.h"
#include "edges/cli/json_text.h"
#include "edges/cli/step_name.h"
#include "edges/cli/text_layout.h"

#include <fmt/format.h>

#include <map>
#include <string_view>
#include <utility>

namespace cairn::cli {
namespace {

class PlanLines {
 public:
  PlanLines(std::size_t columns_max, bool color) : columns_max_(columns_max), color_(color) {}

  void Add(std::string_view line, Color color = Color::kPlain) {
    const std::string cut = columns_max_ == 0 ? std::string(line) : CutToWidth(line, columns_max_);
    lines_.push_back(Paint(cut, color, color_));
  }

  std::vector<std::string> Take() { return std::move(lines_); }

 private:
  std::size_t columns_max_;
  bool color_;
  std::vector<std::string> lines_;
};

void AddTechnicalOrder(PlanLines& lines, const Json& technical_order, bool last) {
  const std::string id = CleanTextAt(technical_order, "id");
  const std::string name = CleanTextAt(technical_order, "name");
  lines.Add(fmt::format("  {} {}", last ? "└─" : "├─",
                        name.empty() || name == id ? id : id + " " + name));
  const std::vector<Json>& work_orders = ListAt(technical_order, "workOrders");
  for (std::size_t w = 0; w < work_orders.size(); ++w) {
    lines.Add(fmt::format("  {}  {} {} {}", last ? " " : "│",
                          w + 1 == work_orders.size() ? "└─" : "├─",
                          CleanTextAt(work_orders[w], "id"), StepName(work_orders[w])));
  }
}

void AddProductOrder(PlanLines& lines, const Json& product_order, std::string_view slice,
                     bool is_first_slice) {
  std::string line =
      fmt::format("  {} {} {}", CleanTextAt(product_order, "id"),
                  CleanTextAt(product_order, "product"), CleanTextAt(product_order, "action"));
  if (!is_first_slice) {
    line += " (goes on)";
  } else {
    std::string after;
    for (const Json& id : ListAt(product_order, "dependsOn")) {
      if (id.is_string()) {
        after += (after.empty() ? "" : ", ") + CleanForTerminal(id.text());
      }
    }
    if (!after.empty()) {
      line += "  after " + after;
    }
    const std::string rule = CleanTextAt(product_order, "addedByRule");
    if (!rule.empty()) {
      line += "  added by rule " + rule;
    }
  }
  lines.Add(line);
  std::vector<const Json*> here;
  for (const Json& technical_order : ListAt(product_order, "technicalOrders")) {
    if (TextAt(technical_order, "slice") == slice) {
      here.push_back(&technical_order);
    }
  }
  for (std::size_t t = 0; t < here.size(); ++t) {
    AddTechnicalOrder(lines, *here[t], t + 1 == here.size());
  }
}

}  // namespace

std::vector<std::string> RenderPlan(const Json& plan, std::size_t columns_max, bool color) {
  PlanLines lines(columns_max, color);
  std::map<std::string_view, const Json*> by_id;
  std::size_t technical_orders = 0;
  std::size_t work_orders = 0;
  for (const Json& product_order : ListAt(plan, "productOrders")) {
    by_id.emplace(TextAt(product_order, "id"), &product_order);
    for (const Json& technical_order : ListAt(product_order, "technicalOrders")) {
      ++technical_orders;
      work_orders += ListAt(technical_order, "workOrders").size();
    }
  }
  const std::vector<Json>& slices = ListAt(plan, "slices");
  lines.Add(fmt::format("{}, {}, {}, {}  catalog {}", CountOf(slices.size(), "slice"),
                        CountOf(by_id.size(), "product order"),
                        CountOf(technical_orders, "technical order"),
                        CountOf(work_orders, "work order"), CleanTextAt(plan, "catalogVersion")));
  std::map<std::string_view, bool> listed;
  for (std::size_t s = 0; s < slices.size(); ++s) {
    lines.Add(fmt::format("slice {} of {}", s + 1, slices.size()), Color::kBold);
    if (!slices[s].is_array()) {
      continue;
    }
    for (const Json& id : slices[s].items()) {
      const auto found = id.is_string() ? by_id.find(id.text()) : by_id.end();
      if (found == by_id.end()) {
        continue;
      }
      const bool is_first = listed.emplace(found->first, true).second;
      AddProductOrder(lines, *found->second, std::to_string(s), is_first);
    }
  }
  bool any = false;
  for (const auto& [id, product_order] : by_id) {
    if (listed.count(id) != 0) {
      continue;
    }
    if (!std::exchange(any, true)) {
      lines.Add("nothing to do", Color::kBold);
    }
    AddProductOrder(lines, *product_order, "", true);
  }
  return lines.Take();
}

}  // namespace cairn::cli
