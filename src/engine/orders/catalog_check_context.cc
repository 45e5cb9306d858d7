// The names, limits and references that every part of a catalog is checked for.
#include "engine/orders/catalog_check_context.h"

#include "base/json.h"
#include "model/limits.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <numeric>

namespace cairn {
namespace {

constexpr std::size_t kSlipsMax = 2;           // edits that still count as a slip of the hand
constexpr std::size_t kNearNameBytesMax = 64;  // longer names are not compared
constexpr std::size_t kShownBytesMax = 64;     // of a bad value in an error

// The number of single-character edits between two short texts, or more than kSlipsMax as soon as
// that is certain.
std::size_t EditDistance(std::string_view a, std::string_view b) {
  std::array<std::size_t, kNearNameBytesMax + 1> row{};
  std::iota(row.begin(), row.end(), std::size_t{0});
  for (std::size_t i = 1; i <= a.size(); ++i) {
    std::size_t diagonal = row[0];
    row[0] = i;
    std::size_t least = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t replaced = diagonal + (a[i - 1] == b[j - 1] ? 0 : 1);
      diagonal = row[j];
      row[j] = std::min({replaced, row[j] + 1, row[j - 1] + 1});
      least = std::min(least, row[j]);
    }
    if (least > kSlipsMax) {
      return kSlipsMax + 1;
    }
  }
  return row[b.size()];
}

bool IsNameStart(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

bool IsNameChar(char c) { return IsNameStart(c) || c == '.' || c == '_' || c == '-'; }

}  // namespace

std::string CatalogPath(std::string_view parent, std::string_view part) {
  std::string path(parent);
  path.push_back('/');
  for (const char c : part) {
    if (c == '~') {
      path += "~0";
    } else if (c == '/') {
      path += "~1";
    } else {
      path.push_back(c);
    }
  }
  return path;
}

std::string CatalogPath(std::string_view parent, int index) {
  return fmt::format("{}/{}", parent, index);
}

std::string_view NearestName(std::string_view name,
                             const std::vector<std::string_view>& candidates) {
  if (name.empty() || name.size() > kNearNameBytesMax) {
    return {};
  }
  // A short name may differ in less, or everything would be near.
  std::size_t best = std::min(kSlipsMax, name.size() / 2) + 1;
  std::string_view nearest;
  for (const std::string_view candidate : candidates) {
    if (candidate.size() > kNearNameBytesMax) {
      continue;
    }
    const std::size_t distance = EditDistance(name, candidate);
    if (distance < best) {
      best = distance;
      nearest = candidate;
    }
  }
  return nearest;
}

namespace catalog_check {

Context::Context(const records::Catalog& catalog, ScriptEngine* scripts)
    : catalog_(catalog), scripts_(scripts) {
  for (int i = 0; i < catalog.products_size(); ++i) {
    products_.emplace(catalog.products(i).name(), i);
  }
  for (int i = 0; i < catalog.technical_product_orders_size(); ++i) {
    technical_product_orders_.emplace(catalog.technical_product_orders(i).name(), i);
  }
  for (int i = 0; i < catalog.cartridges_size(); ++i) {
    cartridges_.emplace(catalog.cartridges(i).name(), i);
  }
  for (int i = 0; i < catalog.rules_size(); ++i) rules_.emplace(catalog.rules(i).name(), i);
}

const records::Cartridge* Context::FindCartridge(std::string_view name) const {
  const auto found = cartridges_.find(name);
  return found == cartridges_.end() ? nullptr : &catalog_.cartridges(found->second);
}

void Context::Add(std::string path, std::string_view rule, std::string detail) {
  if (full()) {
    return;
  }
  if (errors_.size() + 1 == kCatalogErrorsMax) {
    errors_.push_back({"", "too-many-errors",
                       fmt::format("the catalog has {} errors or more; the rest is not shown",
                                   kCatalogErrorsMax)});
    return;
  }
  errors_.push_back({std::move(path), std::string(rule), std::move(detail)});
}

std::vector<CatalogError> Context::TakeErrors() { return std::move(errors_); }

void Context::CheckName(const std::string& path, std::string_view what, std::string_view name) {
  if (name.empty()) {
    Add(path, "empty-name", fmt::format("{} needs a name", what));
  } else if (name.size() > kNameBytesMax) {
    Add(path, "name-too-long",
        fmt::format("the name of {} has {} bytes; the limit is {}", what, name.size(),
                    kNameBytesMax));
  } else if (!IsNameStart(name.front()) || !std::all_of(name.begin(), name.end(), IsNameChar)) {
    Add(path, "bad-name",
        fmt::format("the name '{}' of {} must begin with a letter or digit and go on with letters, "
                    "digits, '.', '_' and '-'",
                    name.substr(0, kShownBytesMax), what));
  }
}

void Context::CheckFieldName(const std::string& path, std::string_view what,
                             std::string_view name) {
  if (name.empty()) {
    Add(path, "empty-name", fmt::format("{} needs a name", what));
  } else if (name.size() > kFieldNameBytesMax) {
    Add(path, "name-too-long",
        fmt::format("the name of {} has {} bytes; the limit is {}", what, name.size(),
                    kFieldNameBytesMax));
  } else if (std::any_of(name.begin(), name.end(),
                         [](char c) { return static_cast<unsigned char>(c) < 0x20U; })) {
    Add(path, "bad-name", fmt::format("the name of {} holds a control character", what));
  }
}

void Context::CheckDescription(const std::string& path, std::string_view text) {
  if (text.size() > kTextBytesMax) {
    Add(CatalogPath(path, "description"), "text-too-long",
        fmt::format("the description has {} bytes; the limit is {}", text.size(), kTextBytesMax));
  }
}

bool Context::CheckCount(const std::string& path, std::string_view what, int count, int limit) {
  if (count <= limit) {
    return true;
  }
  Add(path, "too-many", fmt::format("{} {}; the limit is {}", count, what, limit));
  return false;
}

bool Context::CheckReference(const std::string& path, std::string_view rule, std::string_view what,
                             std::string_view name, const Index& index) {
  if (index.contains(name)) {
    return true;
  }
  Add(path, rule,
      fmt::format("there is no {} '{}'{}", what, name.substr(0, kShownBytesMax),
                  Suggestion(name, index)));
  return false;
}

void Context::CheckJson(const std::string& path, std::string_view json) {
  if (json.size() > kFieldSetBytesMax) {
    Add(path, "too-large",
        fmt::format("the value has {} bytes; the limit is {}", json.size(), kFieldSetBytesMax));
    return;
  }
  const auto parsed = ParseJson(json);
  if (!parsed) {
    Add(path, "bad-json", parsed.error().message);
  }
}

void Context::CheckScript(const std::string& path, const records::Script& script, ScriptForm form) {
  if (script.source().empty()) {
    Add(path, "empty-script", "the script is empty");
  } else if (script.source().size() > kScriptBytesMax) {
    Add(path, "too-large",
        fmt::format("the script has {} bytes; the limit is {}", script.source().size(),
                    kScriptBytesMax));
  } else if (scripts_ == nullptr) {
    Add(path, "no-scripts", "nothing is here that could run a script");
  } else if (const auto checked = scripts_->Check({script.source(), script.place()}, form);
             !checked) {
    Add(path, "bad-script", checked.error().ToString());
  }
}

std::string Context::Suggestion(std::string_view name, const std::vector<std::string_view>& known) {
  const std::string_view nearest = NearestName(name, known);
  return nearest.empty() ? std::string() : fmt::format("; did you mean '{}'?", nearest);
}

std::string Context::Suggestion(std::string_view name, const Index& known) {
  std::vector<std::string_view> names;
  names.reserve(known.size());
  for (const auto& [known_name, index] : known) {
    names.push_back(known_name);
  }
  return Suggestion(name, names);
}

}  // namespace catalog_check
}  // namespace cairn
