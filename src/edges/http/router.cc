#include "edges/http/router.h"

namespace cairn::http {
namespace {

bool Matches(const std::vector<std::string>& pattern, const std::vector<std::string>& segments,
             std::string& id) {
  if (pattern.size() != segments.size()) return false;
  for (std::size_t i = 0; i < pattern.size(); ++i) {
    if (pattern[i] == "{id}") {
      if (segments[i].empty()) return false;
      id = segments[i];
    } else if (pattern[i] != segments[i]) {
      return false;
    }
  }
  return true;
}

}  // namespace

void Router::Add(Method method, std::string_view pattern, bool on_worker, Route::Handler handler,
                 std::string_view type) {
  Route route{method, {}, on_worker, type, LeastRole(method, pattern), std::move(handler)};
  while (!pattern.empty()) {
    pattern.remove_prefix(1);  // the slash
    const std::string_view segment = pattern.substr(0, pattern.find('/'));
    route.pattern.emplace_back(segment);
    pattern.remove_prefix(segment.size());
  }
  routes_.push_back(std::move(route));
}

Router::Match Router::Find(Method method, const std::vector<std::string>& segments) const {
  Match match;
  const Method wanted = method == Method::kHead ? Method::kGet : method;
  const auto allow = [&match](std::string_view name) {
    if (!match.allow.empty()) match.allow += ", ";
    match.allow += name;
  };
  for (const Route& route : routes_) {
    std::string id;
    if (!Matches(route.pattern, segments, id)) continue;
    if (route.method == wanted) return {&route, std::move(id), {}};
    allow(MethodName(route.method));
    if (route.method == Method::kGet) allow("HEAD");
  }
  return match;
}

}  // namespace cairn::http
