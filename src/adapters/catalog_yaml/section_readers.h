// One function for each kind of thing that a catalog defines: it reads the YAML of one definition
// into its record. What is wrong with the YAML goes to the SectionReader; what is wrong with the
// meaning is found later, by CheckCatalog.
//
// One load, one thread.
#pragma once

#include "adapters/catalog_yaml/node_reader.h"
#include "adapters/catalog_yaml/process_reader.h"
#include "adapters/catalog_yaml/yaml_tree.h"
#include "model/catalog.pb.h"

#include <string>

namespace cairn {

// `path` is that of the definition: "/products/line".
void ReadProduct(SectionReader& reader, const YamlNode& node, const std::string& path,
                 records::Product& out);
void ReadRule(SectionReader& reader, const YamlNode& node, const std::string& path,
              records::Rule& out);
void ReadTechnicalProductOrder(SectionReader& reader, const YamlNode& node, const std::string& path,
                               records::TechnicalProductOrder& out, WrittenProcesses& processes);
void ReadCartridge(SectionReader& reader, const YamlNode& node, const std::string& path,
                   records::Cartridge& out);

// Texts, one after the other: the value of `key`, where there is one.
void ReadNames(MapReader& map, SectionReader& reader, std::string_view key,
               google::protobuf::RepeatedPtrField<std::string>& out);

// A script and its place in the catalog: the value of `key`.
void ReadScript(MapReader& map, SectionReader& reader, std::string_view key, records::Script& out);

}  // namespace cairn
