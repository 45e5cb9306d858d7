// cairn catalog check DIR: reads a catalog as a node would, and says what is wrong with it. The
// errors are the reader's own, one a line, as compilers write them, so that editors jump to the
// place.
#include "adapters/script_lua/lua_scripts.h"
#include "apps/cairn/catalog_command.h"
#include "base/bytes.h"
#include "edges/cli/text_layout.h"

#include <fmt/format.h>

#include <memory>
#include <string>
#include <utility>

namespace cairn::cli {
namespace {

CliResult<ExitCode> Check(CommandContext& context, const std::string& folder) {
  const auto loaded = ReadCatalogFolder(context, folder);
  if (!loaded) {
    return tl::unexpected<Failure>(loaded.error());
  }
  const records::Catalog& catalog = loaded->catalog->records();
  const std::string version = Hex64(loaded->catalog->hash());
  if (context.wants_json()) {
    Json summary = Json::Object();
    Json files = Json::Array();
    for (const std::string& file : loaded->files) files.Push(Json::String(file));
    summary.Set("version", Json::String(version));
    summary.Set("products", Json::Number(catalog.products_size()));
    summary.Set("technicalProductOrders", Json::Number(catalog.technical_product_orders_size()));
    summary.Set("cartridges", Json::Number(catalog.cartridges_size()));
    summary.Set("files", std::move(files));
    context.Print(summary);
    return ExitCode::kOk;
  }
  Table table({{"CATALOG"}, {"", Table::Align::kRight, Table::Fit::kWhole}});
  table.AddRow({{"products"}, {std::to_string(catalog.products_size())}});
  table.AddRow(
      {{"technical product orders"}, {std::to_string(catalog.technical_product_orders_size())}});
  table.AddRow({{"cartridges"}, {std::to_string(catalog.cartridges_size())}});
  table.AddRow({{"files"}, {std::to_string(loaded->files.size())}});
  table.AddRow({{"version"}, {version}});
  context.Print(table);
  return ExitCode::kOk;
}

}  // namespace

CliResult<LoadedCatalog> ReadCatalogFolder(CommandContext& context, const std::string& folder) {
  LuaScripts scripts;
  auto loaded = LoadCatalog(folder, &scripts);
  if (!loaded) {
    for (const CatalogProblem& problem : loaded.error()) {
      context.around.Note(CleanForTerminal(problem.ToString()));
    }
    return FailWith(ExitCode::kUsage, fmt::format("{}: {}; no node will take this catalog", folder,
                                                  CountOf(loaded.error().size(), "problem")));
  }
  return std::move(*loaded);
}

void AddCatalogCheck(CommandLine& line) {
  CLI::App& command = *line.Noun("catalog").add_subcommand(
      "check", "Read a catalog as a node would, and say all that is wrong with it");
  const auto folder = std::make_shared<std::string>();
  command.add_option("DIR", *folder, "The folder with its YAML files")->required();
  command.footer(
      "Exits with 2 when the catalog has errors; each is printed as file:line: message (rule).\n\n"
      "Example:\n"
      "  cairn catalog check examples/catalog");
  line.OnRun(command, [folder](CommandContext& context) { return Check(context, *folder); });
}

}  // namespace cairn::cli
