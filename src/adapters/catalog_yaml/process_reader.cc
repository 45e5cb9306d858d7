#include "adapters/catalog_yaml/process_reader.h"

#include "adapters/catalog_yaml/mapping_reader.h"
#include "engine/orders/catalog_check.h"
#include "model/limits.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>
#include <vector>

namespace cairn {
namespace {

constexpr int kProcessDepthMax = 20;  // parts inside each other

using StepIndexes = std::vector<std::uint32_t>;

// The steps that end a part of a process: what comes after it waits for them.
struct Ends {
  StepIndexes steps;
  bool is_final = false;  // the process never goes on from here
};

struct Branch {
  std::uint32_t choice = 0;
  std::uint32_t number = 0;
};

class ProcessReader {
 public:
  ProcessReader(SectionReader& reader, const std::string& path, const WrittenProcesses& processes,
                records::TechnicalProductOrder& out)
      : reader_(reader),
        path_(CatalogPath(path, "steps")),
        processes_(processes),
        out_(out),
        mappings_(reader) {}

  void Read(const WrittenProcess& process) {
    reader_.BeginFile(process.file);
    included_.push_back(out_.name());
    Place(*process.node, process.path, {}, 0);
    for (const Compensation& compensation : compensations_) PlaceCompensation(compensation);
    mappings_.ResolveOutputs(out_);
    ResolveReplays();
    if (broken_) reader_.MarkBroken(path_);
  }

 private:
  struct Compensation {
    std::uint32_t step = 0;
    const YamlNode* node = nullptr;
    std::string written_path;
    std::string_view file;
  };
  struct Replay {
    std::uint32_t step = 0;
    std::string from;
    SectionReader::Place place;
  };

  bool IsFull() const { return static_cast<std::size_t>(out_.steps_size()) > kStepsPerProcessMax; }

  void Broken(const std::string& written_path, std::string_view rule, std::string message) {
    reader_.Complain(reader_.FindPlace(written_path), rule, std::move(message));
    broken_ = true;
  }

  // Adds the steps of one part, which come after `before`. `written_path` is the part's place in
  // the YAML, which the flat list does not have.
  Ends Place(const YamlNode& node, const std::string& written_path, const StepIndexes& before,
             int depth) {
    reader_.Locate(written_path, node.line);
    if (depth > kProcessDepthMax) {
      Broken(written_path, "too-deep",
             fmt::format("parts of a process nested deeper than {} levels", kProcessDepthMax));
      return {before};
    }
    for (const YamlEntry& entry : node.entries) {
      if (entry.key == "workOrder") return PlaceWorkOrder(node, written_path, before);
      if (entry.key == "sequence" || entry.key == "parallel") {
        return PlaceList(node, entry, written_path, before, depth);
      }
      if (entry.key == "choice") return PlaceChoice(node, written_path, before, depth);
      if (entry.key == "include") return PlaceInclude(node, written_path, before, depth);
      if (entry.key == "end") return PlaceEnd(node, written_path, before);
    }
    for (const YamlEntry& entry : node.entries) {
      if (entry.key == "set") return PlaceAssignment(node, written_path, before);
    }
    Broken(written_path, "unknown-process-node",
           "a part of a process must be a map with one of 'workOrder', 'sequence', 'parallel', "
           "'choice', 'set', 'end' and 'include'");
    return {before};
  }

  Ends PlaceList(const YamlNode& node, const YamlEntry& list, const std::string& written_path,
                 const StepIndexes& before, int depth) {
    MapReader map(reader_, node, written_path, "a part of a process");
    const bool parallel = list.key == "parallel";
    Ends ends{before};
    Ends joined;
    bool is_empty = true;
    map.TakeList(list.key, [&](const YamlNode& item, const std::string& item_path) {
      if (IsFull()) {
        return;  // CheckCatalog says so; a parallel after a parallel grows as its square
      }
      if (!parallel && ends.is_final) {
        reader_.Locate(item_path, item.line);
        Broken(item_path, "unreachable", "the process has ended before it comes to this part");
        return;
      }
      is_empty = false;
      Ends last = Place(item, item_path, parallel ? before : ends.steps, depth + 1);
      if (parallel) {
        joined.steps.insert(joined.steps.end(), last.steps.begin(), last.steps.end());
        joined.is_final = joined.is_final || last.is_final;
      } else {
        ends = std::move(last);
      }
    });
    map.Finish();
    if (list.value->kind != YamlNode::Kind::kList) {
      broken_ = true;
    } else if (is_empty && !IsFull()) {
      Broken(map.PathOf(list.key), "empty-list",
             fmt::format("'{}' needs a list with something in it", list.key));
    }
    return parallel ? joined : ends;
  }

  // A new step, where it stands. `name` must be one that nobody can give, if it is not the user's.
  std::uint32_t AddStep(const YamlNode& node, records::StepKind kind, const StepIndexes& before) {
    const auto index = static_cast<std::uint32_t>(out_.steps_size());
    reader_.Locate(PathOf(index), node.line);
    records::Step& step = *out_.add_steps();
    step.set_kind(kind);
    StepIndexes after = before;
    std::sort(after.begin(), after.end());
    after.erase(std::unique(after.begin(), after.end()), after.end());
    for (const std::uint32_t earlier : after) step.add_after(earlier);
    for (const Branch& branch : within_) {
      records::BranchRef& part = *step.add_within();
      part.set_choice(branch.choice);
      part.set_branch(branch.number);
    }
    return index;
  }
  std::string PathOf(std::uint32_t step) const {
    return CatalogPath(path_, static_cast<int>(step));
  }
  records::Step& StepAt(std::uint32_t index) {
    return *out_.mutable_steps(static_cast<int>(index));
  }

  Ends PlaceWorkOrder(const YamlNode& node, const std::string& written_path,
                      const StepIndexes& before) {
    const std::uint32_t index = AddStep(node, records::WORK_ORDER, before);
    records::Step& step = StepAt(index);
    MapReader map(reader_, node, PathOf(index), "a work order");
    map.TakeText("workOrder", *step.mutable_name());
    map.Require("cartridge");
    map.TakeText("cartridge", *step.mutable_cartridge());
    step.set_operation(step.name());
    map.TakeText("operation", *step.mutable_operation());
    TakeInput(map, written_path, step);
    TakeAssignments(map, written_path, "set", "on", step.mutable_assign());
    TakeScript(map, written_path, "onEntry", [&] { return step.mutable_on_entry(); });
    TakeScript(map, written_path, "onEval", [&] { return step.mutable_on_eval(); });
    records::DatasetScope scope = TakeScope(map, "resultsOn");
    map.TakeMap("results", [&](const YamlEntry& entry, const std::string& entry_path) {
      records::Assignment& result = *step.add_results();
      result.set_scope(scope);
      result.mutable_value()->set_target(entry.key);
      mappings_.ReadResult(*entry.value, entry_path, index, *result.mutable_value());
    });
    Nanos deadline = 0;
    map.TakeDuration("deadline", deadline);
    step.set_deadline_ns(deadline);
    bool point_of_no_return = false;
    map.TakeBool("pointOfNoReturn", point_of_no_return);
    step.set_point_of_no_return(point_of_no_return);
    if (const YamlEntry* entry = map.Take("compensation")) {
      step.set_has_compensation(true);
      compensations_.push_back({index, entry->value.get(),
                                CatalogPath(written_path, "compensation"),
                                reader_.FindPlace(PathOf(index)).file});
    }
    map.Finish();
    return {{index}};
  }

  void TakeInput(MapReader& map, const std::string& written_path, records::Step& step) {
    map.TakeMap("input", [&](const YamlEntry& entry, const std::string& entry_path) {
      records::Mapping& mapping = *step.add_input();
      mapping.set_target(entry.key);
      const std::string place =
          CatalogPath(CatalogPath(written_path, "input"), entry.key).substr(1);
      mappings_.Read(*entry.value, entry_path, place, mapping);
    });
  }

  records::DatasetScope TakeScope(MapReader& map, std::string_view key) {
    constexpr std::array kScopes = {records::TECHNICAL_ORDER, records::PRODUCT_ORDER,
                                    records::ORDER};
    std::size_t scope = 0;
    map.TakeWord(key, {"technicalOrder", "productOrder", "order"}, scope);
    return kScopes[scope];
  }

  void TakeAssignments(MapReader& map, const std::string& written_path, std::string_view key,
                       std::string_view scope_key,
                       google::protobuf::RepeatedPtrField<records::Assignment>* out) {
    const records::DatasetScope scope = TakeScope(map, scope_key);
    map.TakeMap(key, [&](const YamlEntry& entry, const std::string& entry_path) {
      records::Assignment& assignment = *out->Add();
      assignment.set_scope(scope);
      assignment.mutable_value()->set_target(entry.key);
      const std::string place = CatalogPath(CatalogPath(written_path, key), entry.key).substr(1);
      mappings_.Read(*entry.value, entry_path, place, *assignment.mutable_value());
    });
  }

  template <typename MakeScript>
  void TakeScript(MapReader& map, const std::string& written_path, std::string_view key,
                  MakeScript make) {
    if (map.Take(key) == nullptr) return;
    records::Script& script = *make();
    map.TakeText(key, *script.mutable_source());
    script.set_place(CatalogPath(written_path, key).substr(1));
  }

  // Undoes a work order. It stands behind all other steps, and what brings it about is the failure
  // of the process.
  void PlaceCompensation(const Compensation& compensation) {
    reader_.BeginFile(compensation.file);
    const std::uint32_t index = AddStep(*compensation.node, records::COMPENSATION, {});
    records::Step& step = StepAt(index);
    const records::Step& undone = StepAt(compensation.step);
    MapReader map(reader_, *compensation.node, PathOf(index), "a compensation");
    step.set_name("undo:" + undone.name());
    step.set_compensates(compensation.step);
    step.set_cartridge(undone.cartridge());
    map.TakeText("cartridge", *step.mutable_cartridge());
    map.Require("operation");
    map.TakeText("operation", *step.mutable_operation());
    TakeInput(map, compensation.written_path, step);
    map.Finish();
    if (!map.is_map()) broken_ = true;
  }

  Ends PlaceAssignment(const YamlNode& node, const std::string& written_path,
                       const StepIndexes& before) {
    const std::uint32_t index = AddStep(node, records::ASSIGNMENT, before);
    records::Step& step = StepAt(index);
    MapReader map(reader_, node, PathOf(index), "an assignment");
    step.set_name(fmt::format("set:{}", index));
    TakeAssignments(map, written_path, "set", "on", step.mutable_assign());
    map.Finish();
    return {{index}};
  }

  Ends PlaceEnd(const YamlNode& node, const std::string& written_path, const StepIndexes& before) {
    constexpr std::array kEnds = {records::END_PASS, records::END_FAIL, records::END_RETRY};
    const std::uint32_t index = AddStep(node, records::END, before);
    records::Step& step = StepAt(index);
    MapReader map(reader_, node, PathOf(index), "an end");
    step.set_name(fmt::format("end:{}", index));
    std::size_t end = 0;
    map.TakeWord("end", {"pass", "fail", "retry"}, end);
    step.set_end(kEnds[end]);
    if (const YamlEntry* entry = map.Take("from")) {
      std::string from;
      const SectionReader::Place place{reader_.FindPlace(PathOf(index)).file, entry->line};
      if (step.end() != records::END_RETRY) {
        reader_.Complain(place, "unknown-key", "only an end with 'retry' goes on from a step");
      } else if (reader_.ReadText(*entry->value, map.PathOf("from"), from)) {
        step.set_has_replay_from(true);
        replays_.push_back({index, std::move(from), place});
      }
    }
    map.Finish();
    static_cast<void>(written_path);
    return {{index}, true};
  }

  Ends PlaceChoice(const YamlNode& node, const std::string& written_path, const StepIndexes& before,
                   int depth) {
    const std::uint32_t index = AddStep(node, records::CHOICE, before);
    StepAt(index).set_name(fmt::format("choice:{}", index));
    MapReader map(reader_, node, written_path, "a choice");
    Ends ends;
    ends.is_final = true;
    bool has_otherwise = false;
    std::uint32_t branch = 0;
    map.TakeList("choice", [&](const YamlNode& item, const std::string& item_path) {
      if (IsFull()) return;
      reader_.Locate(item_path, item.line);
      if (has_otherwise) Broken(item_path, "unreachable", "'otherwise' must be the last branch");
      Ends last = PlaceBranch(item, item_path, {index, branch}, depth, has_otherwise);
      ends.steps.insert(ends.steps.end(), last.steps.begin(), last.steps.end());
      ends.is_final = ends.is_final && last.is_final;
      ++branch;
    });
    map.Finish();
    if (branch == 0 && !IsFull()) {
      Broken(written_path, "empty-list", "'choice' needs a list of branches");
    } else if (!has_otherwise && !IsFull()) {
      Broken(written_path, "no-otherwise",
             "the last branch of a choice must be 'otherwise'; with nothing after it, nothing is "
             "done");
    }
    return ends;
  }

  Ends PlaceBranch(const YamlNode& node, const std::string& path, Branch branch, int depth,
                   bool& has_otherwise) {
    MapReader map(reader_, node, path, "a branch");
    records::Script& guard = *StepAt(branch.choice).add_guards();
    const YamlEntry* part = map.Take("otherwise");
    if (part != nullptr) {
      has_otherwise = true;
    } else {
      map.Require("when");
      map.TakeText("when", *guard.mutable_source());
      guard.set_place(CatalogPath(path, "when").substr(1));
      part = map.Take("do");
      const std::string guard_path = CatalogPath(CatalogPath(PathOf(branch.choice), "guards"),
                                                 static_cast<int>(branch.number));
      reader_.Locate(guard_path, node.line);
      // A guard without a text would be taken for 'otherwise'.
      if (guard.source().empty()) {
        Broken(path, "empty-script", "'when' needs a condition");
      }
    }
    map.Finish();
    if (part == nullptr || part->value->kind == YamlNode::Kind::kNull) return {{branch.choice}};
    within_.push_back(branch);
    Ends ends = Place(*part->value, CatalogPath(path, part->key), {branch.choice}, depth + 1);
    within_.pop_back();
    return ends;
  }

  Ends PlaceInclude(const YamlNode& node, const std::string& written_path,
                    const StepIndexes& before, int depth) {
    MapReader map(reader_, node, written_path, "an include");
    std::string name;
    map.TakeText("include", name);
    map.Finish();
    const auto found = processes_.find(name);
    if (found == processes_.end()) {
      std::vector<std::string_view> names;
      for (const auto& [known, process] : processes_) names.push_back(known);
      const std::string_view nearest = NearestName(name, names);
      Broken(written_path, "unknown-technical-product-order",
             fmt::format("there is no technical product order '{}' to include{}", name,
                         nearest.empty() ? "" : fmt::format("; did you mean '{}'?", nearest)));
      return {before};
    }
    if (std::find(included_.begin(), included_.end(), name) != included_.end()) {
      Broken(written_path, "include-cycle",
             fmt::format("these include each other: {} -> {}", fmt::join(included_, " -> "), name));
      return {before};
    }
    if (included_.size() > kIncludeDepthMax) {
      Broken(written_path, "too-deep",
             fmt::format("includes within each other deeper than {} levels", kIncludeDepthMax));
      return {before};
    }
    const std::string_view file = reader_.FindPlace(written_path).file;
    included_.push_back(name);
    reader_.BeginFile(found->second.file);
    Ends ends = Place(*found->second.node, found->second.path, before, depth + 1);
    reader_.BeginFile(file);
    included_.pop_back();
    return ends;
  }

  void ResolveReplays() {
    for (const Replay& replay : replays_) {
      const auto& steps = out_.steps();
      const auto found = std::find_if(steps.begin(), steps.end(), [&](const records::Step& step) {
        return step.kind() == records::WORK_ORDER && step.name() == replay.from;
      });
      if (found == steps.end()) {
        reader_.Complain(replay.place, "unknown-step",
                         fmt::format("there is no work order '{}' in this process", replay.from));
        broken_ = true;
        continue;
      }
      StepAt(replay.step).set_replay_from(static_cast<std::uint32_t>(found - steps.begin()));
    }
  }

  SectionReader& reader_;
  std::string path_;
  const WrittenProcesses& processes_;
  records::TechnicalProductOrder& out_;
  MappingReader mappings_;
  std::vector<std::string> included_;  // what is being read, each within the one before it
  std::vector<Branch> within_;
  std::vector<Compensation> compensations_;
  std::vector<Replay> replays_;
  bool broken_ = false;
};

}  // namespace

void ReadProcess(SectionReader& reader, const std::string& path, const WrittenProcesses& processes,
                 records::TechnicalProductOrder& out) {
  const auto found = processes.find(out.name());
  if (found == processes.end()) return;
  ProcessReader(reader, path, processes, out).Read(found->second);
  if (reader.IsBroken(CatalogPath(path, "steps"))) reader.MarkBroken(path);
}

}  // namespace cairn
