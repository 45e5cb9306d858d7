// What the parts of the catalog's check share: the catalog, its names, and the errors found so far.
//
// One check, one thread.
#pragma once

#include "engine/orders/catalog_check.h"
#include "engine/orders/script.h"
#include "model/catalog.pb.h"

#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace cairn::catalog_check {

class Context {
 public:
  using Index = std::map<std::string_view, int>;

  // What it takes must outlive the context. `scripts` may be null: then every script is an error.
  Context(const records::Catalog& catalog, ScriptEngine* scripts);

  const records::Catalog& catalog() const { return catalog_; }
  const Index& products() const { return products_; }
  const Index& technical_product_orders() const { return technical_product_orders_; }
  const Index& rules() const { return rules_; }

  // Null when there is none of that name.
  const records::Cartridge* FindCartridge(std::string_view name) const;

  void Add(std::string path, std::string_view rule, std::string detail);
  bool full() const { return errors_.size() >= kCatalogErrorsMax; }
  std::vector<CatalogError> TakeErrors();

  // A name of a product, a technical product order, a cartridge, a step or an operation. `what`
  // names the kind in the error.
  void CheckName(const std::string& path, std::string_view what, std::string_view name);
  // A name that a caller or a target chose (a parameter, a field): any characters but controls.
  void CheckFieldName(const std::string& path, std::string_view what, std::string_view name);
  void CheckDescription(const std::string& path, std::string_view text);
  // "too-many" past the limit. False then: the list is not looked at further.
  bool CheckCount(const std::string& path, std::string_view what, int count, int limit);
  // One error at `path` when `name` is not in `index`, with what may have been meant.
  bool CheckReference(const std::string& path, std::string_view rule, std::string_view what,
                      std::string_view name, const Index& index);
  // `json` must be one JSON value.
  void CheckJson(const std::string& path, std::string_view json);

  // A script that can be run: its size and its syntax.
  void CheckScript(const std::string& path, const records::Script& script,
                   ScriptForm form = ScriptForm::kExpression);

  // "; did you mean 'x'?", or nothing.
  static std::string Suggestion(std::string_view name, const std::vector<std::string_view>& known);
  static std::string Suggestion(std::string_view name, const Index& known);

 private:
  const records::Catalog& catalog_;
  ScriptEngine* scripts_;
  Index products_;
  Index technical_product_orders_;
  Index cartridges_;
  Index rules_;
  std::vector<CatalogError> errors_;
};

void CheckProducts(Context& context);
void CheckRules(Context& context);
void CheckDatasets(Context& context);
void CheckTechnicalProductOrders(Context& context);
void CheckCartridges(Context& context);
// `path` is that of the cartridge.
void CheckPace(Context& context, const std::string& path, const records::Cartridge& cartridge);

// The names in {braces} of a path or a header value, in order. False when a brace has no partner or
// a name is empty.
bool TemplateFields(std::string_view text, std::vector<std::string_view>& fields);

// A list of "goes after" names for each of a row of named things.
struct AfterList {
  std::string_view name;
  const google::protobuf::RepeatedPtrField<std::string>* after = nullptr;
  // Where each of them stands; null: in the list `after` of the thing.
  const std::vector<std::string>* paths = nullptr;
};
// Reports each cycle with the names on it, at the entry of `after` that closes it. `base` is
// "/products" or "/technicalProductOrders".
void CheckCycles(Context& context, const std::string& base, const std::vector<AfterList>& lists,
                 const Context::Index& index,
                 std::string_view what = "each of these would wait for the next");

}  // namespace cairn::catalog_check
