// NodeCatalog: the current catalog of a running node, and its replacement.
//
// Any thread; callbacks as in service.h. Stops with its node.
#pragma once

#include "ports/clock.h"
#include "runtime/catalog_service.h"
#include "runtime/catalog_shelf.h"
#include "runtime/partition.h"

#include <tl/expected.hpp>

#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace cairn {

// Reads the catalog from where it stands, checked. May block on the disk.
using ReadCatalogSource =
    std::function<tl::expected<std::shared_ptr<const Catalog>, std::vector<CatalogProblemView>>()>;

class NodeCatalog final : public CatalogService {
 public:
  // All that it refers to outlives it. `read` empty: there is nothing to reload from. A catalog of
  // more than `bytes_max` does not fit the journal.
  NodeCatalog(ReadCatalogSource read, std::size_t bytes_max, Partition& partition,
              CatalogShelf& catalogs, const Clock& clock)
      : read_(std::move(read)),
        bytes_max_(bytes_max),
        partition_(partition),
        catalogs_(catalogs),
        clock_(clock) {}

  CatalogView CurrentCatalog() override { return catalogs_.View(); }
  void ReloadCatalog(std::string actor, ReloadDone done) override;

 private:
  ReadCatalogSource read_;
  const std::size_t bytes_max_;
  Partition& partition_;
  CatalogShelf& catalogs_;
  const Clock& clock_;
};

// Says that a catalog has more bytes than a frame of the journal takes.
std::string CatalogTooLarge(std::size_t bytes, std::size_t bytes_max);

}  // namespace cairn
