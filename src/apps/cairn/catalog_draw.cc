// cairn catalog draw DIR PRODUCT: a product's process as a Mermaid drawing.
#include "apps/cairn/catalog_command.h"
#include "edges/cli/process_drawing.h"

#include <fmt/format.h>

#include <memory>
#include <string>

namespace cairn::cli {
namespace {

struct Arguments {
  std::string folder;
  std::string product;
  std::string action = "add";
};

records::Verb VerbOf(const std::string& action) {
  if (action == "modify") return records::MODIFY;
  if (action == "delete") return records::DELETE;
  return action == "noChange" ? records::NO_CHANGE : records::ADD;
}

CliResult<ExitCode> Draw(CommandContext& context, const Arguments& arguments) {
  const auto loaded = ReadCatalogFolder(context, arguments.folder);
  if (!loaded) {
    return tl::unexpected<Failure>(loaded.error());
  }
  const Catalog& catalog = *loaded->catalog;
  const auto index = catalog.FindProduct(arguments.product);
  if (!index) {
    std::string names;
    for (const records::Product& product : catalog.records().products()) {
      names += (names.empty() ? "" : ", ") + product.name();
    }
    return FailWith(ExitCode::kUsage, fmt::format("{}: there is no product '{}'; there are {}",
                                                  arguments.folder, arguments.product, names));
  }
  const records::ProductAction* action =
      Catalog::FindAction(catalog.product(*index), VerbOf(arguments.action));
  if (action == nullptr) {
    return FailWith(ExitCode::kUsage,
                    fmt::format("{}: the product '{}' has no action '{}'; choose another with "
                                "--action",
                                arguments.folder, arguments.product, arguments.action));
  }
  const std::string drawing = DrawProcess(catalog.records(), *action);
  if (context.wants_json()) {
    Json json = Json::Object();
    json.Set("product", Json::String(arguments.product));
    json.Set("action", Json::String(arguments.action));
    json.Set("mermaid", Json::String(drawing));
    context.Print(json);
  } else {
    context.PrintLine(drawing);
  }
  return ExitCode::kOk;
}

}  // namespace

void AddCatalogDraw(CommandLine& line) {
  CLI::App& command = *line.Noun("catalog").add_subcommand(
      "draw", "Draw a product's process, as a Mermaid flowchart");
  const auto arguments = std::make_shared<Arguments>();
  command.add_option("DIR", arguments->folder, "The folder with its YAML files")->required();
  command.add_option("PRODUCT", arguments->product, "The product")->required();
  command.add_option("--action", arguments->action, "Which of its actions")
      ->check(CLI::IsMember({"add", "modify", "delete", "noChange"}))
      ->capture_default_str();
  command.footer(
      "Example:\n"
      "  cairn catalog draw examples/catalog mobile-line > mobile-line.mmd");
  line.OnRun(command, [arguments](CommandContext& context) { return Draw(context, *arguments); });
}

}  // namespace cairn::cli
