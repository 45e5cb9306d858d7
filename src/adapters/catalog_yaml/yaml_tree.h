// YAML text as a tree that remembers lines. Stricter than YAML: one document, keys are texts that
// differ, no tags, no merge keys, and limits on depth and on the number of nodes and of bytes with
// every alias counted in full, so that a small file cannot stand for a huge tree.
//
// Pure functions and immutable values; any thread.
#pragma once

#include "base/json.h"

#include <tl/expected.hpp>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace cairn {

inline constexpr std::size_t kYamlFileBytesMax = 4U << 20U;
inline constexpr std::size_t kYamlNodesMax = 200'000;        // in one file
inline constexpr std::size_t kYamlTextBytesMax = 8U << 20U;  // of the texts and keys in one file
inline constexpr int kYamlDepthMax = 100;

struct YamlNode;
// Shared: an alias is the same node once more.
using YamlNodePtr = std::shared_ptr<const YamlNode>;

struct YamlEntry {
  std::string key;
  int line = 0;  // of the key
  YamlNodePtr value;
};

struct YamlNode {
  enum class Kind : std::uint8_t { kNull, kScalar, kList, kMap };

  Kind kind = Kind::kNull;
  int line = 0;        // from 1
  bool plain = false;  // a scalar without quotes
  std::string text;    // a scalar's, as written
  std::vector<YamlNodePtr> items;
  std::vector<YamlEntry> entries;  // in the order of the file
  std::size_t weight = 1;          // nodes in it, itself included
  std::size_t text_bytes = 0;      // of all texts and keys in it
};

struct YamlProblem {
  int line = 0;  // from 1; 0: the text as a whole
  std::string rule;
  std::string message;
};

// The root, or everything that was found wrong. A text without a document gives a null node.
tl::expected<YamlNodePtr, std::vector<YamlProblem>> ParseYaml(const std::string& text);

// The JSON value that a node stands for. A plain scalar is a number (its text kept as written) if
// it is one by the JSON grammar, else true, false, null, or text; a quoted one is text.
Json YamlToJson(const YamlNode& node);

}  // namespace cairn
