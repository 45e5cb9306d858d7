// What the service of a product must keep to.
#include "engine/orders/catalog_check.h"

#include <gmock/gmock.h>
#include <google/protobuf/text_format.h>
#include <gtest/gtest.h>

#include <functional>
#include <string>

namespace cairn {
namespace {

using ::testing::HasSubstr;

// The rules that are broken, where and how: "RULE at PATH: DETAIL", line by line.
std::string Problems(const std::function<void(records::Product&)>& change) {
  records::Catalog catalog;
  EXPECT_TRUE(google::protobuf::TextFormat::ParseFromString(
      R"(products {
           name: "line"
           parameters { name: "msisdn" type: STRING mandatory: true }
           parameters { name: "plan" type: STRING default_json: '"basic"' }
           actions { verb: ADD decomposition: "work" }
           service { id_parameter: "msisdn" delta: true }
         }
         technical_product_orders {
           name: "work" steps { name: "w" cartridge: "c" operation: "o" }
         }
         cartridges { name: "c" simulated {} })",
      &catalog));
  change(*catalog.mutable_products(0));
  std::string lines;
  for (const CatalogError& error : CheckCatalog(catalog)) {
    EXPECT_EQ(error.path, "/products/line/service/id");
    lines += error.rule + ": " + error.detail + "\n";
  }
  return lines;
}

TEST(CatalogCheckServices, TheIdIsAParameterThatAlwaysNamesOne) {
  EXPECT_EQ(Problems([](records::Product&) {}), "");
  EXPECT_EQ(
      Problems([](records::Product& p) { p.mutable_parameters(0)->set_type(records::INTEGER); }),
      "");
  EXPECT_THAT(Problems([](records::Product& p) { p.mutable_service()->set_id_parameter("msisd"); }),
              HasSubstr("unknown-parameter: the product 'line' has no parameter 'msisd'; did you "
                        "mean 'msisdn'?"));
  EXPECT_THAT(Problems([](records::Product& p) { p.mutable_service()->set_id_parameter("plan"); }),
              HasSubstr("service-id-optional: 'plan' names a service"));
  EXPECT_THAT(
      Problems([](records::Product& p) { p.mutable_parameters(0)->set_default_json("\"x\""); }),
      HasSubstr("service-id-optional: "));
  EXPECT_THAT(
      Problems([](records::Product& p) { p.mutable_parameters(0)->set_type(records::OBJECT); }),
      HasSubstr("service-id-type: 'msisdn' is of type object"));
  EXPECT_THAT(Problems([](records::Product& p) { p.mutable_parameters(0)->set_secret(true); }),
              HasSubstr("service-id-secret: "));
}

}  // namespace
}  // namespace cairn
