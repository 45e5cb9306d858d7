#include "adapters/catalog_yaml/node_reader.h"

#include "engine/orders/catalog_check.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <utility>

namespace cairn {
namespace {

constexpr std::size_t kShownBytesMax = 64;

std::string_view KindName(const YamlNode& node) {
  switch (node.kind) {
    case YamlNode::Kind::kNull: return "nothing";
    case YamlNode::Kind::kScalar: return "a single value";
    case YamlNode::Kind::kList: return "a list";
    case YamlNode::Kind::kMap: return "a map";
  }
  return "";
}

std::string Suggestion(std::string_view name, const std::vector<std::string_view>& known) {
  const std::string_view nearest = NearestName(name, known);
  return nearest.empty() ? std::string() : fmt::format("; did you mean '{}'?", nearest);
}

// "a, b and c"
std::string Enumerate(const std::vector<std::string_view>& words) {
  std::string text;
  for (std::size_t i = 0; i < words.size(); ++i) {
    if (i > 0) {
      text += i + 1 == words.size() ? " and " : ", ";
    }
    text += words[i];
  }
  return text;
}

}  // namespace

SectionReader::Place SectionReader::FindPlace(std::string_view path) const {
  while (true) {
    const auto found = places_.find(path);
    if (found != places_.end()) {
      return found->second;
    }
    const std::size_t slash = path.rfind('/');
    if (slash == std::string_view::npos) {
      return {};
    }
    path = path.substr(0, slash);
  }
}

bool SectionReader::IsBroken(std::string_view path) const {
  while (true) {
    if (broken_.contains(path)) {
      return true;
    }
    const std::size_t slash = path.rfind('/');
    if (slash == std::string_view::npos) {
      return false;
    }
    path = path.substr(0, slash);
  }
}

void SectionReader::Complain(int line, std::string_view rule, std::string message) {
  Complain(Place{file_, line}, rule, std::move(message));
}

void SectionReader::Complain(Place place, std::string_view rule, std::string message) {
  if (problems_.size() > kCatalogErrorsMax) {
    return;
  }
  if (problems_.size() == kCatalogErrorsMax) {
    problems_.push_back(
        {std::string(place.file), 0, "too-many-errors",
         fmt::format("more than {} errors; the rest is not shown", kCatalogErrorsMax)});
    return;
  }
  problems_.push_back({std::string(place.file), place.line, std::string(rule), std::move(message)});
}

void SectionReader::WrongType(const YamlNode& node, const std::string& path,
                              std::string_view wanted) {
  const std::string_view key = std::string_view(path).substr(path.rfind('/') + 1);
  Complain(FindPlace(path), "wrong-type",
           fmt::format("'{}' must be {}, not {}", key, wanted, KindName(node)));
  MarkBroken(path);
}

bool SectionReader::ReadText(const YamlNode& node, const std::string& path, std::string& out) {
  if (node.kind != YamlNode::Kind::kScalar) {
    WrongType(node, path, "a text");
    return false;
  }
  out = node.text;
  return true;
}

bool SectionReader::ReadWord(const YamlNode& node, const std::string& path,
                             const std::vector<std::string_view>& words, std::size_t& out) {
  std::string text;
  if (!ReadText(node, path, text)) {
    return false;
  }
  const auto found = std::find(words.begin(), words.end(), text);
  if (found == words.end()) {
    Complain(FindPlace(path), "unknown-word",
             fmt::format("'{}' is none of {}{}", text.substr(0, kShownBytesMax), Enumerate(words),
                         Suggestion(text, words)));
    MarkBroken(path);
    return false;
  }
  out = static_cast<std::size_t>(found - words.begin());
  return true;
}

MapReader::MapReader(SectionReader& reader, const YamlNode& node, std::string path,
                     std::string_view what)
    : reader_(reader), node_(node), path_(std::move(path)), what_(what) {
  is_map_ = node.kind == YamlNode::Kind::kMap;
  if (!is_map_) {
    reader_.Complain(reader_.FindPlace(path_), "wrong-type",
                     fmt::format("{} must be a map, not {}", what_, KindName(node)));
    reader_.MarkBroken(path_);
  }
}

std::string MapReader::PathOf(std::string_view key) const { return CatalogPath(path_, key); }

const YamlEntry* MapReader::Find(std::string_view key) const {
  const auto found = std::find_if(node_.entries.begin(), node_.entries.end(),
                                  [key](const YamlEntry& entry) { return entry.key == key; });
  return found == node_.entries.end() ? nullptr : &*found;
}

const YamlEntry* MapReader::Take(std::string_view key) {
  asked_.push_back(key);
  const YamlEntry* entry = Find(key);
  if (entry != nullptr) {
    reader_.Locate(PathOf(key), entry->line);
  }
  return entry;
}

void MapReader::TakeText(std::string_view key, std::string& out) {
  if (const YamlEntry* entry = Take(key)) {
    reader_.ReadText(*entry->value, PathOf(key), out);
  }
}

void MapReader::TakeBool(std::string_view key, bool& out) {
  const YamlEntry* entry = Take(key);
  if (entry == nullptr) {
    return;
  }
  const YamlNode& value = *entry->value;
  if (value.kind == YamlNode::Kind::kScalar && value.plain &&
      (value.text == "true" || value.text == "false")) {
    out = value.text == "true";
    return;
  }
  if (value.kind != YamlNode::Kind::kScalar) {
    reader_.WrongType(value, PathOf(key), "true or false");
    return;
  }
  reader_.Complain(entry->line, "wrong-type",
                   fmt::format("'{}' must be true or false, not '{}'", key,
                               value.text.substr(0, kShownBytesMax)));
  reader_.MarkBroken(PathOf(key));
}

void MapReader::TakeUnsigned(std::string_view key, std::uint32_t& out) {
  const YamlEntry* entry = Take(key);
  std::string text;
  if (entry == nullptr || !reader_.ReadText(*entry->value, PathOf(key), text)) {
    return;
  }
  std::uint32_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size()) {
    reader_.Complain(
        entry->line, "wrong-type",
        fmt::format("'{}' must be a whole number, not '{}'", key, text.substr(0, kShownBytesMax)));
    reader_.MarkBroken(PathOf(key));
    return;
  }
  out = value;
}

void MapReader::TakeDuration(std::string_view key, Nanos& out) {
  const YamlEntry* entry = Take(key);
  std::string text;
  if (entry == nullptr || !reader_.ReadText(*entry->value, PathOf(key), text)) {
    return;
  }
  const auto value = ParseDuration(text);
  if (!value) {
    reader_.Complain(entry->line, "bad-duration", value.error().message);
    reader_.MarkBroken(PathOf(key));
    return;
  }
  out = *value;
}

void MapReader::TakeWord(std::string_view key, const std::vector<std::string_view>& words,
                         std::size_t& out) {
  if (const YamlEntry* entry = Take(key)) {
    reader_.ReadWord(*entry->value, PathOf(key), words, out);
  }
}

void MapReader::TakeList(
    std::string_view key,
    const std::function<void(const YamlNode& item, const std::string& path)>& read) {
  const YamlEntry* entry = Take(key);
  if (entry == nullptr) {
    return;
  }
  if (entry->value->kind != YamlNode::Kind::kList) {
    reader_.WrongType(*entry->value, PathOf(key), "a list");
    return;
  }
  int index = 0;
  for (const YamlNodePtr& item : entry->value->items) {
    const std::string path = CatalogPath(PathOf(key), index++);
    reader_.Locate(path, item->line);
    read(*item, path);
  }
}

void MapReader::TakeMap(
    std::string_view key,
    const std::function<void(const YamlEntry& entry, const std::string& path)>& read) {
  const YamlEntry* entry = Take(key);
  if (entry == nullptr) {
    return;
  }
  if (entry->value->kind != YamlNode::Kind::kMap) {
    reader_.WrongType(*entry->value, PathOf(key), "a map");
    return;
  }
  for (const YamlEntry& member : entry->value->entries) {
    const std::string path = CatalogPath(PathOf(key), member.key);
    reader_.Locate(path, member.line);
    read(member, path);
  }
}

void MapReader::RefuseZero(std::string_view key) {
  const YamlEntry* entry = Find(key);
  if (entry == nullptr || entry->value->kind != YamlNode::Kind::kScalar) {
    return;
  }
  const std::string& text = entry->value->text;
  const auto span = ParseDuration(text);
  const bool zero_count = !text.empty() && text.find_first_not_of('0') == std::string::npos;
  if (!zero_count && !(span && *span == 0)) {
    return;
  }
  reader_.Complain(entry->line, "out-of-range",
                   fmt::format("'{}' is {}; it must be more. Leave it out for the default", key,
                               text.substr(0, kShownBytesMax)));
}

void MapReader::RefuseEmptyList(std::string_view key) {
  const YamlEntry* entry = Find(key);
  if (entry == nullptr || entry->value->kind != YamlNode::Kind::kList ||
      !entry->value->items.empty()) {
    return;
  }
  reader_.Complain(entry->line, "empty-list",
                   fmt::format("'{}' has no entry. Leave it out for the default", key));
}

void MapReader::Require(std::string_view key) {
  if (!is_map_ || Find(key) != nullptr) {
    return;
  }
  reader_.Complain(reader_.FindPlace(path_), "missing-key",
                   fmt::format("{} needs '{}'", what_, key));
  reader_.MarkBroken(PathOf(key));
}

void MapReader::Finish() {
  for (const YamlEntry& entry : node_.entries) {
    if (std::find(asked_.begin(), asked_.end(), entry.key) != asked_.end()) {
      continue;
    }
    reader_.Complain(entry.line, "unknown-key",
                     fmt::format("{} has no key '{}'{}", what_, entry.key.substr(0, kShownBytesMax),
                                 Suggestion(entry.key, asked_)));
  }
}

}  // namespace cairn
