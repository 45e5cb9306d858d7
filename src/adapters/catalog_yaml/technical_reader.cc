// Technical product orders, all but their processes (process_reader.h).
#include "adapters/catalog_yaml/mapping_reader.h"
#include "adapters/catalog_yaml/section_readers.h"
#include "engine/orders/catalog_check.h"

#include <algorithm>

namespace cairn {
namespace {

// What a technical product order begins with: fields that are filled when an order is planned. That
// none of them is the answer of a step is for the check to say.
void ReadDataset(MapReader& map, SectionReader& reader, records::TechnicalProductOrder& out) {
  MappingReader mappings(reader);
  map.TakeMap("dataset", [&](const YamlEntry& entry, const std::string& path) {
    records::Mapping& mapping = *out.add_dataset();
    mapping.set_target(entry.key);
    mappings.Read(*entry.value, path, CatalogPath(path, "expression").substr(1), mapping);
  });
  // The order of a YAML map means nothing, so it must not change the catalog's version.
  std::sort(out.mutable_dataset()->begin(), out.mutable_dataset()->end(),
            [](const auto& a, const auto& b) { return a.target() < b.target(); });
}

}  // namespace

void ReadTechnicalProductOrder(SectionReader& reader, const YamlNode& node, const std::string& path,
                               records::TechnicalProductOrder& out, WrittenProcesses& processes) {
  MapReader map(reader, node, path, "a technical product order");
  map.TakeText("description", *out.mutable_description());
  map.TakeList("after", [&](const YamlNode& item, const std::string& item_path) {
    reader.ReadText(item, item_path, *out.add_after());
  });
  ReadDataset(map, reader, out);
  if (const YamlEntry* process = map.Take("process")) {
    processes[out.name()] = {process->value.get(), reader.FindPlace(path).file,
                             map.PathOf("process")};
  } else if (map.is_map()) {
    map.Require("process");
    reader.MarkBroken(path);
  }
  map.Finish();
}

}  // namespace cairn
