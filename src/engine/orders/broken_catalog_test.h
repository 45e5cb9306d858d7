// One good catalog, and what a test says of the smallest change that breaks a rule.
#pragma once

#include "engine/orders/catalog_check.h"
#include "model/fields.h"
#include "model/limits.h"

#include <gmock/gmock.h>
#include <google/protobuf/text_format.h>
#include <gtest/gtest.h>

#include <functional>

namespace cairn::testing {

// Line needs voicemail's product first; its process has a number port, then two work orders side by
// side, then one that follows both.
inline records::Catalog GoodCatalog() {
  constexpr const char* kText = R"(
    products {
      name: "line"
      parameters { name: "msisdn" type: STRING mandatory: true pattern: "[0-9]+" }
      parameters { name: "plan" type: STRING default_json: '"basic"' }
      actions { verb: ADD decomposition: "hlr" decomposition: "mail" in_sequence: true }
      actions { verb: DELETE decomposition: "hlr" }
      after: "site"
      selectors { service_type: "CFS" characteristic: "msisdn" }
    }
    products { name: "site" actions { verb: ADD decomposition: "mail" } }
    rules { name: "r1" prepend { products: "site" add_missing: true } }
    rules { name: "r2" validation { any_of { all_of: "line" } any_of { all_of: "site" } } }
    technical_product_orders {
      name: "hlr"
      steps {
        name: "port" cartridge: "net" operation: "port"
        input { target: "msisdn" parameter: "msisdn" default_json: "null" }
      }
      steps { name: "create" cartridge: "sim" operation: "create" after: 0 }
      steps { name: "data" cartridge: "sim" operation: "data" after: 0 }
      steps {
        name: "notify" cartridge: "sms" operation: "send" after: 1 after: 2
        input { target: "imsi" output { step: 1 field: "imsi" } }
        input { target: "ref" output { step: 0 field: "ref" } }
        input { target: "text" literal_json: '"welcome"' }
      }
    }
    technical_product_orders {
      name: "mail" after: "hlr"
      steps { name: "enable" cartridge: "sim" operation: "enable" }
    }
    cartridges {
      name: "net" concurrency: 8 timeout_ns: 5000000000 attempts: 3 retry_delay_ns: 1000000
      http {
        url: "http://127.0.0.1:8181/ok"
        headers { name: "X-Number" value: "n-{msisdn}" }
        operations {
          name: "port" method: "PUT" path: "/numbers/{msisdn}?mode=in"
          statuses { from: 409 to: 409 outcome: SCRIPTED_OK }
        }
      }
    }
    cartridges { name: "sim" simulated { latency_ns: 5 operations { name: "create" } } }
    cartridges { name: "sms" exec { command: "node" command: "worker.js" workers: 2 } }
  )";
  records::Catalog catalog;
  EXPECT_TRUE(google::protobuf::TextFormat::ParseFromString(kText, &catalog));
  return catalog;
}

struct Case {
  std::string rule;
  std::string path;
  std::function<void(records::Catalog&)> change;
  std::string detail = {};  // a part of it
};

inline void ExpectOneError(const Case& wanted) {
  SCOPED_TRACE(wanted.rule + " at " + wanted.path);
  records::Catalog catalog = GoodCatalog();
  wanted.change(catalog);
  const std::vector<CatalogError> errors = CheckCatalog(catalog);
  ASSERT_EQ(errors.size(), 1U) << (errors.size() > 1 ? errors[1].rule + errors[1].path : "");
  EXPECT_EQ(errors[0].rule, wanted.rule);
  EXPECT_EQ(errors[0].path, wanted.path);
  EXPECT_THAT(errors[0].detail, ::testing::HasSubstr(wanted.detail));
}

inline records::Product& Line(records::Catalog& c) { return *c.mutable_products(0); }
inline records::TechnicalProductOrder& Hlr(records::Catalog& c) {
  return *c.mutable_technical_product_orders(0);
}
inline records::Cartridge& Net(records::Catalog& c) { return *c.mutable_cartridges(0); }
inline records::HttpOperation& Port(records::Catalog& c) {
  return *Net(c).mutable_http()->mutable_operations(0);
}
inline records::SimulatedCartridge& Sim(records::Catalog& c) {
  return *c.mutable_cartridges(1)->mutable_simulated();
}
inline records::ExecCartridge& Sms(records::Catalog& c) {
  return *c.mutable_cartridges(2)->mutable_exec();
}
using Cat = records::Catalog;

}  // namespace cairn::testing
