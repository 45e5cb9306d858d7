// Reads a catalog from a folder of YAML files (the format is described in docs/catalog.md). A
// catalog is taken whole or not at all, and everything that is wrong with it is reported at once,
// each with its file and line.
//
// Functions without shared state; any thread.
#pragma once

#include "adapters/catalog_yaml/catalog_problem.h"
#include "engine/orders/catalog.h"
#include "engine/orders/script.h"

#include <tl/expected.hpp>

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

namespace cairn {

inline constexpr std::size_t kCatalogFilesMax = 1'000;
inline constexpr std::size_t kCatalogFilesBytesMax = 16U << 20U;  // all files together

struct LoadedCatalog {
  std::shared_ptr<const Catalog> catalog;  // checked; its hash is the catalog's version
  std::vector<std::string> files;          // that it was read from, sorted
};

struct CatalogFile {
  std::string name;  // as it shall stand in errors
  std::string text;
};

// Reads all *.yaml and *.yml files of `directory` and of the folders in it, sorted by their paths.
// Names that begin with '.' are left out, and links to folders are not followed. A folder without
// such a file is an error. `scripts` tells whether a script can be run; null: a catalog with
// scripts is refused.
tl::expected<LoadedCatalog, CatalogProblems> LoadCatalog(const std::filesystem::path& directory,
                                                         ScriptEngine* scripts = nullptr);

// The same from texts in memory.
tl::expected<LoadedCatalog, CatalogProblems> ReadCatalog(const std::vector<CatalogFile>& files,
                                                         ScriptEngine* scripts = nullptr);

}  // namespace cairn
