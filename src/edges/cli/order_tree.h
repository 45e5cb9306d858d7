// OrderTree: an order as the API shows it, drawn as a tree of product orders, technical orders and
// work orders with their states, attempts, times and what the last attempt said. When the screen is
// too low it shows what runs, then what failed, then the rest, and counts what it leaves out.
//
// It reads no clock and knows no terminal: the same order and options give the same lines. A plain
// value owned by one thread.
#pragma once

#include "base/json.h"
#include "base/time.h"
#include "edges/cli/color.h"

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace cairn::cli {

// True for the states in which nothing more happens by itself: the end states, and Held.
bool IsSettled(std::string_view order_state);

class OrderTree {
 public:
  struct Options {
    Nanos now = 0;                // to tell how long what is under way has taken
    std::size_t columns_max = 0;  // no line is wider; 0: no limit
    std::size_t rows_max = 0;     // there are no more lines; 0: no limit
    bool color = false;
  };

  // `order` is the answer to GET /v1/orders/{id}; it is not needed afterwards.
  explicit OrderTree(const Json& order);

  // Lines without newlines, the order itself first.
  std::vector<std::string> Render(const Options& options) const;

 private:
  // How early a part is shown when not all of them fit.
  enum class Urgency : std::uint8_t { kUnderWay, kFailed, kOther };

  // A product order (depth 1), technical order (2) or work order (3), in the order of the document.
  struct Node {
    std::size_t depth = 1;
    std::size_t parent = 0;  // index; of itself at depth 1
    std::string id;
    std::string name;
    std::string state;
    std::string attempts;
    std::string detail;
    Nanos from = 0;  // 0: not begun
    Nanos to = 0;    // 0: still under way
    Urgency urgency = Urgency::kOther;
    bool has_parts = false;
  };

  struct Layout {
    std::size_t label = 0;
    std::size_t state = 0;
    std::size_t attempts = 0;
    std::size_t elapsed = 0;
  };

  void AddProductOrder(const Json& product_order);
  void AddTechnicalOrder(const Json& technical_order, std::size_t parent);
  void AddWorkOrder(const Json& work_order, std::size_t parent);
  std::size_t Add(const Json& part, std::size_t depth, std::size_t parent, std::string name);

  std::vector<std::string> Head(const Options& options) const;
  std::vector<bool> Choose(std::size_t rows_max) const;
  std::vector<std::string> Branches(const std::vector<bool>& shown) const;
  std::string Line(const Node& node, const std::string& branch, const Layout& layout,
                   const Options& options) const;
  std::string LeftOut(const std::vector<bool>& shown) const;

  std::string id_;
  std::string state_;
  std::string facts_;  // customer, external id, run, port
  Nanos submitted_at_ = 0;
  Nanos ended_at_ = 0;
  std::map<std::string, std::size_t> work_orders_in_state_;
  std::vector<Node> nodes_;
  std::vector<std::string> errors_;
};

}  // namespace cairn::cli
