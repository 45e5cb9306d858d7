#include "runtime/node_catalog.h"

#include <fmt/format.h>

#include <utility>

namespace cairn {

std::string CatalogTooLarge(std::size_t bytes, std::size_t bytes_max) {
  return fmt::format(
      "the catalog has {} bytes, and a segment of this journal takes {}: use larger segments",
      bytes, bytes_max);
}

void NodeCatalog::ReloadCatalog(std::string actor, ReloadDone done) {
  if (!read_) return done(Fail(ErrorCode::kUnavailable, "there is no folder to reload from"));
  auto catalog = read_();
  Reloaded reloaded;
  if (!catalog) {
    reloaded.problems = std::move(catalog.error());
  } else if (const std::size_t bytes = (*catalog)->serialized().size(); bytes > bytes_max_) {
    reloaded.problems.push_back({"catalog", CatalogTooLarge(bytes, bytes_max_)});
  }
  if (!reloaded.problems.empty()) {
    reloaded.current = catalogs_.View();
    return done(std::move(reloaded));
  }
  // Also where nothing has changed: an earlier reload may still be on its way to the journal.
  const auto stored = [this, catalog = *catalog, done](const Status& status) {
    if (!status) return done(Fail(status.error()));
    Reloaded now;
    now.changed = catalogs_.current()->hash() != catalog->hash();
    catalogs_.MakeCurrent(catalog, clock_.Now());
    now.current = catalogs_.View();
    done(std::move(now));
  };
  if (!partition_.PutOperator(StoreCatalog{*catalog, std::move(actor), stored})) {
    done(Fail(ErrorCode::kOverloaded, "too many questions wait"));
  }
}

}  // namespace cairn
