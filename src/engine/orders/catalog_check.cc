// The order of the check, and what concerns the catalog as a whole: its size, the order and
// uniqueness of its names, and cycles of "goes after".
#include "engine/orders/catalog_check.h"

#include "engine/orders/catalog_check_context.h"
#include "model/limits.h"

#include <fmt/format.h>

#include <cstdint>

namespace cairn {
namespace catalog_check {
namespace {

// The names of one section: each one good, none twice, in rising order.
template <typename List>
void CheckNames(Context& context, const std::string& base, std::string_view what,
                const List& list) {
  for (int i = 0; i < list.size() && !context.full(); ++i) {
    const std::string& name = list.Get(i).name();
    const std::string path = CatalogPath(base, name);
    context.CheckName(path, what, name);
    if (i == 0) {
      continue;
    }
    const std::string& before = list.Get(i - 1).name();
    if (name == before) {
      context.Add(path, "duplicate-name", fmt::format("the name '{}' is given twice", name));
    } else if (name < before) {
      context.Add(path, "not-sorted",
                  fmt::format("'{}' stands after '{}'; names must rise", name, before));
    }
  }
}

// Walks along `after`, depth first, without recursion: a chain may be as long as the catalog.
class CycleSearch {
 public:
  CycleSearch(Context& context, const std::string& base, const std::vector<AfterList>& lists,
              const Context::Index& index, std::string_view what)
      : context_(context),
        base_(base),
        lists_(lists),
        index_(index),
        what_(what),
        states_(lists.size()) {}

  void Run() {
    for (std::size_t start = 0; start < lists_.size() && !context_.full(); ++start) {
      if (states_[start] == State::kNew) {
        Walk(start);
      }
    }
  }

 private:
  enum class State : std::uint8_t { kNew, kOnPath, kDone };
  struct Place {
    std::size_t node = 0;
    int next = 0;  // entry of `after` to follow
  };

  void Enter(std::size_t node) {
    states_[node] = State::kOnPath;
    path_.push_back({node, 0});
  }

  void Walk(std::size_t start) {
    Enter(start);
    while (!path_.empty()) {
      Place& here = path_.back();
      if (here.next == lists_[here.node].after->size()) {
        states_[here.node] = State::kDone;
        path_.pop_back();
        continue;
      }
      const int entry = here.next++;
      const auto found = index_.find(lists_[here.node].after->Get(entry));
      if (found == index_.end()) {
        continue;  // reported as unknown elsewhere
      }
      const auto target = static_cast<std::size_t>(found->second);
      if (states_[target] == State::kOnPath) {
        Report(here.node, entry, target);
      } else if (states_[target] == State::kNew) {
        Enter(target);
      }
    }
  }

  void Report(std::size_t node, int entry, std::size_t target) {
    std::string names;
    bool on_cycle = false;
    for (const Place& place : path_) {
      on_cycle = on_cycle || place.node == target;
      if (on_cycle) {
        names += fmt::format("{} -> ", lists_[place.node].name);
      }
    }
    names += lists_[target].name;
    const AfterList& list = lists_[node];
    const std::string after = CatalogPath(CatalogPath(base_, list.name), "after");
    context_.Add(list.paths == nullptr ? CatalogPath(after, entry)
                                       : (*list.paths)[static_cast<std::size_t>(entry)],
                 "cycle", fmt::format("{}: {}", what_, names));
  }

  Context& context_;
  const std::string& base_;
  const std::vector<AfterList>& lists_;
  const Context::Index& index_;
  std::string_view what_;
  std::vector<State> states_;
  std::vector<Place> path_;
};

}  // namespace

void CheckCycles(Context& context, const std::string& base, const std::vector<AfterList>& lists,
                 const Context::Index& index, std::string_view what) {
  CycleSearch(context, base, lists, index, what).Run();
}

}  // namespace catalog_check

std::vector<CatalogError> CheckCatalog(const records::Catalog& catalog, ScriptEngine* scripts) {
  using catalog_check::CheckNames;
  catalog_check::Context context(catalog, scripts);
  const std::size_t size = catalog.ByteSizeLong();
  if (size > kCatalogBytesMax) {
    context.Add("", "too-large",
                fmt::format("the catalog has {} bytes; the limit is {}", size, kCatalogBytesMax));
    return context.TakeErrors();
  }
  const bool counts_fit =
      context.CheckCount("/products", "products", catalog.products_size(), kCatalogProductsMax) &&
      context.CheckCount("/technicalProductOrders", "technical product orders",
                         catalog.technical_product_orders_size(),
                         kCatalogTechnicalProductOrdersMax) &&
      context.CheckCount("/cartridges", "cartridges", catalog.cartridges_size(),
                         kCatalogCartridgesMax) &&
      context.CheckCount("/rules", "rules", catalog.rules_size(), kCatalogRulesMax);
  if (!counts_fit) {
    return context.TakeErrors();
  }
  CheckNames(context, "/products", "a product", catalog.products());
  catalog_check::CheckProducts(context);
  CheckNames(context, "/rules", "a rule", catalog.rules());
  catalog_check::CheckRules(context);
  CheckNames(context, "/technicalProductOrders", "a technical product order",
             catalog.technical_product_orders());
  catalog_check::CheckTechnicalProductOrders(context);
  catalog_check::CheckDatasets(context);
  CheckNames(context, "/cartridges", "a cartridge", catalog.cartridges());
  catalog_check::CheckCartridges(context);
  return context.TakeErrors();
}

}  // namespace cairn
