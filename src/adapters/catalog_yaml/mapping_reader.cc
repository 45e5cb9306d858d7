#include "adapters/catalog_yaml/mapping_reader.h"

#include "adapters/catalog_yaml/reference.h"
#include "engine/orders/catalog_check.h"
#include "model/limits.h"

#include <fmt/format.h>

#include <map>
#include <utility>

namespace cairn {
namespace {

const YamlEntry* Find(const YamlNode& node, std::string_view key) {
  for (const YamlEntry& entry : node.entries) {
    if (entry.key == key) return &entry;
  }
  return nullptr;
}

}  // namespace

void MappingReader::Read(const YamlNode& node, const std::string& path, const std::string& place,
                         records::Mapping& out) {
  if (const YamlEntry* literal = Find(node, "literal")) {
    MapReader map(reader_, node, path, "the source of a field");
    map.Take("literal");
    out.set_literal_json(YamlToJson(*literal->value).Serialize());
    map.Finish();
    return;
  }
  const bool is_script = Find(node, "expression") != nullptr;
  if (!is_script && Find(node, "from") == nullptr) {
    ReadSource(node, path, out);
    return;
  }
  MapReader map(reader_, node, path, "the source of a field");
  if (is_script) {
    map.TakeText("expression", *out.mutable_expression()->mutable_source());
    out.mutable_expression()->set_place(place);
    if (reader_.IsBroken(map.PathOf("expression"))) reader_.MarkBroken(path);
  } else {
    ReadFrom(*map.Take("from")->value, path, out);
  }
  if (const YamlEntry* fallback = map.Take("default")) {
    out.set_default_json(ReadLiteral(*fallback->value, map.PathOf("default")).Serialize());
  }
  map.Finish();
}

void MappingReader::ReadFrom(const YamlNode& node, const std::string& path, records::Mapping& out) {
  std::string text;
  if (!reader_.ReadText(node, CatalogPath(path, "from"), text)) {
    reader_.MarkBroken(path);
  } else if (!text.starts_with('$') || text.starts_with("$$")) {
    BadReference(path, fmt::format("'from' must be a reference such as $name, not '{}'",
                                   text.substr(0, kNameBytesMax)));
  } else {
    ReadSource(node, path, out);
  }
}

void MappingReader::ReadResult(const YamlNode& node, const std::string& path, std::uint32_t step,
                               records::Mapping& out) {
  const std::size_t pending = pending_.size();
  Read(node, path, {}, out);
  if (out.has_parameter()) {
    std::string field = out.parameter();
    out.mutable_output()->set_field(std::move(field));
    out.mutable_output()->set_step(step);
  } else if (out.has_expression() || pending_.size() > pending) {
    pending_.resize(pending);
    BadReference(path, "a result is a field of the work order's own answer, such as $imsi");
  }
}

void MappingReader::BadReference(const std::string& path, std::string message) {
  reader_.Complain(reader_.FindPlace(path), "bad-reference", std::move(message));
  reader_.MarkBroken(path);
}

void MappingReader::ReadSource(const YamlNode& node, const std::string& path,
                               records::Mapping& out) {
  if (node.kind != YamlNode::Kind::kScalar || !node.text.starts_with('$')) {
    out.set_literal_json(ReadLiteral(node, path).Serialize());
    return;
  }
  auto reference = ParseReference(node.text);
  if (!reference) {
    BadReference(path, reference.error().message);
  } else if (auto* text = std::get_if<std::string>(&*reference)) {
    out.set_literal_json(JsonString(*text));
  } else if (auto* parameter = std::get_if<ParameterReference>(&*reference)) {
    out.set_parameter(std::move(parameter->name));
  } else if (auto* output = std::get_if<OutputReference>(&*reference)) {
    out.mutable_output()->set_field(std::move(output->field));
    pending_.push_back({&out, path, std::move(output->step), reader_.FindPlace(path)});
  }
}

// A value as it is, "$$" unescaped. A reference inside of it would be sent as the text that it is,
// which nobody wants, so it is an error.
Json MappingReader::ReadLiteral(const YamlNode& node, const std::string& path) {
  Json value = YamlToJson(node);
  Unescape(value, path);
  return value;
}

void MappingReader::Unescape(Json& value, const std::string& path) {
  if (value.is_string() && value.text().starts_with("$$")) {
    value = Json::String(value.text().substr(1));
  } else if (value.is_string() && value.text().starts_with('$')) {
    reader_.Complain(
        reader_.FindPlace(path), "nested-reference",
        fmt::format("'{}' is not replaced here: a reference must be the whole value "
                    "of a field; for the text itself write '${}'",
                    value.text().substr(0, kNameBytesMax), value.text().substr(0, kNameBytesMax)));
  } else if (value.is_array()) {
    for (Json& item : value.items()) Unescape(item, path);
  } else if (value.is_object()) {
    for (Json::Member& member : value.members()) Unescape(member.value, path);
  }
}

void MappingReader::ResolveOutputs(const records::TechnicalProductOrder& process) {
  std::map<std::string_view, int> indexes;
  std::vector<std::string_view> names;
  for (int i = 0; i < process.steps_size(); ++i) {
    if (process.steps(i).kind() != records::WORK_ORDER) continue;
    indexes.emplace(process.steps(i).name(), i);
    names.push_back(process.steps(i).name());
  }
  for (const PendingOutput& pending : pending_) {
    const auto found = indexes.find(pending.step);
    if (found != indexes.end()) {
      pending.mapping->mutable_output()->set_step(static_cast<std::uint32_t>(found->second));
      continue;
    }
    const std::string_view nearest = NearestName(pending.step, names);
    reader_.Complain(
        pending.place, "unknown-step",
        fmt::format("there is no work order '{}' in this process{}{}", pending.step,
                    nearest.empty() ? "; a parameter with a dot in its name is written ${name}"
                                    : "; did you mean ",
                    nearest.empty() ? "" : fmt::format("'{}'?", nearest)));
    reader_.MarkBroken(pending.path);
  }
}

}  // namespace cairn
