// A plan, or an order as it is, as a Mermaid flowchart: the body. A product order that goes on in
// later slices has a box in each; an arrow leaves the last of them and enters the first.
#include "edges/cli/plan_drawing.h"

#include "edges/cli/json_text.h"
#include "edges/cli/mermaid_text.h"

#include <fmt/format.h>

#include <cstddef>
#include <map>
#include <set>
#include <string_view>
#include <vector>

namespace cairn::cli {
namespace {

class Drawing {
 public:
  std::string Draw(const Json& order) {
    lines_.emplace_back("flowchart LR");
    const std::vector<Json>& slices = ListAt(order, "slices");
    const std::vector<Json>& product_orders = ListAt(order, "productOrders");
    for (std::size_t s = 0; s < slices.size(); ++s) {
      lines_.push_back(
          fmt::format("  subgraph s{}[{}]", s, MermaidLabel({fmt::format("slice {}", s + 1)})));
      for (std::size_t p = 0; p < product_orders.size(); ++p) {
        if (IsIn(slices[s], TextAt(product_orders[p], "id"))) {
          DrawProductOrder(product_orders[p], p, s);
        }
      }
      lines_.emplace_back("  end");
    }
    for (std::size_t p = 0; p < product_orders.size(); ++p) {
      if (boxes_.find(p) == boxes_.end()) {
        lines_.push_back(fmt::format("  p{}[{}]", p, MermaidLabel(Title(product_orders[p]))));
        boxes_[p] = {fmt::format("p{}", p)};
      }
    }
    DrawArrows(product_orders);
    for (std::size_t s = 1; s < slices.size(); ++s) {
      lines_.push_back(fmt::format("  s{} ==> s{}", s - 1, s));
    }
    DrawColors();
    std::string text;
    for (const std::string& line : lines_) text += (text.empty() ? "" : "\n") + line;
    return text;
  }

 private:
  static bool IsIn(const Json& slice, std::string_view id) {
    if (!slice.is_array()) return false;
    for (const Json& entry : slice.items()) {
      if (entry.is_string() && entry.text() == id) return true;
    }
    return false;
  }

  static std::vector<std::string> Title(const Json& product_order) {
    std::vector<std::string> title = {fmt::format("{} {} {}", TextAt(product_order, "id"),
                                                  TextAt(product_order, "product"),
                                                  TextAt(product_order, "action"))};
    const std::string_view rule = TextAt(product_order, "addedByRule");
    if (!rule.empty()) title.push_back(fmt::format("added by rule {}", rule));
    if (TextAt(product_order, "droppedByDelta") == "true") title.emplace_back("is there already");
    return title;
  }

  void DrawProductOrder(const Json& product_order, std::size_t p, std::size_t slice) {
    const std::string box = fmt::format("p{}s{}", p, slice);
    lines_.push_back(fmt::format("    subgraph {}[{}]", box, MermaidLabel(Title(product_order))));
    const std::vector<Json>& technical_orders = ListAt(product_order, "technicalOrders");
    for (std::size_t t = 0; t < technical_orders.size(); ++t) {
      const Json& technical_order = technical_orders[t];
      if (TextAt(technical_order, "slice") != std::to_string(slice)) continue;
      const std::string_view name = TextAt(technical_order, "name");
      std::vector<std::string> label = {
          std::string(name.empty() ? TextAt(technical_order, "id") : name)};
      for (const Json& work_order : ListAt(technical_order, "workOrders")) {
        const std::string_view cartridge = TextAt(work_order, "cartridge");
        label.push_back(cartridge.empty()
                            ? std::string(TextAt(work_order, "step"))
                            : fmt::format("{}.{}", cartridge, TextAt(work_order, "operation")));
      }
      lines_.push_back(fmt::format("      {}t{}[{}]{}", box, t, MermaidLabel(label),
                                   ClassOf(TextAt(technical_order, "state"))));
    }
    lines_.emplace_back("    end");
    boxes_[p].push_back(box);
  }

  void DrawArrows(const std::vector<Json>& product_orders) {
    std::map<std::string_view, std::size_t> by_id;
    for (std::size_t p = 0; p < product_orders.size(); ++p) {
      by_id.emplace(TextAt(product_orders[p], "id"), p);
      for (std::size_t b = 1; b < boxes_[p].size(); ++b) {
        lines_.push_back(fmt::format("  {} -.-> {}", boxes_[p][b - 1], boxes_[p][b]));
      }
    }
    for (std::size_t p = 0; p < product_orders.size(); ++p) {
      for (const Json& id : ListAt(product_orders[p], "dependsOn")) {
        const auto found = id.is_string() ? by_id.find(id.text()) : by_id.end();
        if (found == by_id.end()) continue;
        lines_.push_back(
            fmt::format("  {} --> {}", boxes_[found->second].back(), boxes_[p].front()));
      }
    }
  }

  std::string ClassOf(std::string_view state) {
    std::string_view name;
    if (state == "Completed") name = "completed";
    if (state == "Running" || state == "Waiting") name = "underWay";
    if (state == "Failed" || state == "Partial") name = "failed";
    if (name.empty()) return "";
    used_.insert(name);
    return fmt::format(":::{}", name);
  }

  void DrawColors() {
    for (const std::string_view name : used_) {
      const std::string_view fill = name == "completed"  ? "#c8e6c9"
                                    : name == "underWay" ? "#fff9c4"
                                                         : "#ffcdd2";
      lines_.push_back(fmt::format("  classDef {} fill:{},color:#000", name, fill));
    }
  }

  std::vector<std::string> lines_;
  std::map<std::size_t, std::vector<std::string>> boxes_;  // of each product order
  std::set<std::string_view> used_;                        // classes
};

}  // namespace

std::string DrawPlan(const Json& order) { return Drawing().Draw(order); }

}  // namespace cairn::cli
