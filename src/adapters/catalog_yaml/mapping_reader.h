// Where a field gets its value from, as it is written: a reference, a literal, an expression, each
// with what to take where that leads to nothing.
//
// One process or dataset, one thread.
#pragma once

#include "adapters/catalog_yaml/node_reader.h"
#include "adapters/catalog_yaml/yaml_tree.h"
#include "base/json.h"
#include "model/catalog.pb.h"

#include <string>
#include <vector>

namespace cairn {

class MappingReader {
 public:
  explicit MappingReader(SectionReader& reader) : reader_(reader) {}

  // `out` must stay where it is until ResolveOutputs. `place` is what errors of a script name.
  void Read(const YamlNode& node, const std::string& path, const std::string& place,
            records::Mapping& out);

  // The field of a step's own answer: "$imsi" alone leads there.
  void ReadResult(const YamlNode& node, const std::string& path, std::uint32_t step,
                  records::Mapping& out);

  // Once all steps are known: what was named as a step becomes its index.
  void ResolveOutputs(const records::TechnicalProductOrder& process);

 private:
  struct PendingOutput {
    records::Mapping* mapping = nullptr;
    std::string path;
    std::string step;
    SectionReader::Place place;
  };

  void ReadSource(const YamlNode& node, const std::string& path, records::Mapping& out);
  void ReadFrom(const YamlNode& node, const std::string& path, records::Mapping& out);
  void BadReference(const std::string& path, std::string message);
  Json ReadLiteral(const YamlNode& node, const std::string& path);
  void Unescape(Json& value, const std::string& path);

  SectionReader& reader_;
  std::vector<PendingOutput> pending_;
};

}  // namespace cairn
