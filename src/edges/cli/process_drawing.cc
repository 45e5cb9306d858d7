// A product's process as a Mermaid flowchart: the body.
#include "edges/cli/process_drawing.h"

#include "base/time.h"
#include "edges/cli/mermaid_text.h"

#include <fmt/format.h>

#include <map>
#include <set>
#include <vector>

namespace cairn::cli {
namespace {

using records::Step;
using records::TechnicalProductOrder;

std::string StepId(int technical, std::uint32_t step) {
  return fmt::format("t{}s{}", technical, step);
}

std::vector<std::string> StepLines(const Step& step) {
  std::vector<std::string> lines = {step.name()};
  if (!step.cartridge().empty()) {
    lines.push_back(fmt::format("{}.{}", step.cartridge(), step.operation()));
  }
  if (step.deadline_ns() != 0) {
    lines.push_back("within " + FormatDuration(step.deadline_ns()));
  }
  if (step.point_of_no_return()) {
    lines.emplace_back("point of no return");
  }
  for (const auto* fields : {&step.assign(), &step.results()}) {
    for (const records::Assignment& assignment : *fields) {
      lines.push_back("sets " + assignment.value().target());
    }
  }
  return lines;
}

std::string StepNode(int technical, std::uint32_t index, const Step& step) {
  const std::string id = StepId(technical, index);
  const std::string label = MermaidLabel(StepLines(step));
  if (step.kind() == records::CHOICE) return fmt::format("{}{{{}}}", id, label);
  if (step.kind() == records::ASSIGNMENT) return fmt::format("{}[/{}/]", id, label);
  if (step.kind() == records::END) {
    const char* end = step.end() == records::END_FAIL    ? "fail"
                      : step.end() == records::END_RETRY ? "retry"
                                                         : "pass";
    return fmt::format("{}([{}])", id, MermaidLabel({std::string("end: ") + end}));
  }
  if (step.kind() == records::COMPENSATION) return fmt::format("{}[{}]:::undo", id, label);
  return fmt::format("{}[{}]", id, label);
}

// What an arrow from `choice` to `step` says: the guards of the branches that lead there.
std::vector<std::string> GuardsTo(const TechnicalProductOrder& technical, std::uint32_t choice,
                                  const Step& step) {
  const Step& from = technical.steps(static_cast<int>(choice));
  std::set<std::uint32_t> branches;
  for (const records::BranchRef& within : step.within()) {
    if (within.choice() == choice) branches.insert(within.branch());
  }
  if (branches.empty()) {
    // Behind the choice: the way of the branches in which there is nothing to do.
    for (int b = 0; b < from.guards_size(); ++b) branches.insert(static_cast<std::uint32_t>(b));
    for (const Step& other : technical.steps()) {
      for (const records::BranchRef& within : other.within()) {
        if (within.choice() == choice) branches.erase(within.branch());
      }
    }
  }
  std::vector<std::string> guards;
  for (const std::uint32_t branch : branches) {
    if (branch >= static_cast<std::uint32_t>(from.guards_size())) continue;
    const std::string& source = from.guards(static_cast<int>(branch)).source();
    guards.push_back(source.empty() ? "otherwise" : source);
  }
  return guards;
}

void DrawSteps(const TechnicalProductOrder& technical, int number,
               std::vector<std::string>& lines) {
  for (int s = 0; s < technical.steps_size(); ++s) {
    lines.push_back("    " + StepNode(number, static_cast<std::uint32_t>(s), technical.steps(s)));
  }
  for (int s = 0; s < technical.steps_size(); ++s) {
    const Step& step = technical.steps(s);
    const std::string to = StepId(number, static_cast<std::uint32_t>(s));
    if (step.kind() == records::COMPENSATION) {
      lines.push_back(
          fmt::format("    {} -. undone by .-> {}", StepId(number, step.compensates()), to));
      continue;
    }
    for (const std::uint32_t after : step.after()) {
      const bool is_choice = technical.steps(static_cast<int>(after)).kind() == records::CHOICE;
      const auto guards = is_choice ? GuardsTo(technical, after, step) : std::vector<std::string>();
      lines.push_back(guards.empty() ? fmt::format("    {} --> {}", StepId(number, after), to)
                                     : fmt::format("    {} -->|{}| {}", StepId(number, after),
                                                   MermaidLabel(guards), to));
    }
  }
}

const TechnicalProductOrder* Find(const records::Catalog& catalog, const std::string& name) {
  for (const TechnicalProductOrder& technical : catalog.technical_product_orders()) {
    if (technical.name() == name) return &technical;
  }
  return nullptr;
}

}  // namespace

std::string DrawProcess(const records::Catalog& catalog, const records::ProductAction& action) {
  std::vector<std::string> lines = {"flowchart TD"};
  std::map<std::string, int> numbers;
  bool has_undo = false;
  for (int t = 0; t < action.decomposition_size(); ++t) {
    const std::string& name = action.decomposition(t);
    numbers.emplace(name, t);
    const TechnicalProductOrder* technical = Find(catalog, name);
    std::vector<std::string> title = {name};
    if (t < action.decomposition_when_size() && !action.decomposition_when(t).source().empty()) {
      title.push_back("when " + action.decomposition_when(t).source());
    }
    lines.push_back(fmt::format("  subgraph t{}[{}]", t, MermaidLabel(title)));
    if (technical != nullptr) {
      DrawSteps(*technical, t, lines);
      for (const Step& step : technical->steps()) {
        has_undo = has_undo || step.kind() == records::COMPENSATION;
      }
    }
    lines.emplace_back("  end");
  }
  for (int t = 0; t < action.decomposition_size(); ++t) {
    std::set<int> before;
    if (action.in_sequence() && t > 0) before.insert(t - 1);
    if (const TechnicalProductOrder* technical = Find(catalog, action.decomposition(t))) {
      for (const std::string& name : technical->after()) {
        if (const auto found = numbers.find(name); found != numbers.end()) {
          before.insert(found->second);
        }
      }
    }
    for (const int first : before) lines.push_back(fmt::format("  t{} ==> t{}", first, t));
  }
  if (has_undo) lines.emplace_back("  classDef undo stroke-dasharray: 5 5");
  std::string text;
  for (const std::string& line : lines) text += (text.empty() ? "" : "\n") + line;
  return text;
}

}  // namespace cairn::cli
