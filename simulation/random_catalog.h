// Catalogs and orders drawn from a seed: small, and with every shape that planning knows.
#pragma once

#include "base/random.h"
#include "model/catalog.pb.h"
#include "model/order_request.h"

namespace cairn::simulation {

records::Catalog RandomCatalog(Random& random);

// Sometimes one that must be refused.
OrderRequest RandomOrder(Random& random, const records::Catalog& catalog, std::uint64_t number,
                         bool large);

}  // namespace cairn::simulation
