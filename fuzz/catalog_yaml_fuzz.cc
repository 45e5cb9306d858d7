// Hands any bytes to the reader of catalogs. Whatever they are, there is a catalog or there are
// problems; a catalog that was taken is found good by the check and read back from its stored form,
// and every problem has a rule and a text that can be shown.
#include "adapters/catalog_yaml/catalog_yaml.h"
#include "adapters/script_lua/lua_scripts.h"
#include "base/check.h"
#include "engine/orders/catalog_check.h"

#include <cstddef>
#include <cstdint>
#include <string>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::string text(size, '\0');
  for (std::size_t i = 0; i < size; ++i) {
    text[i] = static_cast<char>(data[i]);
  }
  static cairn::LuaScripts scripts;
  const auto loaded = cairn::ReadCatalog({{"fuzz.yaml", text}}, &scripts);
  if (!loaded) {
    CHECK(!loaded.error().empty());
    for (const cairn::CatalogProblem& problem : loaded.error()) {
      CHECK(!problem.rule.empty());
      CHECK(!problem.message.empty());
      CHECK(problem.line >= 0);
    }
    return 0;
  }
  CHECK(cairn::CheckCatalog(loaded->catalog->records(), &scripts).empty());
  const auto again = cairn::Catalog::Parse(loaded->catalog->serialized());
  CHECK(again.has_value());
  CHECK((*again)->hash() == loaded->catalog->hash());
  return 0;
}
