#include "engine/orders/plan_rules.h"

#include "base/check.h"
#include "base/time.h"
#include "engine/orders/plan_products.h"
#include "model/limits.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>
#include <utility>

namespace cairn {
namespace {

using records::Rule;

// "'po2' and 'po3'"
template <typename Names>
std::string Joined(const Names& names, std::string_view word) {
  std::string text;
  int index = 0;
  for (const std::string& name : names) {
    if (index > 0) text += index + 1 == static_cast<int>(names.size()) ? word : ", ";
    text += fmt::format("'{}'", name);
    ++index;
  }
  return text;
}

class RuleApplication {
 public:
  explicit RuleApplication(PlanDraft& draft)
      : draft_(draft),
        requested_(static_cast<std::uint32_t>(draft.product_orders.size())),
        errors_(draft.errors().size()) {}

  bool Run() {
    for (int pass = 0; pass < kRulePassesMax; ++pass) {
      Index();
      if (!AddMissing()) return false;
      if (!DropExcluded()) {
        TellBroken();
        if (StepsAreSpent() || draft_.full()) return false;
        TakeOutDropped();
        return Connect();
      }
      if (StepsAreSpent()) return false;
      ForgetAdded();
    }
    draft_.Error("", "endless-rules",
                 fmt::format("rules of the catalog drop and add product orders of this order again "
                             "and again; after {} rounds that is given up",
                             kRulePassesMax));
    return false;
  }

 private:
  using Members = std::vector<std::uint32_t>;
  using Key = std::pair<std::uint32_t, records::Verb>;  // product, action

  DraftProductOrder& At(std::uint32_t i) { return draft_.product_orders[i]; }
  std::uint32_t size() const { return static_cast<std::uint32_t>(draft_.product_orders.size()); }

  void Index() {
    of_product_.clear();
    of_former_.clear();
    for (std::uint32_t i = 0; i < size(); ++i) IndexOne(i);
  }

  void IndexOne(std::uint32_t i) {
    const DraftProductOrder& product_order = At(i);
    if (product_order.dropped || !product_order.known) return;
    of_product_[{product_order.product, product_order.verb}].push_back(i);
    for (const std::uint32_t p : product_order.former) {
      of_former_[{p, product_order.verb}].push_back(i);
    }
  }

  // Counts what the rules cost.
  std::uint32_t Find(const std::string& product) {
    ++steps_;
    const auto found = draft_.catalog().FindProduct(product);
    CHECK(found.has_value());
    return *found;
  }

  static const Members& Of(const std::map<Key, Members>& index, const Key& key) {
    static const Members kNone;
    const auto it = index.find(key);
    return it == index.end() ? kNone : it->second;
  }
  const Members& Ordered(const Key& key) const { return Of(of_product_, key); }
  const Members& Replaced(const Key& key) const { return Of(of_former_, key); }
  bool Has(const Key& key) const { return !Ordered(key).empty() || !Replaced(key).empty(); }

  bool StepsAreSpent() {
    if (steps_ <= kRuleStepsMax) return false;
    draft_.Error("", "too-many-rules",
                 fmt::format("the rules of the catalog take more than {} steps for this order",
                             kRuleStepsMax));
    return true;
  }

  static const records::SequenceRule* SequenceOf(const Rule& rule) {
    if (rule.kind_case() == Rule::kPrepend) return &rule.prepend();
    if (rule.kind_case() == Rule::kAppend) return &rule.append();
    return nullptr;
  }

  // The list grows while it is walked: what is added has rules of its own.
  bool AddMissing() {
    for (std::uint32_t i = 0; i < size(); ++i) {
      if (At(i).dropped) continue;
      // A copy: adding may move the product order.
      const std::vector<const Rule*> rules = At(i).rules;
      for (const Rule* rule : rules) {
        const records::SequenceRule* sequence = SequenceOf(*rule);
        if (sequence == nullptr || !sequence->add_missing()) continue;
        for (const std::string& name : sequence->products()) AddOne(i, *rule, name);
        if (StepsAreSpent() || draft_.full()) return false;
      }
      if (size() > kProductOrdersMax) {
        draft_.Error(draft_.FieldOf(At(i).place, "", ""), "too-many-product-orders",
                     fmt::format("with what rules add there are more than {} product orders",
                                 kProductOrdersMax));
        return false;
      }
    }
    return true;
  }

  void AddOne(std::uint32_t i, const Rule& rule, const std::string& name) {
    const std::uint32_t product = Find(name);
    const Key key{product, At(i).verb};
    if (Has(key)) return;
    const records::Product& definition = draft_.catalog().product(product);
    // Nothing is ever done with that action for it, so nothing is missing.
    if (Catalog::FindAction(definition, key.second) == nullptr) return;
    AddProductOrder(draft_, product, i, rule);
    IndexOne(size() - 1);
  }

  // The product order of the request that this one comes from.
  std::uint32_t RootOf(std::uint32_t i) {
    while (At(i).added_by != nullptr) i = At(i).added_for;
    return i;
  }

  template <typename Visit>  // visit(owner, rule, excluded)
  void VisitExclusions(Visit visit) {
    for (std::uint32_t i = 0; i < size(); ++i) {
      for (const Rule* rule : At(i).rules) {
        if (At(i).dropped) break;
        if (rule->kind_case() != Rule::kExclusion) continue;
        for (const std::string& name : rule->exclusion().products()) {
          const Members& members = Ordered({Find(name), At(i).verb});
          steps_ += members.size();
          if (steps_ > kRuleStepsMax) return;
          for (const std::uint32_t other : members) {
            if (other != i && !At(other).dropped) visit(i, *rule, other);
          }
        }
      }
    }
  }

  // What a rule added is wanted, and what a product order itself brought about cannot make it go:
  // both contradict each other, and are told as violations.
  bool MayDrop(std::uint32_t owner, const Rule& rule, std::uint32_t excluded) {
    return rule.exclusion().drop() && At(excluded).added_by == nullptr && RootOf(owner) != excluded;
  }

  // True when there was something to drop.
  bool DropExcluded() {
    bool dropped = false;
    VisitExclusions([&](std::uint32_t owner, const Rule& rule, std::uint32_t excluded) {
      if (!MayDrop(owner, rule, excluded)) return;
      At(excluded).dropped = true;
      dropped = true;
    });
    return dropped;
  }

  void ForgetAdded() {
    draft_.product_orders.resize(requested_);
    draft_.added_ids.clear();
    draft_.errors().resize(errors_);  // what was wrong with them
  }

  std::string NameOf(std::uint32_t i) {
    const DraftProductOrder& product_order = At(i);
    std::string name =
        fmt::format("'{}' (product '{}'", product_order.id, draft_.ProductOf(product_order).name());
    if (product_order.added_by != nullptr) {
      name += fmt::format(", which rule '{}' added", product_order.added_by->name());
    }
    return name + ")";
  }

  void Violate(std::uint32_t i, const Rule& rule, const std::string& detail) {
    draft_.Violation(
        draft_.FieldOf(At(i).place, "", ""), rule.name(),
        fmt::format("rule '{}' of product order {}: {}", rule.name(), NameOf(i), detail));
  }

  void TellBroken() {
    VisitExclusions([&](std::uint32_t owner, const Rule& rule, std::uint32_t excluded) {
      if (MayDrop(owner, rule, excluded) || draft_.full()) return;
      Violate(owner, rule, fmt::format("{} may not be in the same order", NameOf(excluded)));
    });
    for (std::uint32_t i = 0; i < size() && !draft_.full(); ++i) {
      if (At(i).dropped) continue;
      for (const Rule* rule : At(i).rules) {
        if (rule->kind_case() == Rule::kValidation) Validate(i, *rule);
        if (rule->kind_case() == Rule::kAvailability) CheckAvailability(i, *rule);
      }
    }
  }

  void Validate(std::uint32_t i, const Rule& rule) {
    // Whether the order as a whole has a group is the same for everyone with that action.
    auto [known, is_new] = missing_.try_emplace({&rule, At(i).verb});
    if (is_new) known->second = MissingText(rule.validation(), At(i).verb);
    if (!known->second.empty()) Violate(i, rule, known->second);
  }

  // Empty when one group is there as a whole.
  std::string MissingText(const records::ValidationRule& rule, records::Verb verb) {
    std::string text;
    for (const records::ProductGroup& group : rule.any_of()) {
      std::vector<std::string> missing;
      for (const std::string& name : group.all_of()) {
        if (!Has({Find(name), verb})) missing.push_back(name);
      }
      if (missing.empty()) return {};
      if (!text.empty()) text += ", or ";
      text += Joined(missing, " and ");
    }
    return fmt::format("the order lacks {}, with action {}", text,
                       VerbName(static_cast<std::uint32_t>(verb)));
  }

  void CheckAvailability(std::uint32_t i, const Rule& rule) {
    const records::AvailabilityRule& window = rule.availability();
    const Nanos requested = draft_.request().requested_start;
    const Nanos moment = requested != 0 ? requested : draft_.context().now;
    const std::string_view what = requested != 0 ? "the requested start" : "now";
    if (window.from() != 0 && moment < window.from()) {
      Violate(i, rule,
              fmt::format("it can be ordered from {} on; {} is {}", FormatTime(window.from()), what,
                          FormatTime(moment)));
    } else if (window.until() != 0 && moment >= window.until()) {
      Violate(i, rule,
              fmt::format("it could be ordered until {}; {} is {}", FormatTime(window.until()),
                          what, FormatTime(moment)));
    }
  }

  // What depends on a dropped one depends on what that depended on.
  void ReplaceDropped(DraftProductOrder& product_order) {
    auto& depends_on = product_order.depends_on;
    const bool any = std::any_of(depends_on.begin(), depends_on.end(),
                                 [&](std::uint32_t d) { return At(d).dropped; });
    if (!any) return;
    std::vector<std::uint32_t> left;
    std::vector<std::uint32_t> open = depends_on;
    std::set<std::uint32_t> seen;
    while (!open.empty()) {
      const std::uint32_t d = open.back();
      open.pop_back();
      if (!seen.insert(d).second) continue;
      ++steps_;
      if (At(d).dropped) {
        open.insert(open.end(), At(d).depends_on.begin(), At(d).depends_on.end());
      } else {
        left.push_back(d);
      }
    }
    std::sort(left.begin(), left.end());
    depends_on = std::move(left);
  }

  void TakeOutDropped() {
    std::vector<std::uint32_t> new_index(size(), 0);
    std::uint32_t count = 0;
    for (std::uint32_t i = 0; i < size(); ++i) {
      if (!At(i).dropped) new_index[i] = count++;
    }
    if (count == size()) return;
    for (std::uint32_t i = 0; i < size() && steps_ <= kRuleStepsMax; ++i) {
      if (!At(i).dropped) ReplaceDropped(At(i));
    }
    std::vector<DraftProductOrder> left;
    left.reserve(count);
    for (std::uint32_t i = 0; i < size(); ++i) {
      if (At(i).dropped) continue;
      DraftProductOrder& product_order = left.emplace_back(std::move(At(i)));
      product_order.added_for = new_index[product_order.added_for];
      for (std::uint32_t& d : product_order.depends_on) d = new_index[d];
    }
    draft_.product_orders = std::move(left);
    Index();
  }

  bool Connect() {
    for (std::uint32_t i = 0; i < size(); ++i) {
      for (const Rule* rule : At(i).rules) {
        const records::SequenceRule* sequence = SequenceOf(*rule);
        if (sequence == nullptr) continue;
        for (const std::string& name : sequence->products()) {
          const Key key{Find(name), At(i).verb};
          ConnectAll(i, *rule, Ordered(key));
          ConnectAll(i, *rule, Replaced(key));
          if (draft_.sequences.size() > kDependencyEdgesMax) return true;  // the graph tells it
        }
      }
      if (StepsAreSpent()) return false;
    }
    return true;
  }

  void ConnectAll(std::uint32_t i, const Rule& rule, const Members& members) {
    steps_ += members.size();
    for (const std::uint32_t other : members) {
      if (other == i) continue;
      const bool before = rule.kind_case() == Rule::kPrepend;
      draft_.sequences.push_back({before ? i : other, before ? other : i, &rule});
    }
  }

  PlanDraft& draft_;
  const std::uint32_t requested_;
  const std::size_t errors_;  // found before
  std::map<Key, Members> of_product_;
  std::map<Key, Members> of_former_;  // by what it was ordered as
  std::map<std::pair<const Rule*, records::Verb>, std::string> missing_;
  std::size_t steps_ = 0;
};

}  // namespace

bool ApplyRules(PlanDraft& draft) {
  if (draft.catalog().records().rules().empty()) return true;
  // What an unknown product brings along or forbids is not known: the rest would only mislead.
  for (const DraftProductOrder& product_order : draft.product_orders) {
    if (!product_order.known) return true;
  }
  return RuleApplication(draft).Run();
}

}  // namespace cairn
