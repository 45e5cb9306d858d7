// OrderTree: the body. The document is flattened once into nodes; drawing chooses nodes, works out
// the branches from the last node to the first, and then lays out the columns.
#include "edges/cli/order_tree.h"

#include "edges/cli/json_text.h"
#include "edges/cli/step_name.h"
#include "edges/cli/text_layout.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <utility>

namespace cairn::cli {
namespace {

constexpr std::size_t kDepthMax = 3;
constexpr std::size_t kErrorsShownMax = 20;
constexpr std::string_view kGap = "  ";
constexpr std::size_t kLabelColumnsMin = 20;
constexpr std::size_t kDetailColumnsMin = 8;  // with less room the detail is left out

bool IsUnderWay(std::string_view state) {
  return state == "Running" || state == "Sent" || state == "Waiting";
}

bool IsFailed(std::string_view state) {
  return state == "TechnicalError" || state == "FunctionalError" || state == "Failed" ||
         state == "Partial";
}

// "technical: connection reset", or nothing when all is well and there is nothing to say.
std::string OutcomeText(const Json& attempt) {
  const std::string outcome = CleanTextAt(attempt, "outcome");
  std::string detail = CleanTextAt(attempt, "detail");
  if (outcome.empty() || outcome == "ok") {
    return detail;
  }
  return detail.empty() ? outcome : fmt::format("{}: {}", outcome, detail);
}

// What there is to say of a step beside its attempts: "ends: fail", "took branch 2".
std::string StepDetail(const Json& work_order) {
  std::string text = CleanTextAt(work_order, "detail");
  const auto add = [&](std::string_view what, const std::string& value) {
    if (!value.empty()) text = fmt::format("{}{}{}{}", text, text.empty() ? "" : "; ", what, value);
  };
  add("ends: ", CleanTextAt(work_order, "ends"));
  if (const Json* branch = work_order.Find("branch"); branch != nullptr) {
    // Counted as people count.
    add("took branch ", std::to_string(std::strtoul(branch->text().c_str(), nullptr, 10) + 1));
  }
  return text;
}

// Branch, id and name. The name is cut to fit `columns`, the id never: a cut id is no id.
std::string Label(const std::string& id, const std::string& name, const std::string& branch,
                  std::size_t columns) {
  std::string label = branch + id;
  if (name.empty() || name == id) {
    return label;
  }
  const std::size_t used = DisplayWidth(label) + 1;
  const std::string cut = CutToWidth(name, columns - std::min(columns, used));
  return cut.empty() ? label : label + " " + cut;
}

}  // namespace

bool IsSettled(std::string_view order_state) {
  constexpr std::array<std::string_view, 6> kSettled = {"Completed", "Failed",     "Held",
                                                        "Cancelled", "RolledBack", "Rejected"};
  return std::find(kSettled.begin(), kSettled.end(), order_state) != kSettled.end();
}

OrderTree::OrderTree(const Json& order)
    : id_(CleanTextAt(order, "id")),
      state_(CleanTextAt(order, "state")),
      submitted_at_(MomentAt(order, "submittedAt")),
      ended_at_(MomentAt(order, "endedAt")) {
  const auto fact = [&](std::string_view name, std::string_view key) {
    const std::string value = CleanTextAt(order, key);
    if (!value.empty()) {
      facts_ += fmt::format("{}{} {}", kGap, name, value);
    }
  };
  fact("customer", "customer");
  fact("external id", "externalId");
  if (TextAt(order, "run") != "1") {
    fact("run", "run");
  }
  if (TextAt(order, "port") != "normal") {
    fact("port", "port");
  }
  if (const Json* wish = order.Find("cancelRequested"); wish != nullptr && ended_at_ == 0) {
    facts_ +=
        fmt::format("{}{} requested", kGap, TextAt(*wish, "abort") == "true" ? "abort" : "cancel");
  }
  for (const Json& product_order : ListAt(order, "productOrders")) {
    AddProductOrder(product_order);
  }
  for (const Json& error : ListAt(order, "errors")) {
    if (errors_.size() == kErrorsShownMax) {
      break;
    }
    errors_.push_back(fmt::format("{}: {} ({})", CleanTextAt(error, "field"),
                                  CleanTextAt(error, "detail"), CleanTextAt(error, "rule")));
  }
}

std::size_t OrderTree::Add(const Json& part, std::size_t depth, std::size_t parent,
                           std::string name) {
  Node node;
  node.depth = depth;
  node.parent = depth == 1 ? nodes_.size() : parent;
  node.id = CleanTextAt(part, "id");
  node.name = std::move(name);
  node.state = CleanTextAt(part, "state");
  node.urgency = IsUnderWay(node.state) ? Urgency::kUnderWay
                 : IsFailed(node.state) ? Urgency::kFailed
                                        : Urgency::kOther;
  if (depth > 1) {
    nodes_[parent].has_parts = true;
  }
  nodes_.push_back(std::move(node));
  return nodes_.size() - 1;
}

void OrderTree::AddProductOrder(const Json& product_order) {
  std::string name = CleanTextAt(product_order, "product");
  const std::string action = CleanTextAt(product_order, "action");
  if (!action.empty()) {
    name += " " + action;
  }
  const std::size_t self = Add(product_order, 1, 0, std::move(name));
  const std::string rule = CleanTextAt(product_order, "addedByRule");
  if (!rule.empty()) {
    nodes_[self].detail = "added by rule " + rule;
  }
  for (const Json& technical_order : ListAt(product_order, "technicalOrders")) {
    AddTechnicalOrder(technical_order, self);
  }
}

void OrderTree::AddTechnicalOrder(const Json& technical_order, std::size_t parent) {
  const std::size_t self = Add(technical_order, 2, parent, CleanTextAt(technical_order, "name"));
  for (const Json& work_order : ListAt(technical_order, "workOrders")) {
    AddWorkOrder(work_order, self);
  }
}

void OrderTree::AddWorkOrder(const Json& work_order, std::size_t parent) {
  const bool is_call = !CleanTextAt(work_order, "cartridge").empty();
  const std::size_t self = Add(work_order, 3, parent, StepName(work_order));
  Node& node = nodes_[self];
  if (is_call) ++work_orders_in_state_[node.state];
  node.detail = StepDetail(work_order);
  const std::vector<Json>& attempts = ListAt(work_order, "attempts");
  if (attempts.empty()) {
    return;
  }
  const Json& last = attempts.back();
  std::size_t of_this_run = 0;
  for (const Json& attempt : attempts) {
    if (TextAt(attempt, "run") != TextAt(last, "run")) {
      continue;
    }
    if (++of_this_run == 1) {
      node.from = MomentAt(attempt, "sentAt");
    }
  }
  // One is what everybody expects.
  if (of_this_run > 1) node.attempts = CountOf(of_this_run, "attempt");
  // A delayed answer is not the end: the work order waits on.
  if (!IsUnderWay(node.state)) {
    node.to = MomentAt(last, "answeredAt");
  }
  const std::string outcome = OutcomeText(last);
  if (!node.detail.empty() && !outcome.empty()) node.detail += "; ";
  node.detail += outcome;
  const std::string deadline = CleanTextAt(work_order, "deadline");
  if (node.state == "Waiting" && !deadline.empty()) {
    node.detail += fmt::format("{}answer until {}", node.detail.empty() ? "" : ", ", deadline);
  }
}

std::vector<std::string> OrderTree::Head(const Options& options) const {
  const auto cut = [&](std::string_view text, std::size_t used) {
    if (options.columns_max == 0) return std::string(text);
    return CutToWidth(text, options.columns_max - std::min(options.columns_max, used));
  };
  const Nanos until = ended_at_ != 0 ? ended_at_ : options.now;
  std::string rest;
  if (submitted_at_ != 0 && until >= submitted_at_) {
    rest = fmt::format("{}{}", kGap, HumanDuration(until - submitted_at_));
  }
  rest += facts_;
  const std::string id = cut(id_, 0);
  std::size_t used = DisplayWidth(id) + kGap.size();
  const std::string state = cut(state_, used);
  used += DisplayWidth(state);
  std::vector<std::string> lines = {Paint(id, Color::kBold, options.color)};
  if (!state.empty()) {
    lines[0] += std::string(kGap) + Paint(state, ColorOfState(state_), options.color);
    lines[0] += cut(rest, used);
  }
  std::size_t total = 0;
  std::string counts;
  for (const auto& [state_name, count] : work_orders_in_state_) {
    total += count;
    counts += fmt::format("{}{} {}", counts.empty() ? "" : ", ", count, state_name);
  }
  if (total > 0) {
    lines.push_back(cut(fmt::format("{}: {}", CountOf(total, "work order"), counts), 0));
  }
  for (const std::string& error : errors_) {
    lines.push_back(Paint(cut(error, 0), Color::kRed, options.color));
  }
  return lines;
}

// Leaves in the order of their urgency, each with its ancestors, until no more rows are left.
std::vector<bool> OrderTree::Choose(std::size_t rows_max) const {
  if (rows_max == 0 || nodes_.size() <= rows_max) {
    return std::vector<bool>(nodes_.size(), true);
  }
  std::vector<bool> shown(nodes_.size(), false);
  std::size_t rows_left = rows_max - 1;  // one says what is left out
  for (const Urgency urgency : {Urgency::kUnderWay, Urgency::kFailed, Urgency::kOther}) {
    for (std::size_t i = 0; i < nodes_.size() && rows_left > 0; ++i) {
      if (nodes_[i].has_parts || nodes_[i].urgency != urgency) {
        continue;
      }
      std::size_t needed = 0;
      for (std::size_t n = i; !shown[n]; n = nodes_[n].parent) {
        ++needed;
        if (nodes_[n].depth == 1) {
          break;
        }
      }
      if (needed > rows_left) {
        continue;
      }
      rows_left -= needed;
      for (std::size_t n = i; !shown[n]; n = nodes_[n].parent) {
        shown[n] = true;
      }
    }
  }
  return shown;
}

// From the last node to the first: a node is its parent's last if none was seen at its depth since
// the parent's next sibling.
std::vector<std::string> OrderTree::Branches(const std::vector<bool>& shown) const {
  std::vector<std::string> branches(nodes_.size());
  std::array<bool, kDepthMax + 1> more_below{};
  for (std::size_t i = nodes_.size(); i-- > 0;) {
    if (!shown[i]) {
      continue;
    }
    const std::size_t depth = nodes_[i].depth;
    for (std::size_t d = 1; d < depth; ++d) {
      branches[i] += more_below[d] ? "│  " : "   ";
    }
    branches[i] += more_below[depth] ? "├─ " : "└─ ";
    more_below[depth] = true;
    for (std::size_t d = depth + 1; d <= kDepthMax; ++d) {
      more_below[d] = false;
    }
  }
  return branches;
}

std::string OrderTree::Line(const Node& node, const std::string& branch, const Layout& layout,
                            const Options& options) const {
  std::string elapsed;
  if (node.from != 0) {
    const Nanos until = node.to != 0 ? node.to : IsUnderWay(node.state) ? options.now : 0;
    if (until >= node.from) {
      elapsed = HumanDuration(until - node.from);
    }
  }
  struct Piece {
    std::string text;
    std::size_t columns;
    Color color;
  };
  const std::vector<Piece> pieces = {
      {Label(node.id, node.name, branch, layout.label), layout.label, Color::kPlain},
      {node.state, layout.state, ColorOfState(node.state)},
      {node.attempts, layout.attempts, Color::kPlain},
      {elapsed, layout.elapsed, Color::kPlain},
      {node.detail, 0, Color::kDim}};
  std::string line;
  std::string space;
  std::size_t column = 0;
  for (std::size_t p = 0; p < pieces.size(); ++p) {
    const Piece& piece = pieces[p];
    const bool is_detail = p + 1 == pieces.size();
    if (!is_detail && piece.columns == 0) {
      continue;
    }
    if (!piece.text.empty()) {
      std::string text = piece.text;
      if (options.columns_max != 0) {
        const std::size_t start = column + space.size();
        const std::size_t room = options.columns_max - std::min(options.columns_max, start);
        if (room == 0 || (is_detail && room < kDetailColumnsMin)) {
          break;
        }
        text = CutToWidth(text, room);
      }
      line += space + Paint(text, piece.color, options.color);
      column += space.size() + DisplayWidth(text);
      space.clear();
    }
    const std::size_t width = piece.text.empty() ? 0 : DisplayWidth(piece.text);
    space.append(piece.columns - std::min(piece.columns, width), ' ');
    space += kGap;
  }
  return line;
}

std::string OrderTree::LeftOut(const std::vector<bool>& shown) const {
  std::map<std::string, std::size_t> in_state;
  std::size_t total = 0;
  for (std::size_t i = 0; i < nodes_.size(); ++i) {
    if (shown[i] || nodes_[i].has_parts) {
      continue;
    }
    ++in_state[nodes_[i].state];
    ++total;
  }
  if (total == 0) {
    return {};
  }
  std::string counts;
  for (const auto& [state, count] : in_state) {
    counts += fmt::format("{}{} {}", counts.empty() ? "" : ", ", count, state);
  }
  return fmt::format("… and {} more: {}", total, counts);
}

std::vector<std::string> OrderTree::Render(const Options& options) const {
  std::vector<std::string> lines = Head(options);
  const std::size_t rows_max = options.rows_max;
  if (rows_max != 0 && lines.size() >= rows_max) {
    lines.resize(rows_max);
    return lines;
  }
  const std::vector<bool> shown = Choose(rows_max == 0 ? 0 : rows_max - lines.size());
  const std::vector<std::string> branches = Branches(shown);
  Layout layout;
  for (std::size_t i = 0; i < nodes_.size(); ++i) {
    if (!shown[i]) {
      continue;
    }
    const Node& node = nodes_[i];
    const std::size_t name =
        node.name.empty() || node.name == node.id ? 0 : DisplayWidth(node.name) + 1;
    layout.label = std::max(layout.label, 3 * node.depth + DisplayWidth(node.id) + name);
    layout.state = std::max(layout.state, DisplayWidth(node.state));
    layout.attempts = std::max(layout.attempts, DisplayWidth(node.attempts));
    if (node.from != 0) {
      layout.elapsed = 7;  // "59m 59s": columns that do not jump
    }
  }
  if (options.columns_max != 0) {
    // Names are cut before states and times are, and to half of the screen to leave details room.
    std::size_t others = layout.state + kGap.size();
    if (layout.attempts != 0) others += layout.attempts + kGap.size();
    if (layout.elapsed != 0) others += layout.elapsed + kGap.size();
    const std::size_t room = options.columns_max - std::min(options.columns_max, others);
    layout.label =
        std::min({layout.label, options.columns_max / 2, std::max(room, kLabelColumnsMin)});
  }
  for (std::size_t i = 0; i < nodes_.size(); ++i) {
    if (shown[i]) {
      lines.push_back(Line(nodes_[i], branches[i], layout, options));
    }
  }
  const std::string left_out = LeftOut(shown);
  if (!left_out.empty()) {
    lines.push_back(options.columns_max == 0 ? left_out
                                             : CutToWidth(left_out, options.columns_max));
  }
  return lines;
}

}  // namespace cairn::cli
