// Orders that are in the archive and nowhere else: read again, and changed in what they say of
// themselves.
//
// On the archive's thread.
#pragma once

#include "engine/orders/decide.h"
#include "engine/orders/snapshot.h"
#include "ports/archive.h"
#include "runtime/catalog_shelf.h"

#include <memory>
#include <string_view>

namespace cairn {

// Looks a catalog up by its hash. REQUIRES: `catalogs` outlives what is returned.
FindCatalog FindCatalogIn(const CatalogShelf& catalogs);

// kNotFound; else what the archive or its bytes say.
[[nodiscard]] Result<std::shared_ptr<const Order>> ReadArchivedOrder(
    Archive& archive, OrderId id, const FindCatalog& find_catalog);

// Adds the change to the order's history and stores both, durably; returns the order as it is then.
// Errors as those of ReadArchivedOrder, DecidePatch and Archive::Write. REQUIRES: the journal has
// no part in the order any more, or it would be archived again as it was.
[[nodiscard]] Result<std::shared_ptr<const Order>> PatchInArchive(Archive& archive, OrderId id,
                                                                  const PatchOfOrder& change,
                                                                  std::string_view actor, Nanos now,
                                                                  const FindCatalog& find_catalog);

}  // namespace cairn
