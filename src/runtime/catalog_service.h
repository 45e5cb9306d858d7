// CatalogService: the catalog that new orders are planned with, and its replacement.
//
// Threads and callbacks as in service.h.
#pragma once

#include "base/result.h"
#include "base/time.h"

#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace cairn {

class Catalog;

struct CatalogProblemView {
  std::string place;  // "products.yaml:12"
  std::string detail;
};

struct CatalogView {
  std::string version;  // the hash, in hex
  Nanos since = 0;      // when it became the current one
  std::shared_ptr<const Catalog> catalog;
};

class CatalogService {
 public:
  virtual ~CatalogService() = default;

  virtual CatalogView CurrentCatalog() = 0;

  // Reads the catalog's source again. Done when new orders are planned with it and it is durable;
  // orders under way keep theirs. When something is wrong with it the old one stays, and the
  // problems say what. May block on the disk: call it on a worker thread.
  struct Reloaded {
    CatalogView current;
    bool changed = false;
    std::vector<CatalogProblemView> problems;  // not empty: nothing was changed
  };
  using ReloadDone = std::function<void(Result<Reloaded>)>;
  virtual void ReloadCatalog(std::string actor, ReloadDone done) = 0;
};

}  // namespace cairn
