// CatalogShelf: all versions of the catalog that an order may name, and the one that new orders are
// planned with.
//
// Any thread.
#pragma once

#include "base/time.h"
#include "engine/orders/catalog.h"
#include "runtime/catalog_service.h"

#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <vector>

namespace cairn {

class CatalogShelf {
 public:
  using Versions = std::map<std::uint64_t, std::shared_ptr<const Catalog>>;  // by hash

  void Put(const Versions& catalogs);
  // Puts it there as well. Nothing happens when it is the current one.
  void MakeCurrent(std::shared_ptr<const Catalog> catalog, Nanos now);

  // Null before the first MakeCurrent.
  std::shared_ptr<const Catalog> current() const;
  CatalogView View() const;
  // The current one first.
  std::vector<std::shared_ptr<const Catalog>> All() const;
  // Null when there is none.
  std::shared_ptr<const Catalog> Find(std::uint64_t hash) const;

 private:
  mutable std::mutex mutex_;
  Versions catalogs_;
  std::shared_ptr<const Catalog> current_;
  Nanos since_ = 0;
};

}  // namespace cairn
