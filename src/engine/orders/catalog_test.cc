// What a stored catalog is known by.
#include "engine/orders/catalog.h"

#include "base/bytes.h"

#include <gtest/gtest.h>

namespace cairn {
namespace {

// Orders name their catalog by the hash of its bytes, whatever wrote them.
TEST(Catalog, IsKnownByTheBytesThatItWasStoredWith) {
  records::Catalog cartridges;
  cartridges.add_cartridges()->set_name("sim");
  records::Catalog products;
  products.add_products()->set_name("line");
  // Sections in another order than this program would write them.
  const std::string bytes = cartridges.SerializeAsString() + products.SerializeAsString();
  const auto catalog = Catalog::Parse(bytes);
  ASSERT_TRUE(catalog.has_value());
  EXPECT_EQ((*catalog)->hash(), Hash64(bytes));
  EXPECT_EQ((*catalog)->serialized(), bytes);
  EXPECT_TRUE((*catalog)->FindProduct("line").has_value());
}

TEST(Catalog, MadeAndParsedAreTheSame) {
  records::Catalog records;
  records.add_products()->set_name("line");
  const auto made = Catalog::Make(records);
  const auto parsed = Catalog::Parse(made->serialized());
  ASSERT_TRUE(parsed.has_value());
  EXPECT_EQ((*parsed)->hash(), made->hash());
}

TEST(Catalog, BytesThatAreNoCatalogAreCorrupt) {
  const auto catalog = Catalog::Parse("\xff\xff");
  ASSERT_FALSE(catalog.has_value());
  EXPECT_EQ(catalog.error().code, ErrorCode::kCorrupt);
}

}  // namespace
}  // namespace cairn
