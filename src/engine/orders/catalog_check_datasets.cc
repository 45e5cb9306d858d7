// What technical product orders begin with: fields that are filled when an order is planned, so
// that no step can be asked for one.
#include "engine/orders/catalog_check_context.h"
#include "model/limits.h"

#include <fmt/format.h>

#include <set>

namespace cairn::catalog_check {
namespace {

using records::Mapping;

void CheckField(Context& context, const std::string& path, const Mapping& mapping) {
  context.CheckFieldName(path, "a field of a dataset", mapping.target());
  if (!mapping.default_json().empty()) {
    context.CheckJson(CatalogPath(path, "default"), mapping.default_json());
  }
  switch (mapping.source_case()) {
    case Mapping::kLiteralJson: context.CheckJson(path, mapping.literal_json()); break;
    case Mapping::kParameter:
      context.CheckFieldName(path, "a parameter", mapping.parameter());
      break;
    case Mapping::kExpression:
      context.CheckScript(CatalogPath(path, "expression"), mapping.expression());
      break;
    case Mapping::kOutput:
      context.Add(path, "no-step-yet",
                  fmt::format("'{}' is filled when an order is planned: no work order has answered "
                              "then",
                              mapping.target()));
      break;
    case Mapping::SOURCE_NOT_SET:
      context.Add(path, "no-source",
                  fmt::format("nothing says where '{}' comes from", mapping.target()));
      break;
  }
}

}  // namespace

void CheckDatasets(Context& context) {
  for (const auto& technical : context.catalog().technical_product_orders()) {
    const std::string base =
        CatalogPath(CatalogPath("/technicalProductOrders", technical.name()), "dataset");
    if (context.full()) return;
    if (!context.CheckCount(base, "fields", technical.dataset_size(),
                            static_cast<int>(kFieldsPerSetMax))) {
      continue;
    }
    std::set<std::string_view> seen;
    for (const Mapping& mapping : technical.dataset()) {
      const std::string path = CatalogPath(base, mapping.target());
      if (!seen.insert(mapping.target()).second) {
        context.Add(path, "duplicate-name",
                    fmt::format("the field '{}' is given twice", mapping.target()));
      }
      CheckField(context, path, mapping);
    }
  }
}

}  // namespace cairn::catalog_check
