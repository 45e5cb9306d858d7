// Table: fitting, alignment and what is never cut.
#include "edges/cli/table.h"

#include <gtest/gtest.h>

namespace cairn::cli {
namespace {

Table Sample() {
  Table table({{"ID", Table::Align::kLeft, Table::Fit::kWhole},
               {"CUSTOMER"},
               {"RUN", Table::Align::kRight},
               {"STATE"}});
  table.AddRow({{"so-1t3"}, {"a customer with a long name"}, {"1"}, {"Running", Color::kCyan}});
  table.AddRow({{"so-12"}, {"C-2"}, {"12"}, {""}});
  return table;
}

TEST(Table, AlignsAndLeavesNoSpaceAtTheEnd) {
  EXPECT_EQ(Sample().Render(0, false),
            "ID      CUSTOMER                     RUN  STATE\n"
            "so-1t3  a customer with a long name    1  Running\n"
            "so-12   C-2                           12\n");
}

TEST(Table, CutsTheWidestColumnFirstAndIdsNever) {
  EXPECT_EQ(Sample().Render(34, false),
            "ID      CUSTOMER      RUN  STATE\n"
            "so-1t3  a customer …    1  Running\n"
            "so-12   C-2            12\n");
  const std::string narrow = Sample().Render(10, false);
  EXPECT_NE(narrow.find("so-1t3"), std::string::npos);
  EXPECT_EQ(narrow,
            "ID      CUSTO…  RUN  STATE\n"
            "so-1t3  a cus…    1  Runni…\n"
            "so-12   C-2      12\n");
}

TEST(Table, LeavesOutWhatCanBeDoneWithoutWhenCuttingIsNotEnough) {
  Table table({{"ID", Table::Align::kLeft, Table::Fit::kWhole},
               {"PORT", Table::Align::kLeft, Table::Fit::kWholeOrNot},
               {"CUSTOMER"},
               {"SUBMITTED", Table::Align::kLeft, Table::Fit::kWholeOrNot}});
  table.AddRow({{"so-1t3"}, {"retry"}, {"a long customer"}, {"2026-01-31T23:59:59Z"}});
  EXPECT_EQ(table.Render(43, false),
            "ID      PORT   CUSTO…  SUBMITTED\n"
            "so-1t3  retry  a lon…  2026-01-31T23:59:59Z\n");
  EXPECT_EQ(table.Render(40, false),
            "ID      PORT   CUSTOMER\n"
            "so-1t3  retry  a long customer\n");
  EXPECT_EQ(table.Render(16, false),
            "ID      CUSTOMER\n"
            "so-1t3  a long …\n");
  EXPECT_EQ(table.Render(3, false),
            "ID      CUSTO…\n"
            "so-1t3  a lon…\n");
}

TEST(Table, ColorsWordsNotPadding) {
  Table table({{"STATE"}, {"N"}});
  table.AddRow({{"Held", Color::kMagenta}, {"1"}});
  EXPECT_EQ(table.Render(0, true),
            "\x1b[1mSTATE\x1b[0m  \x1b[1mN\x1b[0m\n"
            "\x1b[35mHeld\x1b[0m   1\n");
}

TEST(Table, CleansWhatItIsGiven) {
  Table table({{"A"}});
  table.AddRow({{"x\x1b[31my\nz"}});
  EXPECT_EQ(table.Render(0, false), "A\nx\xef\xbf\xbd[31my z\n");
}

}  // namespace
}  // namespace cairn::cli
