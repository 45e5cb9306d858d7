// What a process in YAML becomes, and for each mistake in one the line and the rule.
#include "adapters/catalog_yaml/any_script_test.h"
#include "adapters/catalog_yaml/catalog_yaml.h"

#include <gmock/gmock.h>
#include <google/protobuf/text_format.h>
#include <google/protobuf/util/message_differencer.h>
#include <gtest/gtest.h>

#include <sstream>

namespace cairn {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

std::string Indented(const std::string& text, std::size_t spaces) {
  std::istringstream in(text);
  std::string out;
  for (std::string line; std::getline(in, line);) out += std::string(spaces, ' ') + line + "\n";
  return out;
}

// A catalog whose technical product order "p" has the process, which begins in line 6; its key
// stands in line 5. `others` are further ones.
std::string Text(const std::string& process, const std::string& others = {}) {
  return "products: {line: {actions: {add: {decomposition: [p]}}}}\n"
         "cartridges: {crm: {type: simulated}}\n"
         "technicalProductOrders:\n"
         "  p:\n"
         "    process:\n" +
         Indented(process, 6) + Indented(others, 2);
}

tl::expected<LoadedCatalog, CatalogProblems> Load(const std::string& text) {
  testing::AnyScript scripts;
  return ReadCatalog({{"a.yaml", text}}, &scripts);
}

std::vector<std::string> Places(const std::string& text) {
  const auto loaded = Load(text);
  std::vector<std::string> places;
  if (loaded) return places;
  for (const CatalogProblem& problem : loaded.error()) {
    places.push_back(fmt::format("{} {}", problem.line, problem.rule));
  }
  return places;
}

void ExpectSteps(const std::string& text, const std::string& wanted) {
  const auto loaded = Load(text);
  ASSERT_TRUE(loaded.has_value()) << ProblemsAsError(loaded.error()).message;
  records::TechnicalProductOrder expected;
  ASSERT_TRUE(google::protobuf::TextFormat::ParseFromString(wanted, &expected));
  expected.set_name("p");
  google::protobuf::util::MessageDifferencer differencer;
  std::string difference;
  differencer.ReportDifferencesToString(&difference);
  const auto index = loaded->catalog->FindTechnical("p");
  ASSERT_TRUE(index.has_value());
  EXPECT_TRUE(differencer.Compare(expected, loaded->catalog->technical(*index))) << difference;
}

TEST(ProcessYaml, AWorkOrderHasHooksResultsAndACompensation) {
  ExpectSteps(Text(R"--(sequence:
  - workOrder: reserve
    cartridge: crm
    compensation: {operation: release, input: {id: $reserve.id}}
  - workOrder: create
    cartridge: crm
    set: {speed: {expression: 'parameters.mbit * 2'}, site: $place}
    on: productOrder
    onEntry: set("a", 1)
    onEval: return "ok"
    input: {imsi: {expression: 'output.reserve.imsi', default: none}}
    results: {imsi: $imsi, kind: {from: $kind, default: x}}
    resultsOn: order
    deadline: 5m
    pointOfNoReturn: true
)--"),
              R"--(
    steps { name: "reserve" cartridge: "crm" operation: "reserve" has_compensation: true }
    steps {
      name: "create" cartridge: "crm" operation: "create" after: 0
      assign { scope: PRODUCT_ORDER value { target: "speed" expression {
        source: "parameters.mbit * 2"
        place: "technicalProductOrders/p/process/sequence/1/set/speed" } } }
      assign { scope: PRODUCT_ORDER value { target: "site" parameter: "place" } }
      on_entry { source: "set(\"a\", 1)"
                 place: "technicalProductOrders/p/process/sequence/1/onEntry" }
      on_eval { source: "return \"ok\""
                place: "technicalProductOrders/p/process/sequence/1/onEval" }
      input { target: "imsi" default_json: "\"none\"" expression {
        source: "output.reserve.imsi"
        place: "technicalProductOrders/p/process/sequence/1/input/imsi" } }
      results { scope: ORDER value { target: "imsi" output { step: 1 field: "imsi" } } }
      results { scope: ORDER value { target: "kind" output { step: 1 field: "kind" }
                                     default_json: "\"x\"" } }
      deadline_ns: 300000000000
      point_of_no_return: true
    }
    steps {
      name: "undo:reserve" kind: COMPENSATION cartridge: "crm" operation: "release"
      input { target: "id" output { step: 0 field: "id" } }
    }
  )--");
}

TEST(ProcessYaml, AChoiceHasBranchesAndWhatFollowsWaitsForTheirEnds) {
  ExpectSteps(Text(R"--(sequence:
  - choice:
      - when: a
        do:
          sequence:
            - {workOrder: x, cartridge: crm}
            - choice: [{when: b, do: {workOrder: y, cartridge: crm}}, {otherwise: }]
      - otherwise: {end: retry}
  - {set: {done: true}}
)--"),
              R"--(
    steps { name: "choice:0" kind: CHOICE guards {
        source: "a" place: "technicalProductOrders/p/process/sequence/0/choice/0/when" }
      guards {} }
    steps { name: "x" cartridge: "crm" operation: "x" after: 0 within { choice: 0 branch: 0 } }
    steps { name: "choice:2" kind: CHOICE after: 1 within { choice: 0 branch: 0 }
      guards { source: "b" place: "technicalProductOrders/p/process/sequence/0/choice/0/do"
                                  "/sequence/1/choice/0/when" }
      guards {} }
    steps { name: "y" cartridge: "crm" operation: "y" after: 2
      within { choice: 0 branch: 0 } within { choice: 2 branch: 0 } }
    steps { name: "end:4" kind: END end: END_RETRY after: 0 within { choice: 0 branch: 1 } }
    steps { name: "set:5" kind: ASSIGNMENT after: 2 after: 3 after: 4
      assign { value { target: "done" literal_json: "true" } } }
  )--");
}

TEST(ProcessYaml, AnIncludeIsPutInItsPlace) {
  ExpectSteps(Text(R"--(sequence:
  - {workOrder: first, cartridge: crm}
  - {include: q}
  - {workOrder: last, cartridge: crm, input: {a: $b.x}}
)--",
                   R"--(q:
  process: {parallel: [{workOrder: a, cartridge: crm}, {workOrder: b, cartridge: crm}]}
)--"),
              R"--(
    steps { name: "first" cartridge: "crm" operation: "first" }
    steps { name: "a" cartridge: "crm" operation: "a" after: 0 }
    steps { name: "b" cartridge: "crm" operation: "b" after: 0 }
    steps { name: "last" cartridge: "crm" operation: "last" after: 1 after: 2
      input { target: "a" output { step: 2 field: "x" } } }
  )--");
}

TEST(ProcessYaml, ARetryCanNameTheStepThatIsAskedAgain) {
  ExpectSteps(Text(R"--(sequence:
  - {workOrder: ask, cartridge: crm}
  - choice: [{when: a, do: {end: retry, from: ask}}, {otherwise: }]
)--"),
              R"--(
    steps { name: "ask" cartridge: "crm" operation: "ask" }
    steps { name: "choice:1" kind: CHOICE after: 0 guards {
        source: "a" place: "technicalProductOrders/p/process/sequence/1/choice/0/when" } guards {} }
    steps { name: "end:2" kind: END end: END_RETRY after: 1 within { choice: 1 branch: 0 }
      has_replay_from: true }
  )--");
}

struct Mistake {
  const char* name;
  std::string process;
  std::vector<std::string> places;
};

TEST(ProcessYaml, EachMistakeIsFoundInItsLine) {
  const Mistake mistakes[] = {
      {"no otherwise",
       "choice:\n  - {when: a, do: {workOrder: x, cartridge: crm}}\n",
       {"5 no-otherwise"}},
      {"otherwise first", "choice:\n  - otherwise:\n  - {when: a}\n", {"8 unreachable"}},
      {"empty guard",
       "choice:\n  - {when: '', do: {end: pass}}\n  - otherwise:\n",
       {"7 empty-script"}},
      {"bad script", "choice:\n  - {when: broken}\n  - otherwise:\n", {"7 bad-script"}},
      {"after an end",
       "sequence:\n  - {end: pass}\n  - {workOrder: x, cartridge: crm}\n",
       {"8 unreachable"}},
      {"after a choice of ends",
       "sequence:\n  - choice: [{when: a, do: {end: pass}}, {otherwise: {end: fail}}]\n"
       "  - {workOrder: x, cartridge: crm}\n",
       {"8 unreachable"}},
      {"unknown end", "end: maybe\n", {"6 unknown-word"}},
      {"from of a pass",
       "sequence:\n  - {workOrder: x, cartridge: crm}\n  - {end: pass, from: x}\n",
       {"8 unknown-key"}},
      {"from an unknown step", "end: retry\nfrom: x\n", {"7 unknown-step"}},
      {"from a later step",
       "parallel:\n  - {workOrder: x, cartridge: crm}\n  - {end: retry, from: x}\n",
       {"8 not-an-earlier-step"}},
      {"unknown include", "include: q\n", {"5 unknown-technical-product-order"}},
      {"includes itself", "sequence:\n  - {include: p}\n", {"7 include-cycle"}},
      {"unknown part", "sequence:\n  - {work: x}\n", {"7 unknown-process-node"}},
      {"unknown scope", "set: {a: 1}\non: customer\n", {"7 unknown-word"}},
      {"a result of another step",
       "sequence:\n  - {workOrder: x, cartridge: crm}\n"
       "  - {workOrder: y, cartridge: crm, results: {a: $x.a}}\n",
       {"8 bad-reference"}},
      {"a branch that may not run",
       "sequence:\n"
       "  - choice: [{when: a, do: {workOrder: x, cartridge: crm}}, {otherwise: }]\n"
       "  - {workOrder: y, cartridge: crm, input: {a: $x.a}}\n",
       {"8 may-not-have-run"}},
      {"compensation without an operation",
       "workOrder: x\ncartridge: crm\ncompensation: {input: {a: 1}}\n",
       {"8 missing-key"}},
      {"compensation with the output of a later step",
       "sequence:\n"
       "  - {workOrder: x, cartridge: crm, compensation: {operation: u, input: {a: $y.a}}}\n"
       "  - {workOrder: y, cartridge: crm}\n",
       {"7 not-an-earlier-step"}},
      {"bad hook", "workOrder: x\ncartridge: crm\nonEval: broken\n", {"8 bad-script"}},
      {"too long a deadline",
       "workOrder: x\ncartridge: crm\ndeadline: 9000h\n",
       {"8 out-of-range"}},
  };
  for (const Mistake& mistake : mistakes) {
    EXPECT_EQ(Places(Text(mistake.process)), mistake.places) << mistake.name;
  }
}

TEST(ProcessYaml, WhatMayNotHaveRunNeedsADefault) {
  EXPECT_THAT(Places(Text("sequence:\n"
                          "  - choice: [{when: a, do: {workOrder: x, cartridge: crm}}, "
                          "{otherwise: }]\n"
                          "  - {workOrder: y, cartridge: crm, input: {a: {from: $x.a, "
                          "default: none}}}\n")),
              ElementsAre());
}

TEST(ProcessYaml, IncludesAreReadOnceForEachButToldOnce) {
  const std::string others = "q:\n  process: {workOrder: a, cartridge: nowhere}\n";
  EXPECT_THAT(Places(Text("include: q\n", others)), ElementsAre("8 unknown-cartridge"));
  const auto loaded =
      Load(Text("include: q\n", "q: {process: {include: r}}\nr: {process: {include: q}}\n"));
  ASSERT_FALSE(loaded.has_value());
  EXPECT_THAT(ProblemsAsError(loaded.error()).message, HasSubstr("q -> r -> q"));
}

TEST(ProcessYaml, WithoutAnEngineScriptsAreRefused) {
  const auto loaded = ReadCatalog({{"a.yaml", Text("choice: [{when: a, do: }, {otherwise: }]\n")}});
  ASSERT_FALSE(loaded.has_value());
  EXPECT_EQ(loaded.error().front().rule, "no-scripts");
}

}  // namespace
}  // namespace cairn
