#include "apps/cairnd/api_keys_file.h"

#include "adapters/catalog_yaml/yaml_tree.h"
#include "base/text.h"
#include "model/limits.h"

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <fstream>
#include <iterator>
#include <map>
#include <system_error>

#include <sys/stat.h>

namespace cairn {
namespace {

constexpr std::size_t kQuotedBytesMax = 64;  // of a name in a message

// Collects what is wrong, by line.
class Reader {
 public:
  explicit Reader(const std::string& path) : path_(path) {}

  void Complain(int line, std::string_view message) {
    wrong_ += fmt::format("cairnd: {}:{}: {}\n", path_, std::max(line, 1), message);
  }
  void ReadRoot(const YamlNode& root);
  std::string& wrong() { return wrong_; }
  std::vector<http::ApiKey>& keys() { return keys_; }

 private:
  void ReadKey(const YamlNode& node);
  void ReadName(const YamlNode& node, http::ApiKey& key);
  void ReadSecret(int line, const std::string* text, const std::string* hash, http::ApiKey& key);

  const std::string path_;
  std::string wrong_;
  std::vector<http::ApiKey> keys_;
};

void Reader::ReadRoot(const YamlNode& root) {
  const bool is_list = root.kind == YamlNode::Kind::kMap && root.entries.size() == 1 &&
                       root.entries[0].key == "keys" &&
                       root.entries[0].value->kind == YamlNode::Kind::kList;
  if (!is_list) return Complain(root.line, "a file of keys is a map with one list, 'keys'");
  const auto& items = root.entries[0].value->items;
  if (items.empty()) return Complain(root.line, "'keys' has no entry, so nobody could do anything");
  if (items.size() > http::kApiKeysMax) {
    return Complain(root.line, fmt::format("'keys' has {} entries; at most {} are allowed",
                                           items.size(), http::kApiKeysMax));
  }
  for (const YamlNodePtr& item : items) ReadKey(*item);
}

void Reader::ReadKey(const YamlNode& node) {
  if (node.kind != YamlNode::Kind::kMap) {
    return Complain(node.line, "a key is a map of name, role and either key or sha256");
  }
  http::ApiKey key;
  std::map<std::string_view, const YamlNode*> found;
  for (const YamlEntry& entry : node.entries) {
    constexpr std::array<std::string_view, 4> kKnown{"name", "role", "key", "sha256"};
    if (std::find(kKnown.begin(), kKnown.end(), entry.key) == kKnown.end()) {
      Complain(entry.line, fmt::format("'{}' is not a field of a key; there are name, role, key "
                                       "and sha256",
                                       CutUtf8(entry.key, kQuotedBytesMax)));
    } else if (entry.value->kind != YamlNode::Kind::kScalar) {
      Complain(entry.line, fmt::format("'{}' needs one value", entry.key));
    } else {
      found[entry.key] = entry.value.get();
    }
  }
  const auto text = [&](std::string_view name) -> const std::string* {
    const auto it = found.find(name);
    return it == found.end() ? nullptr : &it->second->text;
  };
  if (found.contains("name")) {
    ReadName(*found["name"], key);
  } else {
    Complain(node.line, "a key needs a name");
  }
  const std::string* role_name = text("role");
  const auto role = role_name == nullptr ? std::nullopt : http::ParseRole(*role_name);
  if (!role) Complain(node.line, "role must be viewer, submitter, operator or admin");
  key.role = role.value_or(http::Role::kViewer);
  ReadSecret(node.line, text("key"), text("sha256"), key);
  keys_.push_back(std::move(key));
}

void Reader::ReadName(const YamlNode& node, http::ApiKey& key) {
  key.name = node.text;
  if (key.name.empty() || key.name.size() > kNameBytesMax) {
    return Complain(node.line,
                    fmt::format("name must have from 1 to {} bytes, since it is what histories "
                                "call who did something",
                                kNameBytesMax));
  }
  const bool is_taken = std::any_of(keys_.begin(), keys_.end(), [&](const http::ApiKey& other) {
    return other.name == key.name;
  });
  if (is_taken) {
    Complain(node.line, fmt::format("there is another key with the name '{}'",
                                    CutUtf8(key.name, kQuotedBytesMax)));
  }
}

// No message shows a key: logs are read by more people than this file.
void Reader::ReadSecret(int line, const std::string* text, const std::string* hash,
                        http::ApiKey& key) {
  if ((text == nullptr) == (hash == nullptr)) {
    return Complain(line, "a key needs exactly one of 'key' and 'sha256'");
  }
  if (hash != nullptr) {
    const auto parsed = http::ParseKeyHash(*hash);
    if (!parsed) return Complain(line, "sha256 must be 64 hexadecimal digits");
    key.hash = *parsed;
  } else {
    const bool visible =
        std::all_of(text->begin(), text->end(), [](char c) { return c > 0x20 && c < 0x7f; });
    if (!visible || text->size() < http::kApiKeyBytesMin || text->size() > http::kApiKeyBytesMax) {
      return Complain(line, fmt::format("key must have from {} to {} visible ASCII characters, "
                                        "without blanks",
                                        http::kApiKeyBytesMin, http::kApiKeyBytesMax));
    }
    key.hash = http::HashKey(*text);
  }
  const bool is_taken = std::any_of(keys_.begin(), keys_.end(), [&](const http::ApiKey& other) {
    return other.hash == key.hash;
  });
  if (is_taken) Complain(line, "another entry has the same key");
}

tl::unexpected<std::string> Refuse(const std::string& path, std::string_view message) {
  return tl::unexpected(fmt::format("cairnd: {}: {}\n", path, message));
}

}  // namespace

tl::expected<std::vector<http::ApiKey>, std::string> ReadApiKeys(const std::string& path) {
  std::ifstream stream(path, std::ios::binary);
  struct stat found {};
  if (!stream.is_open() || stat(path.c_str(), &found) != 0) {
    return Refuse(path, fmt::format("cannot read the file of keys: {}",
                                    std::generic_category().message(errno)));
  }
  if (!S_ISREG(found.st_mode)) return Refuse(path, "the file of keys is no regular file");
  if ((found.st_mode & (S_IRWXG | S_IRWXO)) != 0) {
    return Refuse(path, fmt::format("others than its owner can reach the file of keys (mode "
                                    "{:04o}); make it 0600",
                                    found.st_mode & 07777U));
  }
  if (found.st_size > static_cast<off_t>(kApiKeysFileBytesMax)) {
    return Refuse(path, fmt::format("the file of keys has {} bytes; at most {} are allowed",
                                    found.st_size, kApiKeysFileBytesMax));
  }
  const std::string text{std::istreambuf_iterator<char>(stream), {}};
  Reader reader(path);
  const auto root = ParseYaml(text);
  if (root) {
    reader.ReadRoot(**root);
  } else {
    for (const YamlProblem& problem : root.error()) reader.Complain(problem.line, problem.message);
  }
  if (!reader.wrong().empty()) return tl::unexpected(std::move(reader.wrong()));
  return std::move(reader.keys());
}

}  // namespace cairn
