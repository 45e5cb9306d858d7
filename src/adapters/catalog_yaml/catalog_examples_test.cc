// The examples and the documentation are catalogs that load: what a reader copies, works.
#include "adapters/catalog_yaml/any_script_test.h"
#include "adapters/catalog_yaml/catalog_yaml.h"
#include "base/json.h"
#include "engine/orders/plan.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <sstream>

namespace cairn {
namespace {

const std::filesystem::path kRoot = CAIRN_SOURCE_DIR;

std::string ReadFile(const std::filesystem::path& path) {
  std::ifstream in(path, std::ios::binary);
  EXPECT_TRUE(in.good()) << path;
  std::ostringstream text;
  text << in.rdbuf();
  return text.str();
}

std::shared_ptr<const Catalog> ExampleCatalog() {
  testing::AnyScript scripts;
  auto loaded = LoadCatalog(kRoot / "examples" / "catalog", &scripts);
  if (!loaded) {
    ADD_FAILURE() << ProblemsAsError(loaded.error()).message;
    return Catalog::Make({});
  }
  return loaded->catalog;
}

// The order of a file, with what the planning of it needs.
OrderRequest ReadOrder(const std::string& name) {
  OrderRequest request;
  const auto body = ParseJson(ReadFile(kRoot / "examples" / "orders" / name));
  EXPECT_TRUE(body.has_value()) << name;
  if (!body) return request;
  if (const Json* dataset = body->Find("dataset"))
    request.dataset = Fields::FromJson(*dataset).value();
  for (const Json& item : body->Find("productOrders")->items()) {
    ProductOrderRequest& wanted = request.product_orders.emplace_back();
    wanted.id = item.Find("id")->text();
    wanted.product = item.Find("product")->text();
    wanted.verb = ParseVerb(item.Find("action")->text()).value_or(records::VERB_UNSPECIFIED);
    if (const Json* parameters = item.Find("parameters")) {
      wanted.parameters = Fields::FromJson(*parameters).value();
    }
    if (const Json* before = item.Find("dependsOn")) {
      for (const Json& id : before->items()) wanted.depends_on.push_back(id.text());
    }
  }
  return request;
}

std::string TextOf(const Json& object, std::string_view key) {
  const Json* value = object.Find(key);
  return value == nullptr ? std::string() : value->text();
}

OrderRequest ReadTmfOrder(const std::string& name) {
  OrderRequest request;
  request.source = OrderRequest::Source::kTmf641;
  const auto body = ParseJson(ReadFile(kRoot / "examples" / "orders" / name));
  EXPECT_TRUE(body.has_value()) << name;
  if (!body) return request;
  for (const Json& item : body->Find("serviceOrderItem")->items()) {
    const Json& service = *item.Find("service");
    ProductOrderRequest& wanted = request.product_orders.emplace_back();
    wanted.id = TextOf(item, "id");
    wanted.verb = ParseVerb(TextOf(item, "action")).value_or(records::VERB_UNSPECIFIED);
    wanted.service.id = TextOf(service, "id");
    wanted.service.type = TextOf(service, "serviceType");
    if (const Json* specification = service.Find("serviceSpecification")) {
      wanted.service.specification_id = TextOf(*specification, "id");
      wanted.service.specification_name = TextOf(*specification, "name");
    }
    if (const Json* list = service.Find("serviceCharacteristic")) {
      for (const Json& one : list->items()) {
        wanted.service.characteristics.push_back(TextOf(one, "name"));
        wanted.parameters.Add(TextOf(one, "name"), one.Find("value")->Serialize());
      }
    }
    if (!wanted.service.id.empty())
      wanted.parameters.Add("serviceId", JsonString(wanted.service.id));
    wanted.parameters.Add("serviceState", JsonString(TextOf(service, "state")));
  }
  return request;
}

// "product@slice" for each technical order.
std::vector<std::string> SlicesOf(const OrderRequest& request, const Catalog& catalog) {
  std::vector<std::string> slices;
  const auto plan = MakePlan(request, catalog);
  if (!plan) {
    for (const FieldError& error : plan.error()) {
      ADD_FAILURE() << error.field << ": " << error.detail;
    }
    return slices;
  }
  const records::OrderPart& part = plan->accepted->part();
  for (const records::TechnicalOrderPlan& technical : part.technical_orders()) {
    const records::ProductOrderPlan& owner =
        part.product_orders(static_cast<int>(technical.product_order()));
    slices.push_back(catalog.product(owner.product()).name() + "@" +
                     std::to_string(technical.slice()));
  }
  return slices;
}

using Slices = std::vector<std::string>;

TEST(CatalogExamples, LoadAndPlanTheExampleOrders) {
  const auto catalog = ExampleCatalog();
  EXPECT_EQ(SlicesOf(ReadOrder("mobile-line.json"), *catalog),
            (Slices{"mobile-line@0", "mobile-line@1", "mobile-line@2"}));
  EXPECT_EQ(SlicesOf(ReadOrder("rule-example.json"), *catalog),
            (Slices{"po1@1", "po2@2", "po3@0", "po4@0", "po9@0"}));
  EXPECT_EQ(SlicesOf(ReadOrder("functional-failure.json"), *catalog),
            (Slices{"fails-functional@0", "works@1", "works@0"}));
  EXPECT_EQ(SlicesOf(ReadOrder("technical-failure.json"), *catalog),
            (Slices{"works@0", "fails-technical@1"}));
}

TEST(CatalogExamples, TheSampleOfTmf641FindsItsProducts) {
  EXPECT_EQ(SlicesOf(ReadTmfOrder("tmf641-sample.json"), *ExampleCatalog()),
            (Slices{"vcpe@0", "input-port@0", "generic-data@0", "service-12@0"}));
}

TEST(CatalogExamples, TheBenchHasFourSlicesOfOneFourFourAndOne) {
  const auto catalog = ExampleCatalog();
  OrderRequest one;
  one.product_orders.emplace_back().id = "a";
  one.product_orders.back().product = "bench";
  EXPECT_EQ(SlicesOf(one, *catalog), (Slices{"bench@0", "bench@1", "bench@2", "bench@3"}));
  OrderRequest four;
  for (const char* name : {"bench-1", "bench-2", "bench-3", "bench-4"}) {
    four.product_orders.emplace_back().id = name;
    four.product_orders.back().product = name;
  }
  EXPECT_EQ(SlicesOf(four, *catalog), (Slices{"bench-1@0", "bench-2@1", "bench-3@2", "bench-4@3"}));
  std::vector<std::uint32_t> steps;
  for (const char* name : {"bench-open", "bench-left", "bench-right", "bench-close"}) {
    steps.push_back(catalog->step_count(catalog->FindTechnical(name).value()));
  }
  EXPECT_EQ(steps, (std::vector<std::uint32_t>{1, 4, 4, 1}));
}

struct Block {
  int line = 0;      // of its first line
  std::string info;  // what follows ``` on the fence: "yaml", "yaml products"
  std::string text;
};

std::vector<Block> YamlBlocks(const std::string& document) {
  std::vector<Block> blocks;
  std::istringstream in(document);
  std::string line;
  bool inside = false;
  for (int number = 1; std::getline(in, line); ++number) {
    if (!inside && line.starts_with("```yaml")) {
      blocks.push_back({number + 1, line.substr(3), {}});
      inside = true;
    } else if (line.starts_with("```")) {
      inside = false;
    } else if (inside) {
      blocks.back().text += line + "\n";
    }
  }
  return blocks;
}

std::string Indented(const std::string& text) {
  std::istringstream in(text);
  std::string out;
  for (std::string line; std::getline(in, line);) out += "  " + line + "\n";
  return out;
}

// A block of "yaml products" stands in the section products, and so on; all these fragments of the
// page make one catalog together. A block of plain "yaml" is a catalog of its own.
TEST(CatalogDocumentation, EveryExampleLoads) {
  testing::AnyScript scripts;
  const std::vector<Block> blocks = YamlBlocks(ReadFile(kRoot / "docs" / "catalog.md"));
  EXPECT_GE(blocks.size(), 10U);
  std::vector<CatalogFile> fragments;
  for (const Block& block : blocks) {
    const std::string name = "docs/catalog.md block at " + std::to_string(block.line);
    if (block.info == "yaml") {
      const auto loaded = ReadCatalog({{name, block.text}}, &scripts);
      EXPECT_TRUE(loaded.has_value()) << ProblemsAsError(loaded.error()).message;
      continue;
    }
    ASSERT_TRUE(block.info.starts_with("yaml ")) << name;
    fragments.push_back({name, block.info.substr(5) + ":\n" + Indented(block.text)});
  }
  const auto loaded = ReadCatalog(fragments, &scripts);
  EXPECT_TRUE(loaded.has_value()) << ProblemsAsError(loaded.error()).message;
}

// Those of the page on cartridges show cartridges only.
TEST(CatalogDocumentation, EveryExampleOfACartridgeLoads) {
  const std::vector<Block> blocks = YamlBlocks(ReadFile(kRoot / "docs" / "cartridges.md"));
  EXPECT_GE(blocks.size(), 4U);
  for (const Block& block : blocks) {
    EXPECT_EQ(block.info, "yaml") << block.line;
    EXPECT_TRUE(block.text.starts_with("cartridges:\n")) << block.line;
    const std::string name = "docs/cartridges.md block at " + std::to_string(block.line);
    const auto loaded = ReadCatalog({{name, block.text}});
    EXPECT_TRUE(loaded.has_value()) << ProblemsAsError(loaded.error()).message;
  }
}

}  // namespace
}  // namespace cairn
