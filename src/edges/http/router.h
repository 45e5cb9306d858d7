// Router: a small table from (method, path pattern) to a handler.
//
// Filled by one thread before the first request; read by any after that.
#pragma once

#include "edges/http/exchange.h"
#include "edges/http/http_message.h"

#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace cairn::http {

struct Route {
  using Handler = std::function<void(const ExchangePtr&)>;

  Method method = Method::kGet;  // kGet answers HEAD too
  // Segments; "{id}" stands for any one that is not empty.
  std::vector<std::string> pattern;
  bool on_worker = false;             // the handler may block or compute for long
  std::string_view type = kTypeJson;  // what it answers with, for Accept
  Role least = Role::kAdmin;          // who may
  Handler handler;
};

class Router {
 public:
  // Who may use the route is in the table of access.h. REQUIRES: `type` is a constant.
  void Add(Method method, std::string_view pattern, bool on_worker, Route::Handler handler,
           std::string_view type = kTypeJson);

  struct Match {
    const Route* route = nullptr;  // null: no such path, or not with this method
    std::string id;                // what stood for {id}
    std::string allow;             // "GET, HEAD": the path exists, with these methods only
  };
  Match Find(Method method, const std::vector<std::string>& segments) const;

  const std::vector<Route>& routes() const { return routes_; }

 private:
  std::vector<Route> routes_;
};

}  // namespace cairn::http
