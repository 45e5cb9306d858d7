// Products: selectors, parameters, actions.
#include "adapters/catalog_yaml/section_readers.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>
#include <vector>

namespace cairn {
namespace {

void ReadSelector(SectionReader& reader, const YamlNode& node, const std::string& path,
                  records::Selector& out) {
  MapReader map(reader, node, path, "a selector");
  map.TakeText("serviceSpecification", *out.mutable_service_specification());
  map.TakeText("serviceType", *out.mutable_service_type());
  map.TakeText("serviceId", *out.mutable_service_id());
  map.TakeText("characteristic", *out.mutable_characteristic());
  map.Finish();
}

void ReadParameter(SectionReader& reader, const YamlNode& node, const std::string& path,
                   records::Parameter& out) {
  constexpr std::array kTypes = {records::PARAMETER_TYPE_UNSPECIFIED,
                                 records::STRING,
                                 records::INTEGER,
                                 records::NUMBER,
                                 records::BOOLEAN,
                                 records::OBJECT,
                                 records::ARRAY};
  if (node.kind == YamlNode::Kind::kNull) {
    return;  // "site:" alone: any value, not mandatory
  }
  MapReader map(reader, node, path, "a parameter");
  std::size_t type = 0;
  map.TakeWord("type", {"any", "string", "integer", "number", "boolean", "object", "array"}, type);
  out.set_type(kTypes[type]);
  bool mandatory = false;
  map.TakeBool("mandatory", mandatory);
  out.set_mandatory(mandatory);
  if (const YamlEntry* entry = map.Take("default")) {
    out.set_default_json(YamlToJson(*entry->value).Serialize());
  }
  map.TakeText("pattern", *out.mutable_pattern());
  map.TakeList("enum", [&](const YamlNode& item, const std::string&) {
    out.add_one_of(YamlToJson(item).Serialize());
  });
  map.TakeText("minimum", *out.mutable_minimum());
  map.TakeText("maximum", *out.mutable_maximum());
  bool secret = false;
  map.TakeBool("secret", secret);
  out.set_secret(secret);
  map.Finish();
}

// Names, or maps with a condition.
void ReadDecomposition(MapReader& map, SectionReader& reader, records::ProductAction& out) {
  std::vector<records::Script> conditions;
  bool is_conditional = false;
  map.TakeList("decomposition", [&](const YamlNode& item, const std::string& path) {
    std::string& name = *out.add_decomposition();
    records::Script& when = conditions.emplace_back();
    if (item.kind != YamlNode::Kind::kMap) {
      reader.ReadText(item, path, name);
      return;
    }
    MapReader entry(reader, item, path, "a part of a decomposition");
    entry.Require("technicalProductOrder");
    if (reader.IsBroken(entry.PathOf("technicalProductOrder"))) reader.MarkBroken(path);
    entry.TakeText("technicalProductOrder", name);
    if (entry.Take("when") != nullptr) {
      ReadScript(entry, reader, "when", when);
      is_conditional = true;
    }
    entry.Finish();
  });
  if (!is_conditional) return;
  for (records::Script& when : conditions) *out.add_decomposition_when() = std::move(when);
}

void ReadAction(SectionReader& reader, const YamlNode& node, const std::string& path,
                records::ProductAction& out) {
  MapReader map(reader, node, path, "an action");
  ReadDecomposition(map, reader, out);
  if (reader.IsBroken(map.PathOf("decomposition"))) {
    reader.MarkBroken(path);
  }
  bool in_sequence = false;
  map.TakeBool("inSequence", in_sequence);
  out.set_in_sequence(in_sequence);
  map.Finish();
}

void ReadActions(SectionReader& reader, const YamlNode& node, const std::string& path,
                 records::Product& out) {
  struct Word {
    std::string_view name;
    records::Verb verb;
  };
  constexpr std::array<Word, 4> kWords = {{{"add", records::ADD},
                                           {"modify", records::MODIFY},
                                           {"delete", records::DELETE},
                                           {"noChange", records::NO_CHANGE}}};
  MapReader map(reader, node, path, "the map of actions");
  for (const Word& word : kWords) {
    const YamlEntry* entry = map.Take(word.name);
    if (entry == nullptr) {
      continue;
    }
    records::ProductAction& action = *out.add_actions();
    action.set_verb(word.verb);
    ReadAction(reader, *entry->value, map.PathOf(word.name), action);
  }
  map.Finish();
}

// A name, or {rule, when}.
void ReadRuleUse(SectionReader& reader, const YamlNode& node, const std::string& path,
                 records::RuleUse& out) {
  if (node.kind == YamlNode::Kind::kScalar) {
    out.set_rule(node.text);
    return;
  }
  MapReader map(reader, node, path, "the use of a rule");
  map.Require("rule");
  if (reader.IsBroken(map.PathOf("rule"))) reader.MarkBroken(path);
  map.TakeText("rule", *out.mutable_rule());
  if (map.Take("when") != nullptr) ReadScript(map, reader, "when", *out.mutable_when());
  map.Finish();
}

void ReadService(SectionReader& reader, const YamlNode& node, const std::string& path,
                 records::InventoryRule& out) {
  MapReader map(reader, node, path, "the service of a product");
  map.Require("id");
  if (reader.IsBroken(map.PathOf("id"))) reader.MarkBroken(path);
  map.TakeText("id", *out.mutable_id_parameter());
  bool must_exist = false;
  map.TakeBool("mustExist", must_exist);
  out.set_must_exist(must_exist);
  bool delta = true;
  map.TakeBool("delta", delta);
  out.set_delta(delta);
  map.Finish();
}

}  // namespace

void ReadProduct(SectionReader& reader, const YamlNode& node, const std::string& path,
                 records::Product& out) {
  MapReader map(reader, node, path, "a product");
  map.TakeText("description", *out.mutable_description());
  map.TakeList("selectors", [&](const YamlNode& item, const std::string& item_path) {
    ReadSelector(reader, item, item_path, *out.add_selectors());
  });
  map.TakeMap("parameters", [&](const YamlEntry& entry, const std::string& entry_path) {
    records::Parameter& parameter = *out.add_parameters();
    parameter.set_name(entry.key);
    ReadParameter(reader, *entry.value, entry_path, parameter);
  });
  // The order of a YAML map means nothing, so it must not change the catalog's version.
  std::sort(out.mutable_parameters()->begin(), out.mutable_parameters()->end(),
            [](const auto& a, const auto& b) { return a.name() < b.name(); });
  ReadNames(map, reader, "after", *out.mutable_after());
  map.TakeList("rules", [&](const YamlNode& item, const std::string& item_path) {
    ReadRuleUse(reader, item, item_path, *out.add_rules());
  });
  if (const YamlEntry* entry = map.Take("service")) {
    ReadService(reader, *entry->value, map.PathOf("service"), *out.mutable_service());
  }
  map.Require("actions");
  if (const YamlEntry* entry = map.Take("actions")) {
    ReadActions(reader, *entry->value, map.PathOf("actions"), out);
  }
  map.Finish();
}

}  // namespace cairn
