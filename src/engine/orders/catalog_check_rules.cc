// The rules of a catalog, and the products that use them: names, kinds, and rules without a
// condition that can never be kept.
#include "engine/orders/catalog_check_context.h"
#include "model/limits.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

namespace cairn::catalog_check {
namespace {

using records::Product;
using records::Rule;
using records::RuleUse;

// At least one name, each known and none twice.
void CheckProductNames(Context& context, const std::string& path,
                       const google::protobuf::RepeatedPtrField<std::string>& names) {
  if (names.empty()) {
    context.Add(path, "empty-list", "the list needs at least one product");
    return;
  }
  if (!context.CheckCount(path, "products", names.size(), kCatalogListMax)) return;
  std::set<std::string_view> seen;
  for (int i = 0; i < names.size() && !context.full(); ++i) {
    const std::string item = CatalogPath(path, i);
    context.CheckReference(item, "unknown-product", "product", names.Get(i), context.products());
    if (!seen.insert(names.Get(i)).second) {
      context.Add(item, "duplicate-name",
                  fmt::format("'{}' stands twice in the list", names.Get(i)));
    }
  }
}

void CheckValidation(Context& context, const std::string& path,
                     const records::ValidationRule& rule) {
  if (rule.any_of().empty()) {
    context.Add(path, "empty-list", "a validation needs at least one group of products");
    return;
  }
  if (!context.CheckCount(path, "groups", rule.any_of_size(), kCatalogListMax)) return;
  for (int i = 0; i < rule.any_of_size() && !context.full(); ++i) {
    CheckProductNames(context, CatalogPath(path, i), rule.any_of(i).all_of());
  }
}

void CheckRule(Context& context, const std::string& path, const Rule& rule) {
  context.CheckDescription(path, rule.description());
  switch (rule.kind_case()) {
    case Rule::kPrepend:
      CheckProductNames(context, CatalogPath(path, "prepend"), rule.prepend().products());
      break;
    case Rule::kAppend:
      CheckProductNames(context, CatalogPath(path, "append"), rule.append().products());
      break;
    case Rule::kValidation:
      CheckValidation(context, CatalogPath(path, "validation"), rule.validation());
      break;
    case Rule::kExclusion:
      CheckProductNames(context, CatalogPath(path, "exclusion"), rule.exclusion().products());
      break;
    case Rule::kSubstitution:
      context.CheckReference(CatalogPath(path, "substitution"), "unknown-product", "product",
                             rule.substitution().product(), context.products());
      break;
    case Rule::kAvailability: {
      const records::AvailabilityRule& window = rule.availability();
      if (window.from() == 0 && window.until() == 0) {
        context.Add(CatalogPath(path, "availability"), "empty-window",
                    "an availability needs 'from' or 'until' or both");
      } else if (window.until() != 0 && window.until() <= window.from()) {
        context.Add(CatalogPath(path, "availability"), "empty-window",
                    "'until' must be after 'from'");
      }
      break;
    }
    case Rule::KIND_NOT_SET:
      context.Add(path, "unknown-rule-kind",
                  fmt::format("the rule '{}' needs one of prepend, append, validation, exclusion, "
                              "substitution and availability",
                              rule.name()));
      break;
  }
}

const Rule* FindRule(const Context& context, std::string_view name) {
  const auto found = context.rules().find(name);
  return found == context.rules().end() ? nullptr : &context.catalog().rules(found->second);
}

bool SharesAction(const Product& a, const Product& b) {
  return std::any_of(a.actions().begin(), a.actions().end(), [&](const auto& of_a) {
    return of_a.verb() != records::NO_CHANGE &&
           std::any_of(b.actions().begin(), b.actions().end(),
                       [&](const auto& of_b) { return of_a.verb() == of_b.verb(); });
  });
}

void CheckUse(Context& context, const std::string& path, const Product& product,
              const RuleUse& use) {
  if (!context.CheckReference(path, "unknown-rule", "rule", use.rule(), context.rules())) return;
  if (use.has_when()) context.CheckScript(CatalogPath(path, "when"), use.when());
  const Rule& rule = *FindRule(context, use.rule());
  const records::SequenceRule* sequence = rule.kind_case() == Rule::kPrepend  ? &rule.prepend()
                                          : rule.kind_case() == Rule::kAppend ? &rule.append()
                                                                              : nullptr;
  if (sequence == nullptr || !sequence->add_missing()) return;
  for (const std::string& name : sequence->products()) {
    const auto found = context.products().find(name);
    if (found == context.products().end()) continue;  // told at the rule
    if (!SharesAction(product, context.catalog().products(found->second))) {
      context.Add(path, "never-added",
                  fmt::format("rule '{}' adds product '{}', which has no action in common with "
                              "'{}'; product orders are added with the same action",
                              rule.name(), name, product.name()));
    }
  }
}

void CheckUses(Context& context, const std::string& path, const Product& product) {
  const std::string base = CatalogPath(path, "rules");
  if (!context.CheckCount(base, "rules", product.rules_size(),
                          static_cast<int>(kRulesPerProductMax))) {
    return;
  }
  std::set<std::string_view> seen;
  for (int i = 0; i < product.rules_size() && !context.full(); ++i) {
    const std::string item = CatalogPath(base, i);
    CheckUse(context, item, product, product.rules(i));
    if (!seen.insert(product.rules(i).rule()).second) {
      context.Add(item, "duplicate-name",
                  fmt::format("the rule '{}' is used twice by this product; its conditions can be "
                              "joined with 'or'",
                              product.rules(i).rule()));
    }
  }
}

// What goes before each product whatever an order says: by "after" and by rules without a
// condition.
class Orders {
 public:
  explicit Orders(Context& context) : context_(context) {
    const records::Catalog& catalog = context.catalog();
    lists_.resize(static_cast<std::size_t>(catalog.products_size()));
    for (int i = 0; i < catalog.products_size(); ++i) {
      const Product& product = catalog.products(i);
      const std::string path = CatalogPath("/products", product.name());
      for (int k = 0; k < product.after_size(); ++k) {
        Add(i, product.after(k), CatalogPath(CatalogPath(path, "after"), k));
      }
      for (int k = 0; k < product.rules_size(); ++k) {
        AddRule(i, product.rules(k), CatalogPath(CatalogPath(path, "rules"), k));
      }
    }
  }

  void Check() {
    std::vector<AfterList> after;
    for (std::size_t i = 0; i < lists_.size(); ++i) {
      after.push_back({context_.catalog().products(static_cast<int>(i)).name(), &lists_[i].names,
                       &lists_[i].paths});
    }
    CheckCycles(context_, "/products", after, context_.products());
  }

 private:
  struct List {
    google::protobuf::RepeatedPtrField<std::string> names;
    std::vector<std::string> paths;
  };

  void Add(int product, const std::string& before, const std::string& path) {
    List& list = lists_[static_cast<std::size_t>(product)];
    *list.names.Add() = before;
    list.paths.push_back(path);
  }

  void AddRule(int product, const RuleUse& use, const std::string& path) {
    const Rule* rule = FindRule(context_, use.rule());
    if (rule == nullptr || use.has_when()) return;
    const auto& products = context_.catalog().products();
    const auto visit = [&](const records::SequenceRule& sequence, bool before) {
      for (const std::string& name : sequence.products()) {
        const auto found = context_.products().find(name);
        if (found == context_.products().end() ||
            !SharesAction(products.Get(product), products.Get(found->second))) {
          continue;
        }
        if (before) Add(product, name, path);
        if (!before) Add(found->second, products.Get(product).name(), path);
      }
    };
    if (rule->kind_case() == Rule::kPrepend) visit(rule->prepend(), true);
    if (rule->kind_case() == Rule::kAppend) visit(rule->append(), false);
  }

  Context& context_;
  std::vector<List> lists_;
};

// The product that takes the place of another one whatever an order says.
void CheckSubstitutions(Context& context) {
  std::vector<AfterList> lists;
  const auto& products = context.catalog().products();
  std::vector<google::protobuf::RepeatedPtrField<std::string>> names(
      static_cast<std::size_t>(products.size()));
  std::vector<std::vector<std::string>> paths(names.size());
  for (int i = 0; i < products.size(); ++i) {
    const auto index = static_cast<std::size_t>(i);
    const std::string path = CatalogPath(CatalogPath("/products", products.Get(i).name()), "rules");
    for (int k = 0; k < products.Get(i).rules_size(); ++k) {
      const RuleUse& use = products.Get(i).rules(k);
      const Rule* rule = FindRule(context, use.rule());
      if (rule == nullptr || rule->kind_case() != Rule::kSubstitution || use.has_when()) continue;
      *names[index].Add() = rule->substitution().product();
      paths[index].push_back(CatalogPath(path, k));
      break;  // the first one that holds counts
    }
    lists.push_back({products.Get(i).name(), &names[index], &paths[index]});
  }
  CheckCycles(context, "/products", lists, context.products(),
              "each of these is replaced by the next");
}

}  // namespace

void CheckRules(Context& context) {
  for (const Rule& rule : context.catalog().rules()) {
    if (context.full()) return;
    CheckRule(context, CatalogPath("/rules", rule.name()), rule);
  }
  for (const Product& product : context.catalog().products()) {
    if (context.full()) return;
    CheckUses(context, CatalogPath("/products", product.name()), product);
  }
  Orders(context).Check();
  CheckSubstitutions(context);
}

}  // namespace cairn::catalog_check
