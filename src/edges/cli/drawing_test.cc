// Mermaid drawings: of processes out of a catalog, of plans and orders out of their JSON, and the
// texts in them.
#include "base/time.h"
#include "edges/cli/mermaid_text.h"
#include "edges/cli/plan_drawing.h"
#include "edges/cli/process_drawing.h"

#include <gtest/gtest.h>

#include <vector>

namespace cairn::cli {
namespace {

TEST(MermaidLabel, NothingInItIsMoreThanText) {
  EXPECT_EQ(MermaidLabel({"a", "", "b"}), "\"a<br/>b\"");
  EXPECT_EQ(MermaidLabel({"\"<script>&#;"}), "\"#34;#60;script#62;#38;#35;#59;\"");
  EXPECT_EQ(MermaidLabel({"x\ny"}), "\"x y\"");
  EXPECT_EQ(MermaidLabel({std::string(100, 'x')}), "\"" + std::string(59, 'x') + "…\"");
}

records::Step* AddStep(records::TechnicalProductOrder& technical, const std::string& name,
                       records::StepKind kind, const std::vector<std::uint32_t>& after) {
  records::Step* step = technical.add_steps();
  step->set_name(name);
  step->set_kind(kind);
  for (const std::uint32_t index : after) step->add_after(index);
  if (kind == records::WORK_ORDER || kind == records::COMPENSATION) {
    step->set_cartridge("hlr");
    step->set_operation(name);
  }
  return step;
}

void Within(records::Step* step, std::uint32_t choice, std::uint32_t branch) {
  records::BranchRef* ref = step->add_within();
  ref->set_choice(choice);
  ref->set_branch(branch);
}

TEST(DrawProcess, ShowsStepsChoicesEndsAndWhatUndoesWhat) {
  records::Catalog catalog;
  records::TechnicalProductOrder& technical = *catalog.add_technical_product_orders();
  technical.set_name("line");
  records::Step* create = AddStep(technical, "create", records::WORK_ORDER, {});
  create->set_deadline_ns(5 * kMinute);
  create->set_point_of_no_return(true);
  records::Step* choice = AddStep(technical, "which", records::CHOICE, {0});
  choice->add_guards()->set_source("p.kind == \"a\"");
  choice->add_guards()->set_source("p.kind == 'b'");
  choice->add_guards();  // otherwise, with nothing to do
  Within(AddStep(technical, "fiber", records::WORK_ORDER, {1}), 1, 0);
  records::Step* end = AddStep(technical, "stop", records::END, {1});
  end->set_end(records::END_FAIL);
  Within(end, 1, 1);
  records::Step* set = AddStep(technical, "note", records::ASSIGNMENT, {1, 2, 3});
  set->add_assign()->mutable_value()->set_target("done");
  AddStep(technical, "remove", records::COMPENSATION, {})->set_compensates(0);
  records::ProductAction action;
  action.add_decomposition("line");
  EXPECT_EQ(DrawProcess(catalog, action),
            "flowchart TD\n"
            "  subgraph t0[\"line\"]\n"
            "    t0s0[\"create<br/>hlr.create<br/>within 5m<br/>point of no return\"]\n"
            "    t0s1{\"which\"}\n"
            "    t0s2[\"fiber<br/>hlr.fiber\"]\n"
            "    t0s3([\"end: fail\"])\n"
            "    t0s4[/\"note<br/>sets done\"/]\n"
            "    t0s5[\"remove<br/>hlr.remove\"]:::undo\n"
            "    t0s0 --> t0s1\n"
            "    t0s1 -->|\"p.kind == #34;a#34;\"| t0s2\n"
            "    t0s1 -->|\"p.kind == 'b'\"| t0s3\n"
            "    t0s1 -->|\"otherwise\"| t0s4\n"
            "    t0s2 --> t0s4\n"
            "    t0s3 --> t0s4\n"
            "    t0s0 -. undone by .-> t0s5\n"
            "  end\n"
            "  classDef undo stroke-dasharray: 5 5");
}

TEST(DrawProcess, ShowsWhichTechnicalOrdersWaitForWhich) {
  records::Catalog catalog;
  for (const char* name : {"a", "b", "c"}) {
    catalog.add_technical_product_orders()->set_name(name);
  }
  catalog.mutable_technical_product_orders(2)->add_after("a");
  catalog.mutable_technical_product_orders(2)->add_after("elsewhere");
  records::ProductAction action;
  for (const char* name : {"b", "a", "c"}) {
    action.add_decomposition(name);
    action.add_decomposition_when();
  }
  action.mutable_decomposition_when(1)->set_source("p.tv");
  EXPECT_EQ(DrawProcess(catalog, action),
            "flowchart TD\n"
            "  subgraph t0[\"b\"]\n  end\n"
            "  subgraph t1[\"a<br/>when p.tv\"]\n  end\n"
            "  subgraph t2[\"c\"]\n  end\n"
            "  t1 ==> t2");
  action.set_in_sequence(true);
  const std::string drawing = DrawProcess(catalog, action);
  EXPECT_NE(drawing.find("\n  t0 ==> t1\n  t1 ==> t2"), std::string::npos) << drawing;
}

TEST(DrawPlan, ShowsSlicesAndWhatWaitsForWhat) {
  const auto plan = ParseJson(R"({"slices":[["po1"],["po1","po2"]],"productOrders":[
    {"id":"po1","product":"line","action":"add","technicalOrders":[
      {"name":"create","slice":0,"state":"Completed","workOrders":[
        {"cartridge":"hlr","operation":"create"},{"step":"which","kind":"choice"}]},
      {"name":"notify","slice":1,"state":"Failed","workOrders":[]}]},
    {"id":"po2","product":"roaming","action":"add","dependsOn":["po1","gone"],"addedByRule":"R1",
     "technicalOrders":[{"id":"to-0-2","slice":1,"state":"Pending"}]},
    {"id":"po3","product":"tv","action":"add","droppedByDelta":true}]})");
  ASSERT_TRUE(plan);
  EXPECT_EQ(DrawPlan(*plan),
            "flowchart LR\n"
            "  subgraph s0[\"slice 1\"]\n"
            "    subgraph p0s0[\"po1 line add\"]\n"
            "      p0s0t0[\"create<br/>hlr.create<br/>which\"]:::completed\n"
            "    end\n"
            "  end\n"
            "  subgraph s1[\"slice 2\"]\n"
            "    subgraph p0s1[\"po1 line add\"]\n"
            "      p0s1t1[\"notify\"]:::failed\n"
            "    end\n"
            "    subgraph p1s1[\"po2 roaming add<br/>added by rule R1\"]\n"
            "      p1s1t0[\"to-0-2\"]\n"
            "    end\n"
            "  end\n"
            "  p2[\"po3 tv add<br/>is there already\"]\n"
            "  p0s0 -.-> p0s1\n"
            "  p0s1 --> p1s1\n"
            "  s0 ==> s1\n"
            "  classDef completed fill:#c8e6c9,color:#000\n"
            "  classDef failed fill:#ffcdd2,color:#000");
}

TEST(DrawPlan, OddAnswersMakeNoOddDrawing) {
  for (const char* text :
       {"{}", "[]", R"({"slices":[7,["x"]],"productOrders":[1,{"dependsOn":[2]}]})"}) {
    const auto odd = ParseJson(text);
    ASSERT_TRUE(odd);
    EXPECT_EQ(DrawPlan(*odd).substr(0, 12), "flowchart LR") << text;
  }
}

}  // namespace
}  // namespace cairn::cli
