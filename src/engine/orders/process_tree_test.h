// For tests: a process as it would be written, parts inside each other, and the flat steps that it
// stands for.
#pragma once

#include "engine/orders/order_run_test.h"

#include <string>
#include <utility>
#include <vector>

namespace cairn::testing {

struct Part {
  enum class Kind { kCall, kSequence, kParallel, kChoice, kSet, kEnd };
  Kind kind = Kind::kCall;
  std::string name = {};                 // of a call
  std::vector<Part> parts = {};          // of the others; of a choice: one a branch
  std::vector<std::string> guards = {};  // of a choice; the last one is empty: otherwise
  records::Step step = {};               // further fields of it
  bool undo = false;                     // a call with a compensation
  bool nothing = false;                  // an empty branch
  std::string replay_from = {};          // of an end
};

inline Part Call(std::string name) { return {.kind = Part::Kind::kCall, .name = std::move(name)}; }
inline Part Undone(std::string name) {
  Part part = Call(std::move(name));
  part.undo = true;
  return part;
}
inline Part Sequence(std::vector<Part> parts) {
  return {.kind = Part::Kind::kSequence, .name = {}, .parts = std::move(parts)};
}
inline Part Parallel(std::vector<Part> parts) {
  return {.kind = Part::Kind::kParallel, .name = {}, .parts = std::move(parts)};
}
inline Part Choice(std::vector<std::pair<std::string, Part>> branches) {
  Part part{.kind = Part::Kind::kChoice};
  for (auto& [guard, branch] : branches) {
    part.guards.push_back(guard);
    part.parts.push_back(std::move(branch));
  }
  return part;
}
inline Part Nothing() {
  Part part;
  part.nothing = true;
  return part;
}
inline Part End(records::ProcessEnd end, std::string replay_from = {}) {
  Part part{.kind = Part::Kind::kEnd};
  part.step.set_end(end);
  part.replay_from = std::move(replay_from);
  return part;
}
inline void SetField(records::Assignment& out, records::DatasetScope scope, std::string name,
                     std::string expression) {
  out.set_scope(scope);
  out.mutable_value()->set_target(std::move(name));
  out.mutable_value()->mutable_expression()->set_source(std::move(expression));
}

class TreeFlattener {
 public:
  explicit TreeFlattener(records::TechnicalProductOrder& out) : out_(out) {}

  void Flatten(const Part& root) {
    Place(root, {});
    for (const auto& [name, index] : undone_) {
      records::Step& step = *out_.add_steps();
      step.set_name("undo:" + name);
      step.set_kind(records::COMPENSATION);
      step.set_cartridge("sim");
      step.set_operation("undo");
      step.set_compensates(index);
    }
  }

 private:
  using Indexes = std::vector<std::uint32_t>;

  std::uint32_t Add(const Part& part, records::StepKind kind, const Indexes& before) {
    const auto index = static_cast<std::uint32_t>(out_.steps_size());
    records::Step& step = *out_.add_steps();
    step = part.step;
    step.set_kind(kind);
    step.set_name(part.name.empty() ? fmt::format("other:{}", index) : part.name);
    for (const std::uint32_t b : before) step.add_after(b);
    for (const auto& [choice, branch] : within_) {
      step.add_within()->set_choice(choice);
      step.mutable_within(step.within_size() - 1)->set_branch(branch);
    }
    return index;
  }

  Indexes Place(const Part& part, const Indexes& before) {
    if (part.nothing) return before;
    switch (part.kind) {
      case Part::Kind::kSequence: {
        Indexes ends = before;
        for (const Part& inner : part.parts) ends = Place(inner, ends);
        return ends;
      }
      case Part::Kind::kParallel: {
        Indexes ends;
        for (const Part& inner : part.parts) {
          for (const std::uint32_t end : Place(inner, before)) ends.push_back(end);
        }
        return ends;
      }
      case Part::Kind::kChoice: return PlaceChoice(part, before);
      case Part::Kind::kSet: return {Add(part, records::ASSIGNMENT, before)};
      case Part::Kind::kEnd: {
        const std::uint32_t index = Add(part, records::END, before);
        for (int s = 0; s < out_.steps_size(); ++s) {
          if (part.replay_from.empty() || out_.steps(s).name() != part.replay_from) continue;
          out_.mutable_steps(static_cast<int>(index))->set_has_replay_from(true);
          out_.mutable_steps(static_cast<int>(index))
              ->set_replay_from(static_cast<std::uint32_t>(s));
        }
        return {index};
      }
      case Part::Kind::kCall: break;
    }
    const std::uint32_t index = Add(part, records::WORK_ORDER, before);
    records::Step& step = *out_.mutable_steps(static_cast<int>(index));
    if (step.cartridge().empty()) step.set_cartridge("sim");
    step.set_operation("do");
    if (part.undo) {
      step.set_has_compensation(true);
      undone_.emplace_back(part.name, index);
    }
    return {index};
  }

  Indexes PlaceChoice(const Part& part, const Indexes& before) {
    const std::uint32_t index = Add(part, records::CHOICE, before);
    Indexes ends;
    for (std::uint32_t b = 0; b < part.parts.size(); ++b) {
      records::Script& guard = *out_.mutable_steps(static_cast<int>(index))->add_guards();
      guard.set_source(part.guards[b]);
      guard.set_place(fmt::format("choice {} branch {}", index, b));
      within_.emplace_back(index, b);
      for (const std::uint32_t end : Place(part.parts[b], {index})) ends.push_back(end);
      within_.pop_back();
    }
    return ends;
  }

  records::TechnicalProductOrder& out_;
  std::vector<std::pair<std::uint32_t, std::uint32_t>> within_;
  std::vector<std::pair<std::string, std::uint32_t>> undone_;
};

// A catalog of one product "line", whose process this is; its cartridge "sim" makes two attempts.
inline records::Catalog CatalogWith(const Part& process) {
  records::Catalog catalog;
  records::Product& product = *catalog.add_products();
  product.set_name("line");
  records::ProductAction& action = *product.add_actions();
  action.set_verb(records::ADD);
  action.add_decomposition("line");
  records::TechnicalProductOrder& technical = *catalog.add_technical_product_orders();
  technical.set_name("line");
  TreeFlattener(technical).Flatten(process);
  records::Cartridge& cartridge = *catalog.add_cartridges();
  cartridge.set_name("sim");
  cartridge.set_attempts(1);
  cartridge.mutable_simulated();
  return catalog;
}

}  // namespace cairn::testing
