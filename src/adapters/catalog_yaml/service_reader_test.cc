// The service of a product, as it is written.
#include "adapters/catalog_yaml/catalog_yaml.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

namespace cairn {
namespace {

using ::testing::HasSubstr;

tl::expected<LoadedCatalog, CatalogProblems> Read(const std::string& service) {
  return ReadCatalog({{"a.yaml", fmt::format(R"(
products:
  line:
    parameters:
      msisdn: {{type: string, mandatory: true}}
    service: {}
    actions: {{add: {{decomposition: [work]}}}}
technicalProductOrders:
  work: {{process: {{workOrder: work, cartridge: demo}}}}
cartridges:
  demo: {{type: simulated}}
)",
                                             service)}});
}

records::InventoryRule Rule(const std::string& service) {
  const auto loaded = Read(service);
  EXPECT_TRUE(loaded.has_value()) << ProblemsAsError(loaded.error()).message;
  return loaded ? loaded->catalog->product(0).service() : records::InventoryRule();
}

TEST(CatalogYamlService, WhatIsNotSaidIsTheDefault) {
  const records::InventoryRule rule = Rule("{id: msisdn}");
  EXPECT_EQ(rule.id_parameter(), "msisdn");
  EXPECT_FALSE(rule.must_exist());
  EXPECT_TRUE(rule.delta());
  const records::InventoryRule other = Rule("{id: msisdn, mustExist: true, delta: false}");
  EXPECT_TRUE(other.must_exist());
  EXPECT_FALSE(other.delta());
}

TEST(CatalogYamlService, MistakesNameTheirLine) {
  const auto problem = [](const std::string& service) {
    const auto loaded = Read(service);
    EXPECT_FALSE(loaded.has_value());
    return loaded ? std::string() : ProblemsAsError(loaded.error()).message;
  };
  EXPECT_THAT(problem("{id: msisd}"), HasSubstr("a.yaml:6: the product 'line' has no parameter"));
  EXPECT_THAT(problem("{id: msisdn, mustExists: true}"), HasSubstr("did you mean 'mustExist'?"));
  EXPECT_THAT(problem("{id: msisdn, delta: maybe}"), HasSubstr("a.yaml:6: "));
  EXPECT_THAT(problem("{mustExist: true}"), HasSubstr("a.yaml:6: "));
  EXPECT_THAT(problem("msisdn"), HasSubstr("a.yaml:6: "));
}

}  // namespace
}  // namespace cairn
