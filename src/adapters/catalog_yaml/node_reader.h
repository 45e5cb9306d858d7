// What all sections of a catalog's YAML are read with. SectionReader collects problems and
// remembers in which line each part of the catalog stands; MapReader takes one map apart key by
// key, and knows which keys were asked for, so that every other one is an error.
//
// One load, one thread.
#pragma once

#include "adapters/catalog_yaml/catalog_problem.h"
#include "adapters/catalog_yaml/yaml_tree.h"
#include "base/time.h"

#include <cstdint>
#include <functional>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace cairn {

class SectionReader {
 public:
  struct Place {
    std::string_view file;
    int line = 0;
  };

  // The file that lines are of, from here on. `file` must outlive this object.
  void BeginFile(std::string_view file) { file_ = file; }

  // Remembers that the part of the catalog at `path` (see CatalogError) stands in that line.
  void Locate(const std::string& path, int line) { places_.try_emplace(path, Place{file_, line}); }
  // The place of the part, or of the nearest one around it that is known.
  Place FindPlace(std::string_view path) const;
  bool Knows(const std::string& path) const { return places_.contains(path); }

  void Complain(int line, std::string_view rule, std::string message);
  void Complain(Place place, std::string_view rule, std::string message);
  // The part at `path` was reported and could not be read: what is found there later, for example
  // that it is empty, is not worth a word.
  void MarkBroken(const std::string& path) { broken_.insert(path); }
  // True when the part or one around it was marked.
  bool IsBroken(std::string_view path) const;

  CatalogProblems& problems() { return problems_; }

  // A scalar's text as written. False, and reported, when the node is something else.
  bool ReadText(const YamlNode& node, const std::string& path, std::string& out);
  // One of `words`; its index goes to `out`.
  bool ReadWord(const YamlNode& node, const std::string& path,
                const std::vector<std::string_view>& words, std::size_t& out);
  void WrongType(const YamlNode& node, const std::string& path, std::string_view wanted);

 private:
  std::string_view file_;
  std::map<std::string, Place, std::less<>> places_;
  std::set<std::string, std::less<>> broken_;
  CatalogProblems problems_;
};

class MapReader {
 public:
  // `path` is that of the map in the catalog; `what` names it in errors: "a product". When the node
  // is no map, that is reported, and the reader acts as an empty map.
  MapReader(SectionReader& reader, const YamlNode& node, std::string path, std::string_view what);
  MapReader(const MapReader&) = delete;
  MapReader& operator=(const MapReader&) = delete;

  // Each takes the value of one key. Absent leaves `out` as it is. What has the wrong type is
  // reported.
  const YamlEntry* Take(std::string_view key);
  void TakeText(std::string_view key, std::string& out);
  void TakeBool(std::string_view key, bool& out);
  void TakeUnsigned(std::string_view key, std::uint32_t& out);
  void TakeDuration(std::string_view key, Nanos& out);
  // One of `words`, by index.
  void TakeWord(std::string_view key, const std::vector<std::string_view>& words, std::size_t& out);
  // Calls `read` for each item, with its path.
  void TakeList(std::string_view key,
                const std::function<void(const YamlNode& item, const std::string& path)>& read);
  // Calls `read` for each entry of a map, with its path.
  void TakeMap(std::string_view key,
               const std::function<void(const YamlEntry& entry, const std::string& path)>& read);

  // Reports that `key` is there and zero, of whatever unit. Zero stands for "not given" in a
  // catalog's records, so taken as it is it would mean the default.
  void RefuseZero(std::string_view key);
  // Reports that `key` is there and an empty list.
  void RefuseEmptyList(std::string_view key);
  // Reports that `key` is missing, if it is.
  void Require(std::string_view key);
  // Reports every key that was not asked for.
  void Finish();

  const std::string& path() const { return path_; }
  std::string PathOf(std::string_view key) const;
  bool is_map() const { return is_map_; }

 private:
  const YamlEntry* Find(std::string_view key) const;  // null: absent

  SectionReader& reader_;
  const YamlNode& node_;
  std::string path_;
  std::string_view what_;
  bool is_map_ = false;
  std::vector<std::string_view> asked_;
};

}  // namespace cairn
