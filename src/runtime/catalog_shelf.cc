#include "runtime/catalog_shelf.h"

#include "base/bytes.h"

#include <utility>

namespace cairn {

void CatalogShelf::Put(const Versions& catalogs) {
  const std::lock_guard lock(mutex_);
  catalogs_.insert(catalogs.begin(), catalogs.end());
}

void CatalogShelf::MakeCurrent(std::shared_ptr<const Catalog> catalog, Nanos now) {
  const std::lock_guard lock(mutex_);
  if (current_ != nullptr && current_->hash() == catalog->hash()) return;
  catalogs_[catalog->hash()] = catalog;
  current_ = std::move(catalog);
  since_ = now;
}

std::shared_ptr<const Catalog> CatalogShelf::current() const {
  const std::lock_guard lock(mutex_);
  return current_;
}

CatalogView CatalogShelf::View() const {
  const std::lock_guard lock(mutex_);
  if (current_ == nullptr) return {};
  return {.version = Hex64(current_->hash()), .since = since_, .catalog = current_};
}

std::vector<std::shared_ptr<const Catalog>> CatalogShelf::All() const {
  const std::lock_guard lock(mutex_);
  std::vector<std::shared_ptr<const Catalog>> all;
  all.reserve(catalogs_.size());
  if (current_ != nullptr) all.push_back(current_);
  for (const auto& [hash, catalog] : catalogs_) {
    if (catalog != current_) all.push_back(catalog);
  }
  return all;
}

std::shared_ptr<const Catalog> CatalogShelf::Find(std::uint64_t hash) const {
  const std::lock_guard lock(mutex_);
  const auto it = catalogs_.find(hash);
  return it == catalogs_.end() ? nullptr : it->second;
}

}  // namespace cairn
