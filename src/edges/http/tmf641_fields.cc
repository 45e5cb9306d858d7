#include "edges/http/tmf641_fields.h"

#include <algorithm>
#include <string_view>

namespace cairn::http {
namespace {

using Paths = std::vector<std::string_view>;

// What the paths say of one attribute.
struct Choice {
  bool whole = false;
  Paths within;
};

Choice ChoiceOf(const Paths& paths, std::string_view name) {
  Choice choice;
  for (const std::string_view path : paths) {
    if (path == name) choice.whole = true;
    if (path.size() > name.size() && path.starts_with(name) && path[name.size()] == '.') {
      choice.within.push_back(path.substr(name.size() + 1));
    }
  }
  return choice;
}

void Choose(Json& object, const TmfType& type, const Paths& paths, bool keep_mandatory);

void ChooseWithin(Json& value, const TmfType& type, const Paths& paths) {
  if (value.is_object()) Choose(value, type, paths, true);
  if (!value.is_array()) return;
  for (Json& entry : value.items()) {
    if (entry.is_object()) Choose(entry, type, paths, true);
  }
}

void Choose(Json& object, const TmfType& type, const Paths& paths, bool keep_mandatory) {
  std::vector<Json::Member> kept;
  for (Json::Member& member : object.members()) {
    const TmfMember* known = type.Find(member.key);
    Choice choice = ChoiceOf(paths, member.key);
    const bool mandatory = keep_mandatory && known != nullptr && known->required;
    if (!choice.whole && choice.within.empty() && !mandatory) continue;
    // What the tables say nothing about is shown as a whole.
    if (!choice.whole && known != nullptr && known->type != nullptr) {
      ChooseWithin(member.value, *known->type, choice.within);
    }
    kept.push_back(std::move(member));
  }
  object.members() = std::move(kept);
}

}  // namespace

void ChooseFields(Json& resource, const TmfType& type, const TmfFieldNames& fields) {
  if (!fields) return;
  Paths paths(fields->begin(), fields->end());
  paths.insert(paths.end(), {"id", "href"});
  Choose(resource, type, paths, false);
}

}  // namespace cairn::http
