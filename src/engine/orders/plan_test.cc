// What a request becomes, and each thing that can be wrong with it.
#include "engine/orders/plan.h"

#include "engine/orders/plan_parameters.h"
#include "engine/orders/scenario_test.h"
#include "model/limits.h"

#include <gmock/gmock.h>
#include <google/protobuf/text_format.h>
#include <gtest/gtest.h>

namespace cairn::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

records::Catalog TestCatalog() {
  constexpr const char* kText = R"(
    products {
      name: "line"
      parameters { name: "msisdn" type: STRING mandatory: true pattern: "\\+[0-9]+" }
      parameters { name: "speed" type: INTEGER default_json: "100" mandatory: true }
      parameters { name: "price" type: NUMBER }
      parameters { name: "voice" type: BOOLEAN }
      parameters { name: "site" type: OBJECT }
      parameters { name: "codes" type: ARRAY }
      parameters { name: "any/~thing" mandatory: true default_json: "null" }
      actions { verb: ADD decomposition: "port" decomposition: "create" in_sequence: true }
      actions { verb: DELETE decomposition: "create" }
      selectors { service_type: "CFS" characteristic: "msisdn" }
      selectors { service_specification: "spec-line" }
    }
    products {
      name: "mail" after: "line"
      actions { verb: ADD decomposition: "mailbox" }
      selectors { service_type: "CFS" }
      selectors { service_id: "mail-1" }
    }
    products {
      name: "tv"
      actions { verb: ADD decomposition: "create" decomposition: "mailbox" }
      selectors { service_type: "CFS" characteristic: "channel" }
      selectors { characteristic: "channel" service_id: "mail-1" }
    }
    technical_product_orders {
      name: "create"
      steps { name: "create" cartridge: "sim" operation: "create" }
    }
    technical_product_orders {
      name: "mailbox" after: "create"
      steps { name: "make" cartridge: "sim" operation: "make" }
    }
    technical_product_orders {
      name: "port"
      steps { name: "port" cartridge: "sim" operation: "port" }
    }
    cartridges { name: "sim" simulated {} }
  )";
  records::Catalog catalog;
  EXPECT_TRUE(google::protobuf::TextFormat::ParseFromString(kText, &catalog));
  return catalog;
}

Fields Parameters(std::string_view json) { return Fields::FromJsonText(json).value(); }

ProductOrderRequest Wanted(std::string id, std::string product,
                           std::string_view parameters = R"({"msisdn":"+44"})") {
  ProductOrderRequest wanted;
  wanted.id = std::move(id);
  wanted.product = std::move(product);
  wanted.parameters = Parameters(parameters);
  return wanted;
}

class PlanTest : public ::testing::Test {
 protected:
  using Lines = std::vector<std::string>;

  // "rule at field", one for each error.
  Lines ErrorsOf(const OrderRequest& request) {
    Lines lines;
    const auto plan = MakePlan(request, *catalog_);
    if (!plan) {
      for (const FieldError& error : plan.error()) {
        EXPECT_FALSE(error.detail.empty());
        lines.push_back(error.rule + " at " + error.field);
      }
    }
    return lines;
  }
  Lines NativeAndTmf(OrderRequest request) {
    Lines lines = ErrorsOf(request);
    request.source = OrderRequest::Source::kTmf641;
    const Lines tmf = ErrorsOf(request);
    lines.insert(lines.end(), tmf.begin(), tmf.end());
    return lines;
  }
  std::string FirstDetail(const OrderRequest& request) {
    const auto plan = MakePlan(request, *catalog_);
    return plan ? "no error" : plan.error().front().detail;
  }
  records::OrderAccepted Accepted(const OrderRequest& request) {
    auto plan = MakePlan(request, *catalog_);
    if (!plan) {
      ADD_FAILURE() << plan.error().front().detail;
      return {};
    }
    return *plan->accepted;
  }
  static OrderRequest Of(std::vector<ProductOrderRequest> product_orders) {
    OrderRequest request;
    request.product_orders = std::move(product_orders);
    return request;
  }
  // The technical product orders as "product order/name@slice<predecessors".
  Lines TechnicalsOf(const OrderRequest& request) {
    Lines lines;
    const records::OrderAccepted accepted = Accepted(request);
    for (const auto& technical : accepted.part().technical_orders()) {
      std::string line =
          fmt::format("{}/{}@{}", technical.product_order(),
                      catalog_->technical(technical.definition()).name(), technical.slice());
      for (const std::uint32_t p : technical.predecessors()) line += fmt::format("<{}", p);
      lines.push_back(line);
    }
    return lines;
  }

  std::shared_ptr<const Catalog> catalog_ = CheckedCatalog(TestCatalog());
};

TEST_F(PlanTest, EmptyOrder) {
  EXPECT_THAT(NativeAndTmf(Of({})),
              ElementsAre("missing at /productOrders", "missing at /serviceOrderItem"));
}

TEST_F(PlanTest, UnknownProduct) {
  const OrderRequest request = Of({Wanted("a", "line"), Wanted("b", "lime")});
  EXPECT_THAT(NativeAndTmf(request), ElementsAre("unknown-product at /productOrders/1/product",
                                                 "unknown-product at /serviceOrderItem/1/service"));
  EXPECT_THAT(FirstDetail(request), HasSubstr("'lime'"));
}

TEST_F(PlanTest, UnknownAction) {
  OrderRequest request = Of({Wanted("a", "mail")});
  request.product_orders[0].verb = records::DELETE;
  EXPECT_THAT(NativeAndTmf(request), ElementsAre("unknown-action at /productOrders/0/action",
                                                 "unknown-action at /serviceOrderItem/0/action"));
  EXPECT_EQ(FirstDetail(request), "product 'mail' has no action 'delete'");
}

TEST_F(PlanTest, MissingParameter) {
  for (const char* parameters : {"{}", R"({"msisdn":null})"}) {
    EXPECT_THAT(NativeAndTmf(Of({Wanted("a", "line", parameters)})),
                ElementsAre("missing-parameter at /productOrders/0/parameters/msisdn",
                            "missing-parameter at /serviceOrderItem/0/service/"
                            "serviceCharacteristic/msisdn"));
  }
}

TEST_F(PlanTest, DefaultsFillWhatIsAbsentAndUnknownNamesStay) {
  const auto accepted = Accepted(Of({Wanted("a", "line", R"({"x":[1],"msisdn":"+1"})")}));
  EXPECT_EQ(Fields::FromEncoded(accepted.part().product_orders(0).parameters()).ToJsonObject(),
            R"({"x":[1],"msisdn":"+1","speed":100,"any/~thing":null})");
}

TEST_F(PlanTest, GivenValueWinsOverTheDefault) {
  const auto accepted = Accepted(Of({Wanted("a", "line", R"({"msisdn":"+1","speed":7})")}));
  EXPECT_EQ(FindField(accepted.part().product_orders(0).parameters(), "speed"), "7");
}

TEST_F(PlanTest, TypesOfParameters) {
  struct Case {
    const char* name;
    std::vector<const char*> good;
    std::vector<const char*> bad;
  };
  const std::vector<Case> cases = {
      {"msisdn", {"\"+4\""}, {"4", "true", "[]", "{}"}},
      {"speed", {"0", "-7", "12345678901234567890"}, {"1.5", "1e3", "\"1\"", "false"}},
      {"price", {"1", "-1.5", "1e3"}, {"\"1\"", "true", "[1]"}},
      {"voice", {"true", "false"}, {"\"true\"", "1", "{}"}},
      {"site", {"{}", R"({"a":1})"}, {"[]", "\"{}\"", "1"}},
      {"codes", {"[]", "[1,\"a\"]"}, {"{}", "\"[]\"", "1"}},
      {"any/~thing", {"1", "\"a\"", "[]", "{}", "true", "null"}, {}},
  };
  for (const Case& c : cases) {
    SCOPED_TRACE(c.name);
    const auto with = [&](const char* json) {
      OrderRequest request = Of({Wanted("a", "line", "{}")});
      Fields& fields = request.product_orders[0].parameters;
      fields.Add(c.name, json);
      if (c.name != std::string_view("msisdn")) fields.Add("msisdn", "\"+1\"");
      return request;
    };
    for (const char* json : c.good) EXPECT_THAT(ErrorsOf(with(json)), IsEmpty()) << json;
    for (const char* json : c.bad) {
      EXPECT_THAT(
          ErrorsOf(with(json)),
          ElementsAre(std::string("parameter-type at /productOrders/0/parameters/") + c.name))
          << json;
    }
  }
}

TEST_F(PlanTest, PatternsMatchTheWholeOfTheString) {
  const auto with = [](std::string_view json) {
    return Of({Wanted("a", "line", fmt::format(R"({{"msisdn":{}}})", json))});
  };
  EXPECT_THAT(ErrorsOf(with("\"+447\"")), IsEmpty());
  EXPECT_THAT(ErrorsOf(with("\"\\u002b447\"")), IsEmpty());  // an escape is the character it names
  for (const char* json : {"\"447\"", "\"+447x\"", "\"x+447\"", "\"\"", "\"+447\\n\""}) {
    EXPECT_THAT(NativeAndTmf(with(json)),
                ElementsAre("parameter-pattern at /productOrders/0/parameters/msisdn",
                            "parameter-pattern at /serviceOrderItem/0/service/"
                            "serviceCharacteristic/msisdn"))
        << json;
  }
}

TEST_F(PlanTest, NamesAreEscapedAsInAJsonPointer) {
  EXPECT_EQ(EscapePointer("any/~thing"), "any~1~0thing");
  records::Catalog catalog = TestCatalog();
  catalog.mutable_products(0)->mutable_parameters(6)->clear_default_json();
  catalog_ = CheckedCatalog(std::move(catalog));
  EXPECT_THAT(ErrorsOf(Of({Wanted("a", "line")})),
              ElementsAre("missing-parameter at /productOrders/0/parameters/any~1~0thing"));
}

TEST_F(PlanTest, UnknownProductOrder) {
  OrderRequest request = Of({Wanted("a", "line"), Wanted("b", "mail")});
  request.product_orders[1].depends_on = {"a", "c"};
  EXPECT_THAT(
      NativeAndTmf(request),
      ElementsAre("unknown-product-order at /productOrders/1/dependsOn/1",
                  "unknown-product-order at /serviceOrderItem/1/serviceOrderItemRelationship/1"));
}

TEST_F(PlanTest, DuplicateId) {
  const OrderRequest request = Of({Wanted("b", "mail"), Wanted("a", "line"), Wanted("a", "mail")});
  EXPECT_THAT(NativeAndTmf(request), ElementsAre("duplicate-id at /productOrders/2/id",
                                                 "duplicate-id at /serviceOrderItem/2/id"));
}

TEST_F(PlanTest, DependencyCycleNamesItsMembers) {
  OrderRequest request = Of({Wanted("a", "line"), Wanted("b", "line"), Wanted("c", "line")});
  request.product_orders[1].depends_on = {"c"};
  request.product_orders[2].depends_on = {"b"};
  EXPECT_THAT(NativeAndTmf(request),
              ElementsAre("dependency-cycle at /productOrders/1/dependsOn",
                          "dependency-cycle at /serviceOrderItem/1/serviceOrderItemRelationship"));
  EXPECT_EQ(FirstDetail(request), "'b' waits for 'c' waits for 'b'");
  request.product_orders[0].depends_on = {"a"};
  EXPECT_EQ(FirstDetail(request), "'a' waits for 'a'");
}

TEST_F(PlanTest, CycleBetweenTheOrderAndTheCatalog) {
  OrderRequest request = Of({Wanted("l", "line"), Wanted("m", "mail")});
  request.product_orders[0].depends_on = {"m"};
  EXPECT_EQ(FirstDetail(request), "'l' waits for 'm' waits for 'l'");
}

TEST_F(PlanTest, CycleOfTechnicalOrdersNamesThemAndTheirProductOrders) {
  // The mailbox of the mail goes after every "create", and this one waits for the mail.
  OrderRequest request = Of({Wanted("m", "mail"), Wanted("t", "tv")});
  request.product_orders[1].depends_on = {"m"};
  EXPECT_THAT(NativeAndTmf(request), ElementsAre("dependency-cycle at /productOrders/0",
                                                 "dependency-cycle at /serviceOrderItem/0"));
  EXPECT_EQ(FirstDetail(request),
            "'mailbox' of 'm' waits for 'create' of 't' waits for 'mailbox' of 'm'");
}

TEST_F(PlanTest, TechnicalAfterBindsWithinItsOwnProductOrderFirst) {
  // tv has a "create" of its own; the mail has none, so its mailbox waits for all of them.
  EXPECT_THAT(
      TechnicalsOf(Of({Wanted("t", "tv"), Wanted("u", "tv"), Wanted("m", "mail")})),
      ElementsAre("0/create@0", "0/mailbox@1<0", "1/create@0", "1/mailbox@1<2", "2/mailbox@1<0<2"));
}

TEST_F(PlanTest, DecompositionInSequenceAndDependenciesOfProducts) {
  // "mail" comes after every "line" of the order, by the catalog.
  EXPECT_THAT(TechnicalsOf(Of({Wanted("m", "mail"), Wanted("l", "line")})),
              ElementsAre("0/mailbox@2<1<2", "1/port@0", "1/create@1<1"));
}

TEST_F(PlanTest, ProductOrderWithoutTechnicalOrdersPassesItsDependenciesOn) {
  OrderRequest request =
      Of({Wanted("a", "tv"), Wanted("b", "line"), Wanted("c", "line", "{}"), Wanted("d", "tv")});
  request.product_orders[1].verb = records::NO_CHANGE;
  request.product_orders[2].verb = records::NO_CHANGE;  // needs no parameters either
  request.product_orders[1].depends_on = {"a"};
  request.product_orders[2].depends_on = {"b"};
  request.product_orders[3].depends_on = {"c"};
  EXPECT_THAT(TechnicalsOf(request),
              ElementsAre("0/create@0", "0/mailbox@1<0", "3/create@2<0<1", "3/mailbox@3<0<1<2"));
}

TEST_F(PlanTest, LayersWithoutTechnicalOrdersStaySmall) {
  OrderRequest request = Of({Wanted("root", "tv")});
  std::vector<std::string> before = {"root"};
  for (int layer = 0; layer < 60; ++layer) {
    std::vector<std::string> ids;
    for (int i = 0; i < 2; ++i) {
      ids.push_back(fmt::format("n{}-{}", layer, i));
      ProductOrderRequest& nothing =
          request.product_orders.emplace_back(Wanted(ids.back(), "line"));
      nothing.verb = records::NO_CHANGE;
      nothing.depends_on = before;
    }
    before = ids;
  }
  request.product_orders.push_back(Wanted("last", "tv"));
  request.product_orders.back().depends_on = before;
  EXPECT_THAT(TechnicalsOf(request), ElementsAre("0/create@0", "0/mailbox@1<0", "121/create@2<0<1",
                                                 "121/mailbox@3<0<1<2"));
}

TEST_F(PlanTest, OrderOfNothingButNoChangeHasNoSlices) {
  OrderRequest request = Of({Wanted("a", "mail")});
  request.product_orders[0].verb = records::NO_CHANGE;
  auto plan = MakePlan(request, *catalog_);
  ASSERT_TRUE(plan.has_value());
  EXPECT_EQ(plan->accepted->slice_count(), 0U);
  OrderRun run(catalog_, *plan);
  run.Settle();
  EXPECT_EQ(run.order().state, OrderState::kCompleted);
  EXPECT_EQ(run.order().port, Port::kNormal);
  EXPECT_EQ(run.order().product_orders[0].state, ProductOrderState::kCompleted);
}

TEST_F(PlanTest, SequentialGivesEachTechnicalOrderASliceInDependencyOrder) {
  OrderRequest request = Of({Wanted("m", "mail"), Wanted("l", "line"), Wanted("t", "tv")});
  request.sequential = true;
  request.dataset = Parameters(R"({"pop::EXECUTION_POLICY":"Dependency Tree"})");
  EXPECT_THAT(TechnicalsOf(request), ElementsAre("0/mailbox@3<1<2<3", "1/port@0", "1/create@1<1",
                                                 "2/create@2", "2/mailbox@4<3"));
  EXPECT_FALSE(Accepted(request).dependency_tree());
}

TEST_F(PlanTest, SettingsAndHeadersAreKept) {
  OrderRequest request = Of({Wanted("a", "mail")});
  records::OrderAccepted accepted = Accepted(request);
  EXPECT_FALSE(accepted.stop_all() || accepted.sequential() || accepted.dependency_tree() ||
               accepted.functional_to_fail_port() || accepted.replay_failed());
  request.external_id = "crm-1";
  request.customer = "C-1";
  request.priority = -3;
  request.requested_start = 77;
  request.stop_all = true;
  request.replayable_so_to_retry_port = false;
  request.skip_failed_wo = false;
  request.dataset = Parameters(R"({"pop::EXECUTION_POLICY":"Dependency Tree"})");
  request.tmf_document = "{}";
  accepted = Accepted(request);
  EXPECT_EQ(accepted.catalog_hash(), catalog_->hash());
  EXPECT_EQ(accepted.external_id(), "crm-1");
  EXPECT_EQ(accepted.customer(), "C-1");
  EXPECT_EQ(accepted.priority(), -3);
  EXPECT_EQ(accepted.requested_start(), 77);
  EXPECT_TRUE(accepted.stop_all() && accepted.dependency_tree());
  EXPECT_TRUE(accepted.functional_to_fail_port() && accepted.replay_failed());
  EXPECT_EQ(accepted.dataset(), request.dataset.encoded());
  EXPECT_EQ(accepted.tmf_document(), "{}");
  EXPECT_EQ(accepted.part_ids_size(), 0);
}

TEST_F(PlanTest, DependsOnIsKeptAsTheOrderSaidIt) {
  OrderRequest request = Of({Wanted("k", "line"), Wanted("l", "line"), Wanted("m", "mail")});
  request.product_orders[2].depends_on = {"l", "k"};
  const records::OrderAccepted accepted = Accepted(request);
  EXPECT_THAT(accepted.part().product_orders(0).depends_on(), IsEmpty());
  EXPECT_THAT(accepted.part().product_orders(2).depends_on(), ElementsAre(1, 0));
}

TEST_F(PlanTest, UnknownValuesOfPolicies) {
  OrderRequest request = Of({Wanted("a", "mail")});
  request.dataset = Parameters(R"({"pop::EXECUTION_POLICY":"slicing","pop::POP_CHECKPOINT":true})");
  EXPECT_THAT(ErrorsOf(request), ElementsAre("unknown-value at /dataset/pop::EXECUTION_POLICY",
                                             "unknown-value at /dataset/pop::POP_CHECKPOINT"));
  request.dataset = Parameters(R"({"pop::EXECUTION_POLICY":"Slicing"})");
  EXPECT_THAT(ErrorsOf(request), IsEmpty());
}

TEST_F(PlanTest, AllErrorsOfARequestAreReportedTogether) {
  OrderRequest request =
      Of({Wanted("a", "lime"), Wanted("b", "line", R"({"speed":"x"})"), Wanted("c", "mail")});
  request.product_orders[2].verb = records::MODIFY;
  request.dataset = Parameters(R"({"pop::EXECUTION_POLICY":"?"})");
  EXPECT_THAT(ErrorsOf(request),
              ElementsAre("unknown-value at /dataset/pop::EXECUTION_POLICY",
                          "unknown-product at /productOrders/0/product",
                          "missing-parameter at /productOrders/1/parameters/msisdn",
                          "parameter-type at /productOrders/1/parameters/speed",
                          "unknown-action at /productOrders/2/action"));
}

TEST_F(PlanTest, ErrorsOfOneRequestHaveALimit) {
  std::vector<ProductOrderRequest> wanted;
  for (std::size_t i = 0; i < kPlanErrorsMax + 50; ++i) {
    wanted.push_back(Wanted(fmt::format("p{}", i), "none"));
  }
  EXPECT_EQ(ErrorsOf(Of(std::move(wanted))).size(), kPlanErrorsMax);
}

class PlanSelectorTest : public PlanTest {
 protected:
  // "type=CFS has=msisdn": the fields of a service that a selector can ask for.
  std::string Selected(std::string_view fields) {
    OrderRequest request = Of({Wanted("a", "")});
    auto& service = request.product_orders[0].service;
    for (const std::string& field : SplitAt(fields, ' ')) {
      const auto pair = SplitAt(field, '=');
      if (pair.at(0) == "specification_id") service.specification_id = pair.at(1);
      if (pair.at(0) == "specification_name") service.specification_name = pair.at(1);
      if (pair.at(0) == "type") service.type = pair.at(1);
      if (pair.at(0) == "id") service.id = pair.at(1);
      if (pair.at(0) == "has") service.characteristics.push_back(pair.at(1));
    }
    request.source = OrderRequest::Source::kTmf641;
    const auto plan = MakePlan(request, *catalog_);
    if (plan) return catalog_->product(plan->accepted->part().product_orders(0).product()).name();
    return plan.error().front().rule + " at " + plan.error().front().field;
  }
};

TEST_F(PlanSelectorTest, EveryFieldThatIsSetMustBeEqual) {
  EXPECT_EQ(Selected("specification_id=spec-line"), "line");
  EXPECT_EQ(Selected("specification_name=spec-line"), "line");
  EXPECT_EQ(Selected("type=CFS"), "mail");
  EXPECT_EQ(Selected("id=mail-1"), "mail");
  EXPECT_EQ(Selected("type=cfs"), "unknown-product at /serviceOrderItem/0/service");
  EXPECT_EQ(Selected(""), "unknown-product at /serviceOrderItem/0/service");
}

TEST_F(PlanSelectorTest, MostFieldsWin) {
  EXPECT_EQ(Selected("type=CFS has=x has=msisdn"), "line");
  EXPECT_EQ(Selected("type=CFS has=channel"), "tv");
  // Three selectors of one field each at most, one of two: the two fields win.
  EXPECT_EQ(Selected("specification_id=spec-line id=mail-1 has=channel"), "tv");
}

TEST_F(PlanSelectorTest, TwoProductsThatFitEquallyAreAmbiguous) {
  const char* ambiguous = "ambiguous-product at /serviceOrderItem/0/service";
  EXPECT_EQ(Selected("specification_id=spec-line type=CFS"), ambiguous);
  EXPECT_EQ(Selected("type=CFS has=msisdn has=channel"), ambiguous);
  // The second product fits by two of its selectors; it is no better for that.
  EXPECT_EQ(Selected("specification_id=spec-line type=CFS id=mail-1"), ambiguous);
  EXPECT_EQ(Selected("type=CFS id=mail-1 has=msisdn has=channel"), ambiguous);
}

TEST_F(PlanSelectorTest, OneProductThatFitsTwiceIsNotAmbiguous) {
  EXPECT_EQ(Selected("type=CFS id=mail-1"), "mail");
  EXPECT_EQ(Selected("type=CFS id=mail-1 has=channel"), "tv");
}

TEST_F(PlanTest, LargeOrderIsSplitIntoParts) {
  constexpr std::size_t kCount = 10'000;
  OrderRequest request;
  for (std::size_t i = 0; i < kCount; ++i) {
    request.product_orders.push_back(Wanted(fmt::format("p{}", i), "tv"));
    if (i > 0) request.product_orders.back().depends_on = {fmt::format("p{}", i / 2)};
  }
  request.product_orders[1].depends_on = {"p0"};
  const auto plan = MakePlan(request, *catalog_);
  ASSERT_TRUE(plan.has_value()) << plan.error().front().detail;
  ASSERT_EQ(plan->further_parts.size(), kCount / kOrderPartProductOrders - 1);
  std::uint32_t product_order = 0;
  std::uint32_t technical_order = 0;
  const auto check = [&](const records::OrderPart& part) {
    EXPECT_EQ(part.product_orders_size(), static_cast<int>(kOrderPartProductOrders));
    for (const auto& planned : part.product_orders()) {
      ASSERT_EQ(planned.id(), request.product_orders[product_order++].id);
    }
    for (const auto& planned : part.technical_orders()) {
      ASSERT_EQ(planned.product_order(), technical_order++ / 2);
      ASSERT_LE(planned.product_order(), product_order);
    }
  };
  check(plan->accepted->part());
  for (const auto& part : plan->further_parts) check(*part);
  EXPECT_EQ(product_order, kCount);
  EXPECT_EQ(technical_order, 2 * kCount);

  OrderRun run(catalog_, *plan);
  const auto copy = OrderFromSnapshot(OrderSnapshotBytes(run.order()), CatalogOf(run.order()),
                                      PartsOf(run.order()));
  ASSERT_TRUE(copy.has_value());
  EXPECT_EQ(DumpWhole(**copy), DumpWhole(run.order()));
}

TEST_F(PlanTest, PartsHoldExactlyTheirLimit) {
  for (const std::size_t count : {kOrderPartProductOrders, kOrderPartProductOrders + 1}) {
    OrderRequest request;
    for (std::size_t i = 0; i < count; ++i) {
      request.product_orders.push_back(Wanted(fmt::format("p{}", i), "tv"));
    }
    const auto plan = MakePlan(request, *catalog_);
    ASSERT_TRUE(plan.has_value());
    EXPECT_EQ(plan->further_parts.size(), count - kOrderPartProductOrders);
  }
}

TEST_F(PlanTest, TooManyProductOrders) {
  OrderRequest request;
  request.product_orders.resize(kProductOrdersMax + 1);
  EXPECT_THAT(NativeAndTmf(request), ElementsAre("too-many-product-orders at /productOrders",
                                                 "too-many-product-orders at /serviceOrderItem"));
}

TEST_F(PlanTest, TooLargeDatasetAndDocument) {
  OrderRequest request;
  request.product_orders.push_back(Wanted("p", "tv"));
  ASSERT_TRUE(MakePlan(request, *catalog_).has_value());
  request.dataset.Add("x", JsonString(std::string(kFieldSetBytesMax, 'x')));
  EXPECT_THAT(ErrorsOf(request), ElementsAre("too-large at /dataset"));
  request.dataset = Fields();
  request.tmf_document.assign(kTmfDocumentBytesMax + 1, ' ');
  EXPECT_THAT(ErrorsOf(request), ElementsAre("too-large at "));
  EXPECT_EQ(FirstDetail(request), "the TMF641 document has 524289 bytes, the limit is 524288");
}

TEST_F(PlanTest, TooManyParametersWithTheDefaults) {
  records::Catalog catalog = TestCatalog();
  auto& parameter = *catalog.mutable_products(2)->add_parameters();
  parameter.set_name("banner");
  parameter.set_default_json("1");
  catalog_ = CheckedCatalog(std::move(catalog));
  OrderRequest request = Of({Wanted("p", "tv", "{}")});
  Fields& given = request.product_orders[0].parameters;
  for (std::size_t i = 1; i < kFieldsPerSetMax; ++i) given.Add(fmt::format("x{}", i), "1");
  ASSERT_TRUE(MakePlan(request, *catalog_).has_value()) << "exactly the limit";
  given.Add("y", "1");
  EXPECT_THAT(ErrorsOf(request), ElementsAre("too-many at /productOrders/0/parameters"));
  EXPECT_EQ(FirstDetail(request),
            "1001 parameters with the defaults of product 'tv', the limit is 1000");
}

TEST_F(PlanTest, TooManyTechnicalOrders) {
  records::Catalog catalog = TestCatalog();
  auto* decomposition = catalog.mutable_products(2)->mutable_actions(0)->mutable_decomposition();
  decomposition->Clear();
  constexpr std::size_t kEach = 100;
  for (std::size_t i = 0; i < kEach; ++i) {
    const std::string name = fmt::format("t{:03}", i);
    decomposition->Add(std::string(name));
    auto& technical = *catalog.add_technical_product_orders();
    technical.set_name(name);
    *technical.add_steps() = catalog.technical_product_orders(0).steps(0);
  }
  catalog_ = CheckedCatalog(std::move(catalog));
  OrderRequest request;
  for (std::size_t i = 0; i <= kTechnicalOrdersMax / kEach; ++i) {
    request.product_orders.push_back(Wanted(fmt::format("p{}", i), "tv"));
  }
  EXPECT_THAT(ErrorsOf(request), ElementsAre("too-many-technical-orders at "));
}

TEST_F(PlanTest, TooManyDependencies) {
  // Every mail waits for every line: 1,500 x 1,500.
  OrderRequest request;
  for (std::size_t i = 0; i < 1'500; ++i) {
    request.product_orders.push_back(Wanted(fmt::format("l{}", i), "line"));
    request.product_orders.push_back(Wanted(fmt::format("m{}", i), "mail"));
  }
  EXPECT_THAT(ErrorsOf(request), ElementsAre("too-many-dependencies at "));
}

TEST_F(PlanTest, TooManyDependenciesThroughProductOrdersWithoutTechnicalOrders) {
  // Each of many that do nothing would pass on each of many that do something.
  OrderRequest request;
  for (std::size_t i = 0; i < 3'000; ++i) {
    request.product_orders.push_back(Wanted(fmt::format("t{}", i), "mail"));
  }
  request.product_orders.push_back(Wanted("join", "line"));
  request.product_orders.back().verb = records::NO_CHANGE;
  for (std::size_t i = 0; i < 3'000; ++i)
    request.product_orders.back().depends_on.push_back(fmt::format("t{}", i));
  for (std::size_t i = 0; i < 3'000; ++i) {
    request.product_orders.push_back(Wanted(fmt::format("n{}", i), "line"));
    request.product_orders.back().verb = records::NO_CHANGE;
    request.product_orders.back().depends_on = {i == 0 ? "join" : fmt::format("n{}", i - 1)};
  }
  for (auto& product_order : request.product_orders) {
    if (product_order.product == "mail") product_order.product = "tv";
  }
  EXPECT_THAT(ErrorsOf(request), ElementsAre("too-many-dependencies at "));
}

}  // namespace
}  // namespace cairn::testing
