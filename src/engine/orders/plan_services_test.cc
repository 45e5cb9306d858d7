// What planning makes of the inventory: what is there already, what is not, and what must be.
#include "engine/orders/plan_services.h"

#include "engine/orders/catalog_check.h"
#include "engine/orders/plan_parameters.h"
#include "model/limits.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <google/protobuf/text_format.h>
#include <gtest/gtest.h>

namespace cairn {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::UnorderedElementsAre;

constexpr const char* kCatalog = R"(
  products {
    name: "access"
    parameters { name: "line" type: STRING mandatory: true }
    actions { verb: ADD decomposition: "work" }
    actions { verb: DELETE decomposition: "work" }
    service { id_parameter: "line" delta: true }
  }
  products {
    name: "mail"
    parameters { name: "line" type: STRING mandatory: true }
    parameters { name: "size" type: NUMBER default_json: "10" }
    parameters { name: "quota" type: INTEGER mandatory: true }
    actions { verb: ADD decomposition: "work" }
    actions { verb: MODIFY decomposition: "work" }
    actions { verb: DELETE decomposition: "work" }
    actions { verb: NO_CHANGE decomposition: "work" }
    rules { rule: "needs-access" }
    service { id_parameter: "line" delta: true }
  }
  products {
    name: "strict"
    parameters { name: "number" type: INTEGER mandatory: true }
    actions { verb: ADD decomposition: "work" }
    actions { verb: MODIFY decomposition: "work" }
    actions { verb: DELETE decomposition: "work" }
    service { id_parameter: "number" must_exist: true }
  }
  rules { name: "needs-access" prepend { products: "access" add_missing: true } }
  technical_product_orders {
    name: "work" steps { name: "w" cartridge: "c" operation: "o" }
  }
  cartridges { name: "c" simulated {} }
)";

class FakeInventory final : public ServiceSource {
 public:
  StoredServicePtr Find(std::string_view product, std::string_view service) const override {
    ++finds;
    const auto it = services.find(ByServiceKey::View{product, service});
    return it == services.end() ? nullptr : *it;
  }
  std::set<StoredServicePtr, ByServiceKey> services;
  mutable int finds = 0;
};

class PlanServicesTest : public ::testing::Test {
 protected:
  void SetUp() override {
    records::Catalog catalog;
    ASSERT_TRUE(google::protobuf::TextFormat::ParseFromString(kCatalog, &catalog));
    for (const auto& error : CheckCatalog(catalog)) {
      ADD_FAILURE() << error.path << ": " << error.detail;
    }
    catalog_ = Catalog::Make(std::move(catalog));
  }

  void Known(const std::string& product, const std::string& service, const std::string& json) {
    auto stored = std::make_shared<StoredService>();
    stored->id = ServiceId(7 + inventory_.services.size());
    stored->version = 3;
    stored->product = product;
    stored->service = service;
    stored->parameters = Fields::FromJsonText(json).value();
    inventory_.services.insert(std::move(stored));
  }
  void Want(const std::string& id, const std::string& product, records::Verb verb,
            const std::string& json, std::vector<std::string> after = {}) {
    ProductOrderRequest& wanted = request_.product_orders.emplace_back();
    wanted.id = id;
    wanted.product = product;
    wanted.verb = verb;
    wanted.parameters = Fields::FromJsonText(json).value();
    wanted.depends_on = std::move(after);
  }
  tl::expected<Plan, std::vector<FieldError>> Planned() {
    return MakePlan(request_, *catalog_, {.now = 1, .services = &inventory_});
  }
  // "ID of SERVICE" with its parameters, and "nothing" where nothing is done.
  std::vector<std::string> Lines() {
    const auto plan = Planned();
    if (!plan) {
      std::vector<std::string> errors;
      for (const FieldError& error : plan.error()) {
        errors.push_back(fmt::format("{} at {}", error.rule, error.field));
      }
      return errors;
    }
    std::vector<std::string> lines;
    const records::OrderPart& part = plan->accepted->part();
    for (int i = 0; i < part.product_orders_size(); ++i) {
      const auto& p = part.product_orders(i);
      std::string line = fmt::format("{} of '{}' ", p.id(), p.service());
      AppendFieldsAsJson(line, p.parameters());
      bool has_work = false;
      for (const auto& technical : part.technical_orders()) {
        has_work = has_work || technical.product_order() == static_cast<std::uint32_t>(i);
      }
      EXPECT_NE(p.dropped_by_delta(), has_work);
      lines.push_back(line + (has_work ? "" : " nothing"));
    }
    return lines;
  }

  FakeInventory inventory_;
  std::shared_ptr<const Catalog> catalog_;
  OrderRequest request_;
};

TEST_F(PlanServicesTest, AnAddOfWhatIsThereNeedsNothing) {
  Known("access", "L1", R"({"line":"L1"})");
  Known("mail", "L1", R"({"size":10.0,"quota":5,"line":"L1"})");
  Want("m", "mail", records::ADD, R"({"line":"L1","quota":5})");
  EXPECT_THAT(Lines(), ElementsAre(R"(m of 'L1' {"line":"L1","quota":5,"size":10} nothing)"))
      << "its rules ask for nothing either";
}

TEST_F(PlanServicesTest, AnAddWithOtherParametersIsDone) {
  Known("access", "L1", R"({"line":"L1"})");
  Known("mail", "L1", R"({"line":"L1","quota":5,"size":10,"note":1})");
  Want("m", "mail", records::ADD, R"({"line":"L1","quota":5})");
  EXPECT_THAT(Lines(), ElementsAre(R"(m of 'L1' {"line":"L1","quota":5,"size":10})",
                                   R"(access of 'L1' {"line":"L1"} nothing)"))
      << "what a rule adds is left out as well";
}

TEST_F(PlanServicesTest, ADeleteOfWhatIsNotThereNeedsNothing) {
  Want("m", "mail", records::DELETE, R"({"line":"L1"})");
  EXPECT_THAT(Lines(), ElementsAre(R"(m of 'L1' {"line":"L1"} nothing)"))
      << "it says no more than it must";
  Known("access", "L1", R"({"line":"L1"})");
  Known("mail", "L1", R"({"line":"L1","quota":7,"size":9})");
  request_.product_orders.clear();
  Want("m", "mail", records::DELETE, R"({"line":"L1"})");
  EXPECT_THAT(Lines(), ElementsAre(R"(m of 'L1' {"line":"L1","quota":7,"size":9})",
                                   R"(access of 'L1' {"line":"L1"})"))
      << "what is not given is as the inventory has it";
}

TEST_F(PlanServicesTest, AModifyTakesTheRestFromTheInventoryOrAdopts) {
  Known("mail", "L1", R"({"line":"L1","quota":7,"size":9,"own":[1]})");
  Want("a", "mail", records::MODIFY, R"({"line":"L1","size":4})");
  Want("b", "mail", records::MODIFY, R"({"line":"L2","quota":1})");
  EXPECT_THAT(Lines(), ElementsAre(R"(a of 'L1' {"line":"L1","size":4,"quota":7,"own":[1]})",
                                   R"(b of 'L2' {"line":"L2","quota":1,"size":10})"));
  Want("c", "mail", records::MODIFY, R"({"line":"L3"})");
  EXPECT_THAT(Lines(), ElementsAre("missing-parameter at /productOrders/2/parameters/quota"));
}

TEST_F(PlanServicesTest, WhatMustExistDoes) {
  Want("m", "strict", records::MODIFY, R"({"number":12})");
  Want("d", "strict", records::DELETE, R"({"number":13})");
  const auto plan = Planned();
  ASSERT_FALSE(plan.has_value());
  EXPECT_EQ(plan.error().at(0).rule, "service-must-exist");
  EXPECT_EQ(plan.error().at(0).field, "/productOrders/0/parameters/number");
  EXPECT_EQ(plan.error().at(0).kind, FieldError::Kind::kRuleViolated);
  EXPECT_THAT(plan.error().at(0).detail, HasSubstr("product 'strict' has no service '12'"));
  EXPECT_EQ(plan.error().size(), 2U);

  Known("strict", "12", R"({"number":12})");
  Known("strict", "13", R"({"number":13})");
  EXPECT_THAT(Lines(), ElementsAre(R"(m of '12' {"number":12})", R"(d of '13' {"number":13})"));
}

TEST_F(PlanServicesTest, WithoutDeltaAllIsDone) {
  Known("strict", "12", R"({"number":12})");
  Want("a", "strict", records::ADD, R"({"number":12})");
  EXPECT_THAT(Lines(), ElementsAre(R"(a of '12' {"number":12})"));
}

TEST_F(PlanServicesTest, SeveralForOneServiceAreAllDone) {
  Known("access", "L1", R"({"line":"L1"})");
  Want("d", "access", records::DELETE, R"({"line":"L1"})");
  Want("a", "access", records::ADD, R"({"line":"L1"})", {"d"});
  EXPECT_THAT(Lines(), ElementsAre(R"(d of 'L1' {"line":"L1"})", R"(a of 'L1' {"line":"L1"})"));
  request_.product_orders.clear();
  Want("n", "strict", records::ADD, R"({"number":1})");
  Want("m", "strict", records::MODIFY, R"({"number":1})", {"n"});
  EXPECT_THAT(Lines(), ElementsAre(R"(n of '1' {"number":1})", R"(m of '1' {"number":1})"))
      << "the order itself adds it";
}

TEST_F(PlanServicesTest, WhatTheOrderItselfAddsIsDeletedWithAllThatIsMandatory) {
  Want("a", "mail", records::ADD, R"({"line":"L1","quota":5})");
  Want("d", "mail", records::DELETE, R"({"line":"L1"})", {"a"});
  EXPECT_THAT(Lines(), ElementsAre("missing-parameter at /productOrders/1/parameters/quota"));
  request_.product_orders.pop_back();
  Want("d", "mail", records::DELETE, R"({"line":"L1","quota":6})", {"a"});
  EXPECT_THAT(Lines(),
              ElementsAre(R"(a of 'L1' {"line":"L1","quota":5,"size":10})",
                          R"(d of 'L1' {"line":"L1","quota":6,"size":10})",
                          R"(access of 'L1' {"line":"L1"})", R"(access-2 of 'L1' {"line":"L1"})"))
      << "with the rules of both";
}

TEST_F(PlanServicesTest, TheIdNamesAService) {
  Want("a", "access", records::ADD, R"({"line":""})");
  Want("b", "access", records::ADD, fmt::format(R"({{"line":"{}"}})", std::string(257, 'x')));
  Want("c", "access", records::ADD, R"({"line":5})");
  Want("d", "access", records::ADD, R"({"line":null})");
  EXPECT_THAT(Lines(), ElementsAre("parameter-value at /productOrders/0/parameters/line",
                                   "parameter-value at /productOrders/1/parameters/line",
                                   "parameter-type at /productOrders/2/parameters/line",
                                   "missing-parameter at /productOrders/3/parameters/line"));
}

TEST_F(PlanServicesTest, WithTheInventorysASetKeepsItsLimits) {
  Known("mail", "L1",
        fmt::format(R"({{"line":"L1","quota":1,"a":"{}"}})",
                    std::string(kFieldSetBytesMax / 2, 'x')));
  Want("m", "mail", records::MODIFY,
       fmt::format(R"({{"line":"L1","b":"{}"}})", std::string(kFieldSetBytesMax / 2, 'x')));
  EXPECT_THAT(Lines(), ElementsAre("too-large at /productOrders/0/parameters"));
}

TEST_F(PlanServicesTest, ThePlanTellsWhatItHasSeen) {
  Known("access", "L1", R"({"line":"L1"})");
  Want("a", "mail", records::ADD, R"({"line":"L1","quota":5})");
  Want("b", "mail", records::NO_CHANGE, R"({"line":"L9","quota":5})");
  const auto plan = Planned();
  ASSERT_TRUE(plan.has_value());
  EXPECT_EQ(inventory_.finds, 2) << "once for each";
  std::vector<std::string> seen;
  for (const SeenService& one : plan->services_seen) {
    seen.push_back(
        fmt::format("{}/{} {} v{}", one.key.first, one.key.second, one.id.value(), one.version));
    EXPECT_TRUE(IsAsSeen(one, inventory_.Find(one.key.first, one.key.second).get()));
  }
  EXPECT_THAT(seen, UnorderedElementsAre("access/L1 7 v3", "mail/L1 0 v0"));

  StoredService changed = **inventory_.services.begin();
  EXPECT_TRUE(IsAsSeen(plan->services_seen.at(0), &changed));
  ++changed.version;
  EXPECT_FALSE(IsAsSeen(plan->services_seen.at(0), &changed));
  EXPECT_FALSE(IsAsSeen(plan->services_seen.at(0), nullptr));
  EXPECT_FALSE(IsAsSeen(plan->services_seen.at(1), &changed));
}

TEST_F(PlanServicesTest, WithoutAnInventoryNothingIsThere) {
  Want("a", "access", records::ADD, R"({"line":"L1"})");
  const auto plan = MakePlan(request_, *catalog_);
  ASSERT_TRUE(plan.has_value());
  EXPECT_FALSE(plan->accepted->part().product_orders(0).dropped_by_delta());
  EXPECT_THAT(plan->further_parts, IsEmpty());
}

}  // namespace
}  // namespace cairn
