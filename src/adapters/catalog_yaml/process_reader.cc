// Technical product orders. The process is written as sequences and parallels inside each other; it
// is kept as a flat list of steps, each with the steps that must have completed before it.
#include "adapters/catalog_yaml/reference.h"
#include "adapters/catalog_yaml/section_readers.h"
#include "engine/orders/catalog_check.h"
#include "model/limits.h"

#include <fmt/format.h>

#include <map>
#include <utility>

namespace cairn {
namespace {

constexpr int kProcessDepthMax = 20;  // sequences and parallels inside each other

using StepIndexes = std::vector<std::uint32_t>;

class ProcessReader {
 public:
  ProcessReader(SectionReader& reader, const std::string& path, records::TechnicalProductOrder& out)
      : reader_(reader), path_(CatalogPath(path, "steps")), out_(out) {}

  void Read(const YamlNode& process, const std::string& written_path) {
    Place(process, written_path, {}, 0);
    ResolveOutputs();
    if (broken_) {
      reader_.MarkBroken(path_);
    }
  }

 private:
  // An output that was named before all steps were known.
  struct PendingOutput {
    int step = 0;
    int mapping = 0;
    std::string name;
  };

  bool IsFull() const { return static_cast<std::size_t>(out_.steps_size()) > kStepsPerProcessMax; }

  void Broken(const std::string& written_path, std::string_view rule, std::string message) {
    reader_.Complain(reader_.FindPlace(written_path), rule, std::move(message));
    broken_ = true;
  }

  // Adds the steps of one node, which come after `before`; gives the steps that end it.
  // `written_path` is the node's place in the YAML, which the flat list does not have.
  StepIndexes Place(const YamlNode& node, const std::string& written_path,
                    const StepIndexes& before, int depth) {
    if (depth > kProcessDepthMax) {
      Broken(written_path, "too-deep",
             fmt::format("sequences and parallels nested deeper than {} levels", kProcessDepthMax));
      return before;
    }
    const YamlEntry* list = nullptr;
    for (const YamlEntry& entry : node.entries) {
      if (entry.key == "sequence" || entry.key == "parallel") {
        list = &entry;
      }
      if (entry.key == "workOrder") {
        return PlaceWorkOrder(node, before);
      }
    }
    if (list == nullptr) {
      Broken(
          written_path, "unknown-process-node",
          "a part of a process must be a map with one of 'workOrder', 'sequence' and 'parallel'");
      return before;
    }
    MapReader map(reader_, node, written_path, "a part of a process");
    const bool parallel = list->key == "parallel";
    StepIndexes ends = before;
    StepIndexes joined;
    bool is_empty = true;
    map.TakeList(list->key, [&](const YamlNode& item, const std::string& item_path) {
      if (IsFull()) {
        return;  // CheckCatalog says so; a parallel after a parallel grows as its square
      }
      is_empty = false;
      StepIndexes last = Place(item, item_path, parallel ? before : ends, depth + 1);
      if (parallel) {
        joined.insert(joined.end(), last.begin(), last.end());
      } else {
        ends = std::move(last);
      }
    });
    map.Finish();
    if (list->value->kind != YamlNode::Kind::kList) {
      broken_ = true;
    } else if (is_empty && !IsFull()) {
      Broken(map.PathOf(list->key), "empty-list",
             fmt::format("'{}' needs a list with something in it", list->key));
    }
    return parallel ? joined : ends;
  }

  StepIndexes PlaceWorkOrder(const YamlNode& node, const StepIndexes& before) {
    const int index = out_.steps_size();
    const std::string path = CatalogPath(path_, index);
    reader_.Locate(path, node.line);
    records::Step& step = *out_.add_steps();
    for (const std::uint32_t earlier : before) {
      step.add_after(earlier);
    }
    MapReader map(reader_, node, path, "a work order");
    map.TakeText("workOrder", *step.mutable_name());
    map.Require("cartridge");
    map.TakeText("cartridge", *step.mutable_cartridge());
    step.set_operation(step.name());
    map.TakeText("operation", *step.mutable_operation());
    map.TakeMap("input", [&](const YamlEntry& entry, const std::string& entry_path) {
      const int mapping = step.input_size();
      step.add_input()->set_target(entry.key);
      ReadMapping(index, mapping, *entry.value, entry_path);
    });
    map.Finish();
    return {static_cast<std::uint32_t>(index)};
  }

  void ReadMapping(int step, int index, const YamlNode& node, const std::string& path) {
    const YamlEntry* from = nullptr;
    const YamlEntry* literal = nullptr;
    for (const YamlEntry& entry : node.entries) {
      if (entry.key == "from") {
        from = &entry;
      }
      if (entry.key == "literal") {
        literal = &entry;
      }
    }
    if (from == nullptr && literal == nullptr) {
      ReadSource(step, index, node, path);
      return;
    }
    MapReader map(reader_, node, path, "the source of a field");
    records::Mapping& mapping = *out_.mutable_steps(step)->mutable_input(index);
    if (literal != nullptr) {
      map.Take("literal");
      mapping.set_literal_json(YamlToJson(*literal->value).Serialize());
      map.Finish();
      return;
    }
    map.Take("from");
    std::string text;
    if (reader_.ReadText(*from->value, map.PathOf("from"), text)) {
      if (!text.starts_with('$') || text.starts_with("$$")) {
        BadReference(path, fmt::format("'from' must be a reference such as $name, not '{}'",
                                       text.substr(0, kNameBytesMax)));
      } else {
        ReadSource(step, index, *from->value, path);
      }
    } else {
      reader_.MarkBroken(path);
    }
    if (const YamlEntry* fallback = map.Take("default")) {
      mapping.set_default_json(ReadLiteral(*fallback->value, map.PathOf("default")).Serialize());
    }
    map.Finish();
  }

  void BadReference(const std::string& path, std::string message) {
    reader_.Complain(reader_.FindPlace(path), "bad-reference", std::move(message));
    reader_.MarkBroken(path);
  }

  void ReadSource(int step, int index, const YamlNode& node, const std::string& path) {
    records::Mapping& mapping = *out_.mutable_steps(step)->mutable_input(index);
    if (node.kind != YamlNode::Kind::kScalar || !node.text.starts_with('$')) {
      mapping.set_literal_json(ReadLiteral(node, path).Serialize());
      return;
    }
    auto reference = ParseReference(node.text);
    if (!reference) {
      BadReference(path, reference.error().message);
    } else if (auto* text = std::get_if<std::string>(&*reference)) {
      mapping.set_literal_json(JsonString(*text));
    } else if (auto* parameter = std::get_if<ParameterReference>(&*reference)) {
      mapping.set_parameter(std::move(parameter->name));
    } else if (auto* output = std::get_if<OutputReference>(&*reference)) {
      mapping.mutable_output()->set_field(std::move(output->field));
      pending_.push_back({step, index, std::move(output->step)});
    }
  }

  // A value as it is, "$$" unescaped. A reference inside of it would be sent as the text that it
  // is, which nobody wants, so it is an error.
  Json ReadLiteral(const YamlNode& node, const std::string& path) {
    Json value = YamlToJson(node);
    Unescape(value, path);
    return value;
  }

  void Unescape(Json& value, const std::string& path) {
    if (value.is_string() && value.text().starts_with("$$")) {
      value = Json::String(value.text().substr(1));
    } else if (value.is_string() && value.text().starts_with('$')) {
      reader_.Complain(reader_.FindPlace(path), "nested-reference",
                       fmt::format("'{}' is not replaced here: a reference must be the whole value "
                                   "of a field; for the text itself write '${}'",
                                   value.text().substr(0, kNameBytesMax),
                                   value.text().substr(0, kNameBytesMax)));
    } else if (value.is_array()) {
      for (Json& item : value.items()) {
        Unescape(item, path);
      }
    } else if (value.is_object()) {
      for (Json::Member& member : value.members()) {
        Unescape(member.value, path);
      }
    }
  }

  void ResolveOutputs() {
    std::map<std::string_view, int> indexes;
    std::vector<std::string_view> names;
    for (int i = 0; i < out_.steps_size(); ++i) {
      indexes.emplace(out_.steps(i).name(), i);
      names.push_back(out_.steps(i).name());
    }
    for (const PendingOutput& pending : pending_) {
      records::Mapping& mapping = *out_.mutable_steps(pending.step)->mutable_input(pending.mapping);
      const auto found = indexes.find(pending.name);
      if (found != indexes.end()) {
        mapping.mutable_output()->set_step(static_cast<std::uint32_t>(found->second));
        continue;
      }
      const std::string path =
          CatalogPath(CatalogPath(CatalogPath(path_, pending.step), "input"), mapping.target());
      const std::string_view nearest = NearestName(pending.name, names);
      reader_.Complain(
          reader_.FindPlace(path), "unknown-step",
          fmt::format("there is no work order '{}' in this process{}{}", pending.name,
                      nearest.empty() ? "; a parameter with a dot in its name is written ${name}"
                                      : "; did you mean ",
                      nearest.empty() ? "" : fmt::format("'{}'?", nearest)));
      reader_.MarkBroken(path);
    }
  }

  SectionReader& reader_;
  std::string path_;
  records::TechnicalProductOrder& out_;
  std::vector<PendingOutput> pending_;
  bool broken_ = false;
};

}  // namespace

void ReadTechnicalProductOrder(SectionReader& reader, const YamlNode& node, const std::string& path,
                               records::TechnicalProductOrder& out) {
  MapReader map(reader, node, path, "a technical product order");
  map.TakeText("description", *out.mutable_description());
  map.TakeList("after", [&](const YamlNode& item, const std::string& item_path) {
    reader.ReadText(item, item_path, *out.add_after());
  });
  ReadDataset(map, reader, out);
  if (const YamlEntry* process = map.Take("process")) {
    ProcessReader(reader, path, out).Read(*process->value, map.PathOf("process"));
    if (reader.IsBroken(CatalogPath(path, "steps"))) {
      reader.MarkBroken(path);
    }
  } else if (map.is_map()) {
    map.Require("process");
    reader.MarkBroken(path);
  }
  map.Finish();
}

}  // namespace cairn
