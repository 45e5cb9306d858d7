// cairn catalog check and draw, from arguments to exit code.
#include "apps/cairn/catalog_command.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <stdlib.h>

#include <atomic>
#include <filesystem>
#include <fstream>
#include <sstream>

namespace cairn::cli {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

constexpr const char* kGood = R"(
cartridges:
  hlr:
    type: simulated
    operations:
      create: {outcomes: [ok]}
technicalProductOrders:
  create-subscriber:
    process:
      {workOrder: create, cartridge: hlr}
products:
  mobile-line:
    actions:
      add: {decomposition: [create-subscriber]}
)";

class CatalogCommandTest : public ::testing::Test {
 protected:
  CatalogCommandTest() {
    std::string name = (std::filesystem::temp_directory_path() / "cairn_catalog_XXXXXX").string();
    folder_ = ::mkdtemp(name.data());
  }
  ~CatalogCommandTest() override { std::filesystem::remove_all(folder_); }

  void Write(const std::string& text) { std::ofstream(folder_ / "line.yaml") << text; }

  ExitCode Run(std::vector<std::string> arguments) {
    std::istringstream in;
    std::ostringstream out;
    std::ostringstream err;
    CommandLine line(Surroundings{
        &in, Terminal::Fixed(out, std::nullopt, false), Terminal::Fixed(err, std::nullopt, false),
        [] { return Nanos{0}; }, [](Nanos) {}, [] { return std::string(); }, "", &interrupted_});
    AddCatalogCheck(line);
    AddCatalogDraw(line);
    const ExitCode code = line.Run(std::move(arguments));
    out_ = out.str();
    err_ = err.str();
    return code;
  }

  std::filesystem::path folder_;
  std::string out_;
  std::string err_;
  std::atomic<bool> interrupted_ = false;
};

TEST_F(CatalogCommandTest, AGoodCatalogIsSummarised) {
  Write(kGood);
  EXPECT_EQ(Run({"catalog", "check", folder_.string()}), ExitCode::kOk) << err_;
  EXPECT_THAT(out_, HasSubstr("products                                 1\n"));
  EXPECT_THAT(out_, HasSubstr("cartridges                               1\n"));
  EXPECT_THAT(out_, HasSubstr("version"));
  EXPECT_EQ(err_, "");
  EXPECT_EQ(Run({"-o", "json", "catalog", "check", folder_.string()}), ExitCode::kOk);
  EXPECT_THAT(out_, HasSubstr("\"technicalProductOrders\": 1"));
}

TEST_F(CatalogCommandTest, EachProblemIsALineWithFileAndRule) {
  std::string text = kGood;
  text.replace(text.find("[create-subscriber]"), 19, "[create-subscribr]");
  Write(text);
  EXPECT_EQ(Run({"catalog", "check", folder_.string()}), ExitCode::kUsage);
  EXPECT_EQ(out_, "");
  EXPECT_THAT(err_, HasSubstr("line.yaml:14: "));
  EXPECT_THAT(err_, HasSubstr("create-subscribr"));
  EXPECT_THAT(err_, HasSubstr("1 problem; no node will take this catalog"));
}

TEST_F(CatalogCommandTest, AFolderThatIsNotThereIsAnError) {
  EXPECT_EQ(Run({"catalog", "check", (folder_ / "none").string()}), ExitCode::kUsage);
  EXPECT_THAT(err_, HasSubstr("none"));
  EXPECT_THAT(err_, Not(HasSubstr("version")));
}

TEST_F(CatalogCommandTest, DrawsTheProcessOfAProduct) {
  Write(kGood);
  EXPECT_EQ(Run({"catalog", "draw", folder_.string(), "mobile-line"}), ExitCode::kOk) << err_;
  EXPECT_EQ(out_,
            "flowchart TD\n"
            "  subgraph t0[\"create-subscriber\"]\n"
            "    t0s0[\"create<br/>hlr.create\"]\n"
            "  end\n");
  EXPECT_EQ(Run({"-o", "json", "catalog", "draw", folder_.string(), "mobile-line"}), ExitCode::kOk);
  EXPECT_THAT(out_, HasSubstr("\"mermaid\": \"flowchart TD\\n"));
}

TEST_F(CatalogCommandTest, WhatCannotBeDrawnIsSaid) {
  Write(kGood);
  EXPECT_EQ(Run({"catalog", "draw", folder_.string(), "landline"}), ExitCode::kUsage);
  EXPECT_THAT(err_, HasSubstr("no product 'landline'; there are mobile-line"));
  EXPECT_EQ(Run({"catalog", "draw", folder_.string(), "mobile-line", "--action", "delete"}),
            ExitCode::kUsage);
  EXPECT_THAT(err_, HasSubstr("has no action 'delete'"));
  Write("products: 7\n");
  EXPECT_EQ(Run({"catalog", "draw", folder_.string(), "mobile-line"}), ExitCode::kUsage);
  EXPECT_THAT(err_, HasSubstr("line.yaml:1"));
}

}  // namespace
}  // namespace cairn::cli
