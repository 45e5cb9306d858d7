#include "engine/orders/plan.h"

#include "base/check.h"
#include "base/text.h"
#include "engine/orders/catalog_check.h"
#include "engine/orders/plan_dependencies.h"
#include "engine/orders/plan_parameters.h"
#include "model/limits.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace cairn {
namespace {

using Errors = std::vector<FieldError>;

constexpr std::size_t kCycleNamesMax = 20;  // shown of one cycle
// A near name is looked for so often in one order, in catalogs of so many products at most.
constexpr int kSuggestionsMax = 10;
constexpr int kSuggestAmongMax = 10'000;

// One product order, resolved against the catalog.
struct Resolved {
  bool known = false;  // the product is; the rest is meaningless otherwise
  std::uint32_t product = 0;
  const records::ProductAction* action = nullptr;  // null: there is nothing to do
  std::uint32_t first_technical = 0;
};

class Planner {
 public:
  Planner(const OrderRequest& request, const Catalog& catalog)
      : request_(request), catalog_(catalog) {}

  tl::expected<Plan, Errors> Run() {
    accepted_ = std::make_shared<records::OrderAccepted>();
    // Each phase works with what those before it could make sense of, so that one answer tells all
    // that is wrong. A phase that meets a limit is the last one.
    if (CheckHeader() && ResolveProducts() && ConnectProductOrders() && Decompose()) {
      ConnectTechnicalOrders();
    }
    if (!errors_.empty()) {
      // One product order adds all of its own.
      if (errors_.size() > kPlanErrorsMax) errors_.resize(kPlanErrorsMax);
      return tl::unexpected(std::move(errors_));
    }
    return Emit();
  }

 private:
  void Error(std::string field, std::string rule, std::string detail) {
    if (!Full()) errors_.push_back({std::move(field), std::move(rule), std::move(detail)});
  }
  bool Full() const { return errors_.size() >= kPlanErrorsMax; }

  // The JSON pointer of a product order, or of one of its fields, in the body that was sent.
  std::string FieldOf(std::size_t index, std::string_view native, std::string_view tmf) const {
    return request_.source == OrderRequest::Source::kTmf641
               ? fmt::format("/serviceOrderItem/{}{}", index, tmf)
               : fmt::format("/productOrders/{}{}", index, native);
  }

  bool CheckHeader() {
    const std::size_t count = request_.product_orders.size();
    const std::string_view list =
        request_.source == OrderRequest::Source::kTmf641 ? "/serviceOrderItem" : "/productOrders";
    if (count == 0)
      Error(std::string(list), "missing", "an order needs at least one product order");
    if (count > kProductOrdersMax) {
      Error(std::string(list), "too-many-product-orders",
            fmt::format("{} product orders, the limit is {}", count, kProductOrdersMax));
    }
    CheckSizes();
    if (const auto policy = request_.dataset.Find(kExecutionPolicy)) {
      if (*policy == "\"Dependency Tree\"") {
        accepted_->set_dependency_tree(true);
      } else if (*policy != "\"Slicing\"") {
        Error("/dataset/" + EscapePointer(kExecutionPolicy), "unknown-value",
              fmt::format("must be \"Slicing\" or \"Dependency Tree\", not {}",
                          CutUtf8(*policy, 64)));
      }
    }
    if (const auto checkpoint = request_.dataset.Find(kPopCheckpoint)) {
      if (*checkpoint != "\"AfterSlice\"") {
        Error("/dataset/" + EscapePointer(kPopCheckpoint), "unknown-value",
              fmt::format("must be \"AfterSlice\", not {}", CutUtf8(*checkpoint, 64)));
      } else if (accepted_->dependency_tree()) {
        Error("/dataset/" + EscapePointer(kPopCheckpoint), "not-with-dependency-tree",
              fmt::format("is for Slicing: with {} \"Dependency Tree\" no slice has an end",
                          kExecutionPolicy));
      }
    }
    return count <= kProductOrdersMax && !Full();
  }

  // What bounds the records of one order, part by part.
  void CheckSizes() {
    const auto check = [&](const std::string& field, std::size_t bytes, std::size_t limit) {
      if (bytes <= limit) return;
      Error(field, "too-large", fmt::format("{} bytes, the limit is {}", bytes, limit));
    };
    check("/dataset", request_.dataset.encoded().size(), kFieldSetBytesMax);
    if (request_.tmf_document.size() > kTmfDocumentBytesMax) {
      Error("", "too-large",
            fmt::format("the TMF641 document has {} bytes, the limit is {}",
                        request_.tmf_document.size(), kTmfDocumentBytesMax));
    }
    for (std::size_t i = 0; i < request_.product_orders.size(); ++i) {
      const std::size_t bytes = request_.product_orders[i].parameters.encoded().size();
      if (bytes > kFieldSetBytesMax) {
        check(FieldOf(i, "/parameters", "/service/serviceCharacteristic"), bytes,
              kFieldSetBytesMax);
      }
    }
  }

  bool ResolveProducts() {
    resolved_.reserve(request_.product_orders.size());
    parameters_.reserve(request_.product_orders.size());
    for (std::size_t i = 0; i < request_.product_orders.size(); ++i) {
      by_id_.emplace_back(request_.product_orders[i].id, static_cast<std::uint32_t>(i));
      ResolveProduct(i);
      if (Full()) return false;
    }
    std::sort(by_id_.begin(), by_id_.end());
    for (std::size_t i = 1; i < by_id_.size(); ++i) {
      if (by_id_[i].first == by_id_[i - 1].first) {
        Error(FieldOf(by_id_[i].second, "/id", "/id"), "duplicate-id",
              fmt::format("the id '{}' stands twice in the order", by_id_[i].first));
      }
    }
    return !Full();
  }

  // "; did you mean 'mobile-line'?", or nothing where no name is near, or too much is to be
  // compared.
  std::string SuggestProduct(std::string_view name) {
    const auto& products = catalog_.records().products();
    if (products.size() > kSuggestAmongMax || suggestions_ >= kSuggestionsMax) return {};
    ++suggestions_;
    std::vector<std::string_view> names;
    names.reserve(static_cast<std::size_t>(products.size()));
    for (const records::Product& product : products) names.emplace_back(product.name());
    const std::string_view nearest = NearestName(name, names);
    return nearest.empty() ? std::string() : fmt::format("; did you mean '{}'?", nearest);
  }

  void ResolveProduct(std::size_t i) {
    const ProductOrderRequest& wanted = request_.product_orders[i];
    Resolved& resolved = resolved_.emplace_back();
    Fields& parameters = parameters_.emplace_back();
    const auto product =
        wanted.product.empty() ? SelectProduct(i) : catalog_.FindProduct(wanted.product);
    if (!product) {
      if (!wanted.product.empty()) {
        Error(FieldOf(i, "/product", "/service"), "unknown-product",
              fmt::format("the catalog has no product '{}'{}", wanted.product,
                          SuggestProduct(wanted.product)));
      }
      return;
    }
    resolved.known = true;
    resolved.product = *product;
    const records::Product& definition = catalog_.product(*product);
    resolved.action = Catalog::FindAction(definition, wanted.verb);
    if (resolved.action == nullptr && wanted.verb != records::NO_CHANGE) {
      Error(FieldOf(i, "/action", "/action"), "unknown-action",
            fmt::format("product '{}' has no action '{}'", definition.name(),
                        VerbName(static_cast<std::uint32_t>(wanted.verb))));
      return;
    }
    const std::string field = FieldOf(i, "/parameters", "/service/serviceCharacteristic");
    if (resolved.action == nullptr) {
      CheckGivenParameters(catalog_, *product, wanted.parameters, field, errors_);
      parameters = wanted.parameters;
      return;
    }
    parameters = CheckParameters(catalog_, *product, wanted.parameters, field, errors_);
  }

  static int Match(const records::Selector& selector, const ProductOrderRequest::Service& service) {
    int fields = 0;
    const auto holds = [&](const std::string& wanted, bool equal) {
      if (wanted.empty()) return true;
      ++fields;
      return equal;
    };
    const bool all = holds(selector.service_specification(),
                           selector.service_specification() == service.specification_id ||
                               selector.service_specification() == service.specification_name) &&
                     holds(selector.service_type(), selector.service_type() == service.type) &&
                     holds(selector.service_id(), selector.service_id() == service.id) &&
                     holds(selector.characteristic(),
                           std::find(service.characteristics.begin(), service.characteristics.end(),
                                     selector.characteristic()) != service.characteristics.end());
    return all ? fields : 0;
  }

  std::optional<std::uint32_t> SelectProduct(std::size_t i) {
    const auto& service = request_.product_orders[i].service;
    int best = -1;
    int rival = -1;
    int best_fields = 0;
    for (int p = 0; p < catalog_.records().products_size(); ++p) {
      for (const auto& selector : catalog_.records().products(p).selectors()) {
        const int fields = Match(selector, service);
        if (fields == 0 || fields < best_fields) continue;
        if (fields > best_fields) {
          rival = -1;
        } else if (best != p) {
          rival = best;
        }
        best = p;
        best_fields = fields;
      }
    }
    if (best < 0) {
      Error(FieldOf(i, "", "/service"), "unknown-product",
            "no product of the catalog selects this service (specification, type, id, "
            "characteristics)");
      return std::nullopt;
    }
    if (rival >= 0) {
      Error(FieldOf(i, "", "/service"), "ambiguous-product",
            fmt::format("products '{}' and '{}' both select this service",
                        catalog_.records().products(rival).name(),
                        catalog_.records().products(best).name()));
      return std::nullopt;
    }
    return static_cast<std::uint32_t>(best);
  }

  void AddEdge(Predecessors& graph, std::uint32_t node, std::uint32_t before) {
    if (++edges_ > kDependencyEdgesMax) return;
    graph[node].push_back(before);
  }

  // False when there is no telling what waits for what.
  bool ConnectProductOrders() {
    const auto count = static_cast<std::uint32_t>(request_.product_orders.size());
    waits_.resize(count);
    depends_on_.resize(count);
    for (std::uint32_t i = 0; i < count; ++i) ConnectByOrder(i);
    ConnectByCatalog();
    for (auto& before : waits_) {
      std::sort(before.begin(), before.end());
      before.erase(std::unique(before.begin(), before.end()), before.end());
    }
    if (!CheckEdges() || Full()) return false;
    sorted_ = SortTopologically(waits_);
    for (const auto& cycle : sorted_.cycles) {
      Error(FieldOf(cycle.front(), "/dependsOn", "/serviceOrderItemRelationship"),
            "dependency-cycle", CycleText(cycle, [&](std::uint32_t node) {
              return fmt::format("'{}'", request_.product_orders[node].id);
            }));
    }
    return !Full();
  }

  // "'a' waits for 'b' waits for 'a'"
  template <typename NameOf>
  static std::string CycleText(const std::vector<std::uint32_t>& cycle, NameOf name_of) {
    const std::size_t shown = std::min(cycle.size(), kCycleNamesMax);
    std::string text;
    for (std::size_t i = 0; i < shown; ++i) text += name_of(cycle[i]) + " waits for ";
    if (shown < cycle.size()) text += fmt::format("({} more) waits for ", cycle.size() - shown);
    return text + name_of(cycle.front());
  }

  void ConnectByOrder(std::uint32_t i) {
    const auto& ids = request_.product_orders[i].depends_on;
    for (std::size_t k = 0; k < ids.size(); ++k) {
      const auto it = std::lower_bound(by_id_.begin(), by_id_.end(),
                                       std::pair<std::string_view, std::uint32_t>(ids[k], 0));
      if (it == by_id_.end() || it->first != ids[k]) {
        Error(FieldOf(i, fmt::format("/dependsOn/{}", k),
                      fmt::format("/serviceOrderItemRelationship/{}", k)),
              "unknown-product-order", fmt::format("the order has no product order '{}'", ids[k]));
        continue;
      }
      depends_on_[i].push_back(it->second);
      // Which of two it means is anybody's guess.
      const bool ambiguous = it + 1 != by_id_.end() && (it + 1)->first == it->first;
      if (!ambiguous) AddEdge(waits_, i, it->second);
    }
  }

  void ConnectByCatalog() {
    // The product orders of each product that some other product comes after.
    std::vector<std::vector<std::uint32_t>> of_product;
    for (std::uint32_t i = 0; i < resolved_.size(); ++i) {
      if (!resolved_[i].known) continue;
      for (const std::string& name : catalog_.product(resolved_[i].product).after()) {
        if (edges_ > kDependencyEdgesMax) return;
        if (of_product.empty()) of_product = GroupByProduct();
        const auto product = catalog_.FindProduct(name);
        CHECK(product.has_value());
        for (const std::uint32_t before : of_product[*product]) AddEdge(waits_, i, before);
      }
    }
  }

  std::vector<std::vector<std::uint32_t>> GroupByProduct() const {
    std::vector<std::vector<std::uint32_t>> groups(
        static_cast<std::size_t>(catalog_.records().products_size()));
    for (std::uint32_t i = 0; i < resolved_.size(); ++i) {
      if (resolved_[i].known) groups[resolved_[i].product].push_back(i);
    }
    return groups;
  }

  bool CheckEdges() {
    if (edges_ <= kDependencyEdgesMax) return true;
    Error("", "too-many-dependencies",
          fmt::format("more than {} dependencies between the parts of the order",
                      kDependencyEdgesMax));
    return false;
  }

  bool Decompose() {
    // Counted first: an order may name large decompositions often.
    std::size_t count = 0;
    for (const Resolved& resolved : resolved_) {
      if (resolved.action == nullptr) continue;
      count += static_cast<std::size_t>(resolved.action->decomposition_size());
    }
    if (count > kTechnicalOrdersMax) {
      Error("", "too-many-technical-orders",
            fmt::format("the order decomposes into {} technical product orders, the limit is {}",
                        count, kTechnicalOrdersMax));
      return false;
    }
    technical_.reserve(count);
    for (std::uint32_t i = 0; i < resolved_.size(); ++i) {
      Resolved& resolved = resolved_[i];
      resolved.first_technical = static_cast<std::uint32_t>(technical_.size());
      if (resolved.action == nullptr) continue;
      for (const std::string& name : resolved.action->decomposition()) {
        const auto definition = catalog_.FindTechnical(name);
        CHECK(definition.has_value());
        technical_.emplace_back(i, *definition);
      }
    }
    std::size_t work_orders = 0;
    for (const auto& [product_order, definition] : technical_) {
      work_orders += catalog_.step_count(definition);
    }
    if (work_orders > kWorkOrdersMax) {
      Error("", "too-many-work-orders",
            fmt::format("the order needs {} work orders, the limit is {}", work_orders,
                        kWorkOrdersMax));
      return false;
    }
    return true;
  }

  std::uint32_t TechnicalEnd(std::uint32_t product_order) const {
    return product_order + 1 < resolved_.size() ? resolved_[product_order + 1].first_technical
                                                : static_cast<std::uint32_t>(technical_.size());
  }

  // What a product order's successors wait for: its technical orders, or, where it has none, what
  // it would have waited for itself.
  void ConnectTechnicalOrders() {
    graph_.resize(technical_.size());
    std::vector<std::vector<std::uint32_t>> inherited(resolved_.size());
    for (const std::uint32_t i : sorted_.order) {
      std::vector<std::uint32_t> before;
      for (const std::uint32_t p : waits_[i]) {
        for (std::uint32_t t = resolved_[p].first_technical; t < TechnicalEnd(p); ++t) {
          before.push_back(t);
        }
        before.insert(before.end(), inherited[p].begin(), inherited[p].end());
        // What is passed on costs time like any other dependency, each time that it is.
        edges_ += inherited[p].size();
        if (edges_ > kDependencyEdgesMax) return void(CheckEdges());
      }
      // Several ways may lead to the same one.
      std::sort(before.begin(), before.end());
      before.erase(std::unique(before.begin(), before.end()), before.end());
      const std::uint32_t first = resolved_[i].first_technical;
      const std::uint32_t end = TechnicalEnd(i);
      if (first == end) {
        // What is passed on takes room like any other dependency.
        edges_ += before.size();
        if (edges_ > kDependencyEdgesMax) break;
        inherited[i] = std::move(before);
        continue;
      }
      for (std::uint32_t t = first; t < end && edges_ <= kDependencyEdgesMax; ++t) {
        for (const std::uint32_t b : before) AddEdge(graph_, t, b);
        if (resolved_[i].action->in_sequence() && t > first) AddEdge(graph_, t, t - 1);
      }
    }
    ConnectTechnicalByCatalog();
    if (!CheckEdges()) return;
    for (auto& before : graph_) {
      std::sort(before.begin(), before.end());
      before.erase(std::unique(before.begin(), before.end()), before.end());
    }
    technical_sorted_ = SortTopologically(graph_);
    for (const auto& cycle : technical_sorted_.cycles) {
      Error(FieldOf(technical_[cycle.front()].first, "", ""), "dependency-cycle",
            CycleText(cycle, [&](std::uint32_t t) {
              return fmt::format("'{}' of '{}'", catalog_.technical(technical_[t].second).name(),
                                 request_.product_orders[technical_[t].first].id);
            }));
    }
  }

  // Where its own product order has one that goes first, a technical order waits for that; else for
  // those of the whole order.
  void ConnectTechnicalByCatalog() {
    std::vector<std::vector<std::uint32_t>> of_definition;
    for (std::uint32_t t = 0; t < technical_.size(); ++t) {
      const auto& [product_order, definition] = technical_[t];
      for (const std::string& name : catalog_.technical(definition).after()) {
        if (edges_ > kDependencyEdgesMax) return;
        const auto wanted = catalog_.FindTechnical(name);
        CHECK(wanted.has_value());
        bool own = false;
        for (std::uint32_t b = resolved_[product_order].first_technical;
             b < TechnicalEnd(product_order); ++b) {
          if (technical_[b].second != *wanted) continue;
          AddEdge(graph_, t, b);
          own = true;
        }
        if (own) continue;
        if (of_definition.empty()) of_definition = GroupByDefinition();
        for (const std::uint32_t b : of_definition[*wanted]) AddEdge(graph_, t, b);
      }
    }
  }

  std::vector<std::vector<std::uint32_t>> GroupByDefinition() const {
    std::vector<std::vector<std::uint32_t>> groups(
        static_cast<std::size_t>(catalog_.records().technical_product_orders_size()));
    for (std::uint32_t t = 0; t < technical_.size(); ++t) groups[technical_[t].second].push_back(t);
    return groups;
  }

  Plan Emit() {
    std::vector<std::uint32_t> slices = SlicesOf(graph_, technical_sorted_.order);
    if (request_.sequential) {
      for (std::uint32_t at = 0; at < technical_sorted_.order.size(); ++at) {
        slices[technical_sorted_.order[at]] = at;
      }
    }
    std::uint32_t slice_count = 0;
    for (const std::uint32_t slice : slices) slice_count = std::max(slice_count, slice + 1);

    Plan plan;
    plan.accepted = accepted_;
    records::OrderAccepted& accepted = *accepted_;
    accepted.set_catalog_hash(catalog_.hash());
    accepted.set_external_id(request_.external_id);
    accepted.set_customer(request_.customer);
    accepted.set_priority(request_.priority);
    accepted.set_requested_start(request_.requested_start);
    accepted.set_stop_all(request_.stop_all);
    accepted.set_sequential(request_.sequential);
    // One at a time is one slice after the other, whatever the policy.
    if (request_.sequential) accepted.set_dependency_tree(false);
    accepted.set_functional_to_fail_port(!request_.replayable_so_to_retry_port);
    accepted.set_replay_failed(!request_.skip_failed_wo);
    accepted.set_dataset(request_.dataset.encoded());
    accepted.set_slice_count(slice_count);
    accepted.set_tmf_document(request_.tmf_document);

    EmitParts(plan, slices);
    return plan;
  }

  // What makes an order large is many parts, none of them large.
  void EmitParts(Plan& plan, const std::vector<std::uint32_t>& slices) {
    records::OrderPart* part = accepted_->mutable_part();
    std::size_t bytes = 0;
    for (std::uint32_t i = 0; i < resolved_.size(); ++i) {
      const bool full =
          bytes > kOrderPartBytes ||
          static_cast<std::size_t>(part->product_orders_size()) == kOrderPartProductOrders;
      if (full) {
        plan.further_parts.push_back(std::make_shared<records::OrderPart>());
        part = plan.further_parts.back().get();
        bytes = 0;
      }
      EmitProductOrder(*part->add_product_orders(), i);
      bytes += part->product_orders().rbegin()->parameters().size();
      for (std::uint32_t t = resolved_[i].first_technical; t < TechnicalEnd(i); ++t) {
        auto& technical = *part->add_technical_orders();
        technical.set_product_order(i);
        technical.set_definition(technical_[t].second);
        technical.set_slice(slices[t]);
        technical.mutable_predecessors()->Add(graph_[t].begin(), graph_[t].end());
        bytes += 3 * graph_[t].size();  // as varints
      }
    }
  }

  void EmitProductOrder(records::ProductOrderPlan& out, std::uint32_t i) {
    const ProductOrderRequest& wanted = request_.product_orders[i];
    out.set_id(wanted.id);
    out.set_product(resolved_[i].product);
    out.set_verb(static_cast<std::uint32_t>(wanted.verb));
    out.set_parameters(parameters_[i].TakeEncoded());
    out.mutable_depends_on()->Add(depends_on_[i].begin(), depends_on_[i].end());
  }

  const OrderRequest& request_;
  const Catalog& catalog_;
  Errors errors_;
  std::shared_ptr<records::OrderAccepted> accepted_;
  int suggestions_ = 0;
  std::vector<Resolved> resolved_;
  std::vector<Fields> parameters_;
  std::vector<std::pair<std::string_view, std::uint32_t>> by_id_;  // sorted
  std::vector<std::vector<std::uint32_t>> depends_on_;             // as the order said it
  Predecessors waits_;                                             // product orders
  TopologicalOrder sorted_;
  std::vector<std::pair<std::uint32_t, std::uint32_t>> technical_;  // product order, definition
  Predecessors graph_;                                              // technical orders
  TopologicalOrder technical_sorted_;
  std::size_t edges_ = 0;
};

}  // namespace

tl::expected<Plan, std::vector<FieldError>> MakePlan(const OrderRequest& request,
                                                     const Catalog& catalog) {
  return Planner(request, catalog).Run();
}

}  // namespace cairn
