#include "adapters/catalog_yaml/yaml_tree.h"

#include <fmt/format.h>
#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/parser.h>

#include <algorithm>
#include <map>
#include <optional>
#include <set>
#include <sstream>
#include <utility>

namespace cairn {
namespace {

constexpr std::size_t kShownBytesMax = 64;
constexpr std::size_t kYamlProblemsMax = 100;
constexpr std::string_view kTextTag = "tag:yaml.org,2002:str";

// Ends the parse from inside one of the parser's callbacks.
struct Refusal {
  YamlProblem problem;
};

int LineOf(const YAML::Mark& mark) { return mark.is_null() ? 0 : mark.line + 1; }

// The parser takes these for null as well, where they stand without quotes.
constexpr std::string_view kForeignNulls[] = {"~", "Null", "NULL"};

// Which of them stands at the beginning, as a value of its own; empty: none.
std::string_view ForeignNullAt(std::string_view text) {
  for (const std::string_view word : kForeignNulls) {
    if (!text.starts_with(word)) continue;
    const std::string_view rest = text.substr(word.size());
    if (rest.empty() || std::string_view(" \t\r\n,]}").find(rest.front()) != rest.npos) return word;
  }
  return {};
}

// From 1; the line of the first byte that clean UTF-8 does not have. Newlines stand inside of no
// character, so each line is good or bad by itself.
int FirstUncleanLine(std::string_view text) {
  int line = 1;
  while (true) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    if (end == text.size() || !IsCleanUtf8(text.substr(0, end))) return line;
    text.remove_prefix(end + 1);
    ++line;
  }
}

class TreeBuilder : public YAML::EventHandler {
 public:
  // `text`: what is parsed, without a byte order mark; it outlives this object.
  explicit TreeBuilder(std::string_view text) : text_(text) {}

  void OnDocumentStart(const YAML::Mark& mark) override {
    if (root_ != nullptr) {
      throw Refusal{{LineOf(mark), "yaml-documents", "a file holds one document, without '---'"}};
    }
  }
  void OnDocumentEnd() override {}

  void OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    YamlNode node;
    node.line = LineOf(mark);
    // The event does not tell a word from nothing at all; its place does.
    const auto at = static_cast<std::size_t>(std::max(mark.pos, 0));
    const std::string_view word =
        mark.is_null() || at > text_.size() ? "" : ForeignNullAt(text_.substr(at));
    if (!word.empty()) {
      Complain({node.line, "yaml-null",
                fmt::format("'{0}' stands for nothing in YAML: write null, or '{0}' in quotes for "
                            "the text",
                            word)});
    }
    Put(std::move(node), anchor);
  }

  void OnAlias(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    const auto found = anchors_.find(anchor);
    if (found == anchors_.end()) {
      throw Refusal{{LineOf(mark), "yaml-alias", "an alias stands inside of what it refers to"}};
    }
    Put(found->second, LineOf(mark));
  }

  void OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                const std::string& value) override {
    YamlNode node;
    node.kind = YamlNode::Kind::kScalar;
    node.line = LineOf(mark);
    node.plain = tag == "?" || tag.empty();
    node.text = value;
    node.text_bytes = value.size();
    if (tag != "!" && tag != kTextTag) {
      RefuseTag(node.line, tag);
    }
    if (!IsCleanUtf8(value)) {
      Complain({node.line, "bad-utf8", "a text is not valid UTF-8, or holds a zero byte"});
      node.text.clear();
    }
    Put(std::move(node), anchor);
  }

  void OnSequenceStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                       YAML::EmitterStyle::value) override {
    Open(YamlNode::Kind::kList, mark, tag, anchor);
  }
  void OnSequenceEnd() override { Close(); }

  void OnMapStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                  YAML::EmitterStyle::value) override {
    Open(YamlNode::Kind::kMap, mark, tag, anchor);
  }
  void OnMapEnd() override { Close(); }

  void Complain(YamlProblem problem) {
    if (problems_.size() < kYamlProblemsMax) {
      problems_.push_back(std::move(problem));
    }
  }
  std::vector<YamlProblem>& problems() { return problems_; }
  YamlNodePtr TakeRoot() { return std::move(root_); }

 private:
  struct Frame {
    YamlNode node;
    YAML::anchor_t anchor = 0;
    std::optional<std::string> key;  // of a map: read, its value not yet
    int key_line = 0;
    std::set<std::string> keys;
  };

  void RefuseTag(int line, const std::string& tag) {
    if (tag.empty() || tag == "?") {
      return;
    }
    Complain({line, "yaml-tag",
              fmt::format("the tag '{}' has no meaning here", tag.substr(0, kShownBytesMax))});
  }

  void Open(YamlNode::Kind kind, const YAML::Mark& mark, const std::string& tag,
            YAML::anchor_t anchor) {
    const int line = LineOf(mark);
    if (open_.size() >= static_cast<std::size_t>(kYamlDepthMax)) {
      throw Refusal{{line, "too-deep", fmt::format("nested deeper than {} levels", kYamlDepthMax)}};
    }
    if (tag != "!") {
      RefuseTag(line, tag);
    }
    Frame frame;
    frame.node.kind = kind;
    frame.node.line = line;
    frame.anchor = anchor;
    open_.push_back(std::move(frame));
  }

  void Close() {
    Frame frame = std::move(open_.back());
    open_.pop_back();
    Put(std::move(frame.node), frame.anchor);
  }

  void Put(YamlNode node, YAML::anchor_t anchor) {
    const int line = node.line;
    auto shared = std::make_shared<const YamlNode>(std::move(node));
    if (anchor != 0) {
      anchors_[anchor] = shared;
    }
    Put(std::move(shared), line);
  }

  // Hands a finished node to what it stands in. `line` is where it is used, which for an alias is
  // not where it was written.
  void Put(YamlNodePtr node, int line) {
    if (open_.empty()) {
      root_ = std::move(node);
      return;
    }
    Frame& parent = open_.back();
    parent.node.weight += node->weight;
    if (parent.node.weight > kYamlNodesMax) {
      throw Refusal{
          {line, "too-many-nodes",
           fmt::format("more than {} values, with aliases counted in full", kYamlNodesMax)}};
    }
    parent.node.text_bytes += node->text_bytes;
    if (parent.node.text_bytes > kYamlTextBytesMax) {
      throw Refusal{{line, "too-much-text",
                     fmt::format("more than {} bytes of text, with aliases counted in full",
                                 kYamlTextBytesMax)}};
    }
    if (parent.node.kind == YamlNode::Kind::kList) {
      parent.node.items.push_back(std::move(node));
    } else if (!parent.key.has_value()) {
      TakeKey(parent, *node, line);
    } else {
      TakeValue(parent, std::move(node));
    }
  }

  static void TakeKey(Frame& parent, const YamlNode& node, int line) {
    if (node.kind != YamlNode::Kind::kScalar) {
      throw Refusal{{line, "yaml-key", "a key must be a text"}};
    }
    parent.key = node.text;
    parent.key_line = line;
    if (node.plain && node.text == "<<") {
      throw Refusal{{line, "yaml-merge", "merge keys ('<<') are not supported"}};
    }
  }

  void TakeValue(Frame& parent, YamlNodePtr node) {
    std::string key = std::exchange(parent.key, std::nullopt).value_or(std::string());
    if (!parent.keys.insert(key).second) {
      Complain(
          {parent.key_line, "duplicate-key",
           fmt::format("the key '{}' stands twice in one map", key.substr(0, kShownBytesMax))});
      return;
    }
    parent.node.entries.push_back({std::move(key), parent.key_line, std::move(node)});
  }

  std::string_view text_;
  std::vector<Frame> open_;
  std::map<YAML::anchor_t, YamlNodePtr> anchors_;
  YamlNodePtr root_;
  std::vector<YamlProblem> problems_;
};

void Parse(const std::string& text, TreeBuilder& builder) {
  try {
    std::istringstream in(text);
    YAML::Parser parser(in);
    while (parser.HandleNextDocument(builder)) {
    }
  } catch (const Refusal& refusal) {
    builder.Complain(refusal.problem);
  } catch (const YAML::Exception& error) {
    builder.Complain({LineOf(error.mark), "yaml-syntax", error.msg});
  }
}

Json PlainScalar(const std::string& text) {
  if (text == "true") {
    return Json::Bool(true);
  }
  if (text == "false") {
    return Json::Bool(false);
  }
  const char first = text.empty() ? ' ' : text.front();
  if (first == '-' || (first >= '0' && first <= '9')) {
    const auto parsed = ParseJson(text);
    if (parsed && parsed->is_number()) {
      return *parsed;
    }
  }
  return Json::String(text);
}

}  // namespace

tl::expected<YamlNodePtr, std::vector<YamlProblem>> ParseYaml(const std::string& text) {
  constexpr std::string_view kByteOrderMark = "\xef\xbb\xbf";
  std::string_view content = text;
  if (content.starts_with(kByteOrderMark)) content.remove_prefix(kByteOrderMark.size());
  TreeBuilder builder(content);
  if (text.size() > kYamlFileBytesMax) {
    builder.Complain({0, "file-too-large",
                      fmt::format("{} bytes; the limit is {}", text.size(), kYamlFileBytesMax)});
  } else if (!IsCleanUtf8(text)) {
    builder.Complain(
        {FirstUncleanLine(text), "bad-utf8", "the line is not valid UTF-8, or holds a zero byte"});
  } else {
    Parse(text, builder);
  }
  if (!builder.problems().empty()) {
    return tl::make_unexpected(std::move(builder.problems()));
  }
  YamlNodePtr root = builder.TakeRoot();
  return root != nullptr ? root : std::make_shared<const YamlNode>();
}

Json YamlToJson(const YamlNode& node) {
  switch (node.kind) {
    case YamlNode::Kind::kNull: return Json::Null();
    case YamlNode::Kind::kScalar:
      return node.plain ? PlainScalar(node.text) : Json::String(node.text);
    case YamlNode::Kind::kList: {
      Json array = Json::Array();
      for (const YamlNodePtr& item : node.items) {
        array.Push(YamlToJson(*item));
      }
      return array;
    }
    case YamlNode::Kind::kMap: {
      Json object = Json::Object();
      for (const YamlEntry& entry : node.entries) {
        object.Set(entry.key, YamlToJson(*entry.value));
      }
      return object;
    }
  }
  return Json::Null();
}

}  // namespace cairn
