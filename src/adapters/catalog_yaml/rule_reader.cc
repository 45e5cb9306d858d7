// Rules, and what products and technical product orders have in common with them: lists of names
// and scripts.
#include "adapters/catalog_yaml/section_readers.h"
#include "engine/orders/catalog_check.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <string_view>

namespace cairn {
namespace {

void ReadSequence(MapReader& map, SectionReader& reader, std::string_view key,
                  records::SequenceRule& out) {
  ReadNames(map, reader, key, *out.mutable_products());
  bool add_missing = false;
  map.TakeBool("addMissing", add_missing);
  out.set_add_missing(add_missing);
}

// Groups; one of a single product may be written as its name.
void ReadValidation(MapReader& map, SectionReader& reader, records::ValidationRule& out) {
  map.TakeList("validation", [&](const YamlNode& item, const std::string& path) {
    records::ProductGroup& group = *out.add_any_of();
    if (item.kind != YamlNode::Kind::kList) {
      reader.ReadText(item, path, *group.add_all_of());
      return;
    }
    int index = 0;
    for (const YamlNodePtr& name : item.items) {
      const std::string name_path = CatalogPath(path, index++);
      reader.Locate(name_path, name->line);
      reader.ReadText(*name, name_path, *group.add_all_of());
    }
  });
}

Nanos ReadMoment(MapReader& map, SectionReader& reader, std::string_view key) {
  std::string text;
  const YamlEntry* entry = map.Take(key);
  if (entry == nullptr || !reader.ReadText(*entry->value, map.PathOf(key), text)) return 0;
  const auto moment = ParseTime(text);
  if (moment) return *moment;
  reader.Complain(entry->line, "bad-time", moment.error().message);
  reader.MarkBroken(map.PathOf(key));
  reader.MarkBroken(map.path());
  return 0;
}

void ReadAvailability(MapReader& map, SectionReader& reader, const YamlNode& node,
                      records::AvailabilityRule& out) {
  MapReader window(reader, node, map.PathOf("availability"), "an availability");
  out.set_from(ReadMoment(window, reader, "from"));
  out.set_until(ReadMoment(window, reader, "until"));
  window.Finish();
  // Keys that are unknown, which is told, were most likely meant to be these two.
  const bool is_known = std::any_of(node.entries.begin(), node.entries.end(), [](const auto& e) {
    return e.key == "from" || e.key == "until";
  });
  if (!node.entries.empty() && !is_known) reader.MarkBroken(window.path());
}

constexpr std::array<std::string_view, 6> kKinds = {"prepend",   "append",       "validation",
                                                    "exclusion", "substitution", "availability"};

// The kind's key; empty and reported when there is not exactly one.
std::string_view KindOf(SectionReader& reader, const YamlNode& node, const std::string& path) {
  std::string_view kind;
  for (const YamlEntry& entry : node.entries) {
    for (const std::string_view key : kKinds) {
      if (entry.key != key) continue;
      if (!kind.empty()) {
        reader.Complain(
            entry.line, "two-rule-kinds",
            fmt::format("a rule is one of a kind; this one has '{}' and '{}'", kind, key));
        reader.MarkBroken(path);
        return {};
      }
      kind = key;
    }
  }
  return kind;
}

}  // namespace

void ReadNames(MapReader& map, SectionReader& reader, std::string_view key,
               google::protobuf::RepeatedPtrField<std::string>& out) {
  map.TakeList(key, [&](const YamlNode& item, const std::string& path) {
    reader.ReadText(item, path, *out.Add());
  });
}

void ReadScript(MapReader& map, SectionReader& reader, std::string_view key, records::Script& out) {
  const std::string path = map.PathOf(key);
  map.TakeText(key, *out.mutable_source());
  out.set_place(path.substr(1));
  if (!out.source().empty() || reader.IsBroken(path)) return;
  reader.Complain(reader.FindPlace(path), "empty-script", "the script is empty");
  reader.MarkBroken(path);
}

void ReadRule(SectionReader& reader, const YamlNode& node, const std::string& path,
              records::Rule& out) {
  MapReader map(reader, node, path, "a rule");
  map.TakeText("description", *out.mutable_description());
  const std::string_view kind = KindOf(reader, node, path);
  if (kind == "prepend") ReadSequence(map, reader, kind, *out.mutable_prepend());
  if (kind == "append") ReadSequence(map, reader, kind, *out.mutable_append());
  if (kind == "validation") ReadValidation(map, reader, *out.mutable_validation());
  if (kind == "exclusion") {
    ReadNames(map, reader, kind, *out.mutable_exclusion()->mutable_products());
    bool drop = false;
    map.TakeBool("drop", drop);
    out.mutable_exclusion()->set_drop(drop);
  }
  if (kind == "substitution") {
    map.TakeText(kind, *out.mutable_substitution()->mutable_product());
  }
  if (kind == "availability") {
    out.mutable_availability();
    ReadAvailability(map, reader, *map.Take(kind)->value, *out.mutable_availability());
  }
  if (reader.IsBroken(path)) return;
  if (kind.empty()) {
    for (const std::string_view key : kKinds) map.Take(key);  // what an unknown key may have meant
  }
  map.Finish();
  // An unknown key, which is told, was most likely meant to say the kind.
  const bool has_more = std::any_of(node.entries.begin(), node.entries.end(),
                                    [](const YamlEntry& e) { return e.key != "description"; });
  if (kind.empty() && has_more) reader.MarkBroken(path);
}

}  // namespace cairn
