// What a technical product order begins with: fields that are filled when an order is planned, so
// from parameters, values and expressions, and never from the answer of a step.
#include "adapters/catalog_yaml/reference.h"
#include "adapters/catalog_yaml/section_readers.h"
#include "model/limits.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>
#include <variant>

namespace cairn {
namespace {

// The text of a value, unescaped. A reference inside of it would be sent as the text that it is,
// which nobody wants, so it is an error.
void Unescape(SectionReader& reader, Json& value, const std::string& path) {
  if (value.is_string() && value.text().starts_with("$$")) {
    value = Json::String(value.text().substr(1));
  } else if (value.is_string() && value.text().starts_with('$')) {
    reader.Complain(
        reader.FindPlace(path), "nested-reference",
        fmt::format("'{}' is not replaced here: a reference must be the whole value of "
                    "a field; for the text itself write '${}'",
                    value.text().substr(0, kNameBytesMax), value.text().substr(0, kNameBytesMax)));
  } else if (value.is_array()) {
    for (Json& item : value.items()) Unescape(reader, item, path);
  } else if (value.is_object()) {
    for (Json::Member& member : value.members()) Unescape(reader, member.value, path);
  }
}

std::string ReadLiteral(SectionReader& reader, const YamlNode& node, const std::string& path) {
  Json value = YamlToJson(node);
  Unescape(reader, value, path);
  return value.Serialize();
}

void BadReference(SectionReader& reader, const std::string& path, std::string message) {
  reader.Complain(reader.FindPlace(path), "bad-reference", std::move(message));
  reader.MarkBroken(path);
}

void ReadSource(SectionReader& reader, const YamlNode& node, const std::string& path,
                records::Mapping& out) {
  if (node.kind != YamlNode::Kind::kScalar || !node.text.starts_with('$')) {
    out.set_literal_json(ReadLiteral(reader, node, path));
    return;
  }
  auto reference = ParseReference(node.text);
  if (!reference) {
    BadReference(reader, path, reference.error().message);
  } else if (auto* text = std::get_if<std::string>(&*reference)) {
    out.set_literal_json(JsonString(*text));
  } else if (auto* parameter = std::get_if<ParameterReference>(&*reference)) {
    out.set_parameter(std::move(parameter->name));
  } else if (auto* output = std::get_if<OutputReference>(&*reference)) {
    out.mutable_output()->set_field(std::move(output->field));  // the check refuses it
  }
}

void ReadFrom(MapReader& map, SectionReader& reader, records::Mapping& out) {
  std::string text;
  const YamlNode& from = *map.Take("from")->value;
  if (!reader.ReadText(from, map.PathOf("from"), text)) {
    reader.MarkBroken(map.path());
  } else if (!text.starts_with('$') || text.starts_with("$$")) {
    BadReference(reader, map.path(),
                 fmt::format("'from' must be a reference such as $name, not '{}'",
                             text.substr(0, kNameBytesMax)));
  } else {
    ReadSource(reader, from, map.path(), out);
  }
}

void ReadField(SectionReader& reader, const YamlNode& node, const std::string& path,
               records::Mapping& out) {
  std::string_view kind;
  for (const YamlEntry& entry : node.entries) {
    for (const std::string_view key : {"literal", "from", "expression"}) {
      if (entry.key == key && kind != "literal") kind = key;
    }
  }
  if (kind.empty()) return ReadSource(reader, node, path, out);
  MapReader map(reader, node, path, "the source of a field");
  if (kind == "literal") {
    out.set_literal_json(YamlToJson(*map.Take("literal")->value).Serialize());
    map.Finish();
    return;
  }
  if (kind == "from") ReadFrom(map, reader, out);
  if (kind == "expression") ReadScript(map, reader, "expression", *out.mutable_expression());
  if (const YamlEntry* fallback = map.Take("default")) {
    out.set_default_json(ReadLiteral(reader, *fallback->value, map.PathOf("default")));
  }
  map.Finish();
}

}  // namespace

void ReadDataset(MapReader& map, SectionReader& reader, records::TechnicalProductOrder& out) {
  map.TakeMap("dataset", [&](const YamlEntry& entry, const std::string& path) {
    records::Mapping& mapping = *out.add_dataset();
    mapping.set_target(entry.key);
    ReadField(reader, *entry.value, path, mapping);
  });
  // The order of a YAML map means nothing, so it must not change the catalog's version.
  std::sort(out.mutable_dataset()->begin(), out.mutable_dataset()->end(),
            [](const auto& a, const auto& b) { return a.target() < b.target(); });
}

}  // namespace cairn
