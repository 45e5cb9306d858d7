#include "runtime/service_index.h"

#include <gtest/gtest.h>

#include <string>
#include <utility>

namespace cairn {
namespace {

StoredServicePtr Service(const std::string& product, const std::string& name, std::uint64_t version,
                         bool terminated = false) {
  auto service = std::make_shared<StoredService>();
  service->id = ServiceId(1);
  service->version = version;
  service->product = product;
  service->service = name;
  service->terminated = terminated;
  return service;
}

TEST(ServiceIndex, FindsTheLastOfEachUntilItIsTerminated) {
  ServiceIndex index;
  EXPECT_EQ(index.Find("mail", "a"), nullptr);
  index.Publish(Service("mail", "a", 1));
  index.Publish(Service("mail", "b", 5));
  index.Publish(Service("fax", "a", 9));
  index.Publish(Service("mail", "a", 2));
  ASSERT_NE(index.Find("mail", "a"), nullptr);
  EXPECT_EQ(index.Find("mail", "a")->version, 2U);
  EXPECT_EQ(index.Find("mail", "b")->version, 5U);
  EXPECT_EQ(index.Find("fax", "a")->version, 9U);
  index.Publish(Service("mail", "a", 3, true));
  EXPECT_EQ(index.Find("mail", "a"), nullptr);
  EXPECT_NE(index.Find("mail", "b"), nullptr);
  index.Publish(Service("mail", "a", 1));
  EXPECT_EQ(index.Find("mail", "a")->version, 1U) << "another one of that name";
}

}  // namespace
}  // namespace cairn
