#include "adapters/catalog_yaml/catalog_yaml.h"

#include "adapters/catalog_yaml/section_readers.h"
#include "engine/orders/catalog_check.h"

#include <fmt/format.h>

#include <algorithm>
#include <fstream>
#include <map>
#include <sstream>
#include <system_error>
#include <tuple>
#include <utility>

namespace cairn {
namespace {

// Brings the sections of all files together, then hands the whole to CheckCatalog.
class CatalogReader {
 public:
  explicit CatalogReader(ScriptEngine* scripts) : scripts_(scripts) {}

  void Read(const CatalogFile& file) {
    reader_.BeginFile(file.name);
    auto root = ParseYaml(file.text);
    if (!root) {
      is_whole_ = false;
      for (YamlProblem& problem : root.error()) {
        reader_.Complain(problem.line, problem.rule, std::move(problem.message));
      }
      return;
    }
    if ((*root)->kind == YamlNode::Kind::kNull) {
      return;  // a file of comments
    }
    if ((*root)->kind != YamlNode::Kind::kMap) {
      is_whole_ = false;
      reader_.Complain((*root)->line, "wrong-type", "a catalog file must be a map of sections");
      return;
    }
    trees_.push_back(*root);  // the map reader's keys are views into it
    MapReader map(reader_, **root, "", "a catalog file");
    ReadSection(map, "products", "product", products_, ReadProduct);
    ReadSection(map, "technicalProductOrders", "technical product order", technical_product_orders_,
                [this](auto& reader, const auto& node, const auto& path, auto& out) {
                  ReadTechnicalProductOrder(reader, node, path, out, processes_);
                });
    ReadSection(map, "cartridges", "cartridge", cartridges_, ReadCartridge);
    ReadSection(map, "rules", "rule", rules_, ReadRule);
    map.Finish();
  }

  tl::expected<std::shared_ptr<const Catalog>, CatalogProblems> Finish() {
    for (auto& [name, order] : technical_product_orders_) {
      ReadProcess(reader_, CatalogPath("/technicalProductOrders", name), processes_, order);
    }
    records::Catalog catalog;
    for (auto& [name, product] : products_) {
      *catalog.add_products() = std::move(product);
    }
    for (auto& [name, order] : technical_product_orders_) {
      *catalog.add_technical_product_orders() = std::move(order);
    }
    for (auto& [name, cartridge] : cartridges_) {
      *catalog.add_cartridges() = std::move(cartridge);
    }
    for (auto& [name, rule] : rules_) *catalog.add_rules() = std::move(rule);
    // Without one of its files a catalog would seem to lack everything that stands there.
    if (is_whole_) {
      Check(catalog);
    }
    if (!reader_.problems().empty()) {
      CatalogProblems& problems = reader_.problems();
      std::stable_sort(problems.begin(), problems.end(), InReadingOrder);
      // A process is read once more for each that includes it.
      problems.erase(std::unique(problems.begin(), problems.end()), problems.end());
      return tl::make_unexpected(std::move(reader_.problems()));
    }
    return Catalog::Make(std::move(catalog));
  }

 private:
  template <typename Record, typename ReadOne>
  void ReadSection(MapReader& map, std::string_view section, std::string_view what,
                   std::map<std::string, Record>& into, ReadOne read_one) {
    const YamlEntry* entry = map.Take(section);
    if (entry == nullptr || entry->value->kind == YamlNode::Kind::kNull) {
      return;
    }
    const std::string base = map.PathOf(section);
    if (entry->value->kind != YamlNode::Kind::kMap) {
      reader_.Complain(entry->line, "wrong-type",
                       fmt::format("'{}' must be a map from names to definitions", section));
      is_whole_ = false;
      return;
    }
    for (const YamlEntry& definition : entry->value->entries) {
      const std::string path = CatalogPath(base, definition.key);
      if (reader_.Knows(path)) {
        const SectionReader::Place first = reader_.FindPlace(path);
        reader_.Complain(definition.line, "duplicate-name",
                         fmt::format("the {} '{}' is already defined at {}:{}", what,
                                     definition.key, first.file, first.line));
        continue;
      }
      reader_.Locate(path, definition.line);
      Record& record = into[definition.key];
      record.set_name(definition.key);
      read_one(reader_, *definition.value, path, record);
    }
  }

  void Check(const records::Catalog& catalog) {
    for (CatalogError& error : CheckCatalog(catalog, scripts_)) {
      if (reader_.IsBroken(error.path)) {
        continue;
      }
      SectionReader::Place place = reader_.FindPlace(error.path);
      if (place.file.empty()) {
        place.file = "catalog";  // no one file is to blame
      }
      reader_.Complain(place, error.rule, std::move(error.detail));
    }
  }

  static bool InReadingOrder(const CatalogProblem& a, const CatalogProblem& b) {
    if (a.rule == "too-many-errors" || b.rule == "too-many-errors") {
      return a.rule != "too-many-errors" && b.rule == "too-many-errors";
    }
    return std::tie(a.file, a.line) < std::tie(b.file, b.line);
  }

  ScriptEngine* scripts_;
  SectionReader reader_;
  std::vector<YamlNodePtr> trees_;
  std::map<std::string, records::Product> products_;
  std::map<std::string, records::TechnicalProductOrder> technical_product_orders_;
  std::map<std::string, records::Cartridge> cartridges_;
  std::map<std::string, records::Rule> rules_;
  WrittenProcesses processes_;
  bool is_whole_ = true;
};

CatalogProblems OneProblem(std::string file, std::string rule, std::string message) {
  return {CatalogProblem{std::move(file), 0, std::move(rule), std::move(message)}};
}

bool IsYamlName(const std::filesystem::path& path) {
  return path.extension() == ".yaml" || path.extension() == ".yml";
}

// The paths of the catalog's files below `directory`, unsorted.
tl::expected<std::vector<std::filesystem::path>, CatalogProblems> FindFiles(
    const std::filesystem::path& directory) {
  namespace fs = std::filesystem;
  std::vector<fs::path> paths;
  std::error_code error;
  fs::recursive_directory_iterator it(directory, error);
  const fs::recursive_directory_iterator end;
  for (; !error && it != end; it.increment(error)) {
    if (it->path().filename().native().starts_with('.')) {
      it.disable_recursion_pending();
      continue;
    }
    std::error_code status_error;
    if (!IsYamlName(it->path()) || it->is_directory(status_error)) {
      continue;
    }
    paths.push_back(it->path());
    if (paths.size() > kCatalogFilesMax) {
      return tl::make_unexpected(
          OneProblem(directory.string(), "too-many-files",
                     fmt::format("more than {} catalog files in the folder", kCatalogFilesMax)));
    }
  }
  if (error) {
    return tl::make_unexpected(
        OneProblem(directory.string(), "unreadable",
                   fmt::format("cannot read the folder: {}", error.message())));
  }
  if (paths.empty()) {
    return tl::make_unexpected(
        OneProblem(directory.string(), "no-files", "the folder holds no *.yaml and no *.yml file"));
  }
  return paths;
}

}  // namespace

tl::expected<LoadedCatalog, CatalogProblems> LoadCatalog(const std::filesystem::path& directory,
                                                         ScriptEngine* scripts) {
  auto paths = FindFiles(directory);
  if (!paths) {
    return tl::make_unexpected(std::move(paths.error()));
  }
  std::sort(paths->begin(), paths->end());
  std::vector<CatalogFile> files;
  CatalogProblems problems;
  std::size_t bytes = 0;
  for (const std::filesystem::path& path : *paths) {
    std::error_code error;
    // Before it is opened: a pipe would wait for its writer.
    if (!std::filesystem::is_regular_file(path, error)) {
      problems.push_back({path.string(), 0, "unreadable", "this is not a file that can be read"});
      continue;
    }
    const auto size = std::filesystem::file_size(path, error);
    bytes += error ? 0 : size;
    if (bytes > kCatalogFilesBytesMax) {
      return tl::make_unexpected(
          OneProblem(path.string(), "too-large",
                     fmt::format("the files of the catalog have more than {} bytes together",
                                 kCatalogFilesBytesMax)));
    }
    std::ifstream in(path, std::ios::binary);
    std::ostringstream text;
    if (size > 0) {
      text << in.rdbuf();
    }
    if (error || !in) {
      problems.push_back({path.string(), 0, "unreadable", "cannot read the file"});
      continue;
    }
    files.push_back({path.string(), text.str()});
  }
  if (!problems.empty()) {
    return tl::make_unexpected(std::move(problems));
  }
  return ReadCatalog(files, scripts);
}

tl::expected<LoadedCatalog, CatalogProblems> ReadCatalog(const std::vector<CatalogFile>& files,
                                                         ScriptEngine* scripts) {
  CatalogReader reader(scripts);
  LoadedCatalog loaded;
  for (const CatalogFile& file : files) {
    reader.Read(file);
    loaded.files.push_back(file.name);
  }
  auto catalog = reader.Finish();
  if (!catalog) {
    return tl::make_unexpected(std::move(catalog.error()));
  }
  loaded.catalog = std::move(*catalog);
  return loaded;
}

}  // namespace cairn
