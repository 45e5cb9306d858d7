// The process of a technical product order. It is written as sequences, parallels and choices
// inside each other, and may include other processes; it is kept as a flat list of steps, each with
// the steps that must have been passed before it.
//
// One load, one thread.
#pragma once

#include "adapters/catalog_yaml/node_reader.h"
#include "adapters/catalog_yaml/yaml_tree.h"
#include "model/catalog.pb.h"

#include <map>
#include <string>
#include <string_view>

namespace cairn {

// A process as it is written, and where. The views live as long as the files' texts and trees.
struct WrittenProcess {
  const YamlNode* node = nullptr;
  std::string_view file;
  std::string path;  // "/technicalProductOrders/port/process"
};

// By the names of technical product orders.
using WrittenProcesses = std::map<std::string, WrittenProcess, std::less<>>;

// Reads the process of `out.name()`, if it has one. Once all files were read, since a process may
// include one of a later file. `path` is that of the technical product order.
void ReadProcess(SectionReader& reader, const std::string& path, const WrittenProcesses& processes,
                 records::TechnicalProductOrder& out);

}  // namespace cairn
