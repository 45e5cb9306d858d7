// The description of the API against the routes that there are. That answers are as it says is
// tested against a running node (tests/end_to_end/openapi_test.py).

#include "edges/http/openapi.h"

#include "base/json.h"
#include "edges/http/fake_service.h"
#include "edges/http/fake_services.h"
#include "edges/http/routes.h"

#include <gtest/gtest.h>

#include <set>

namespace cairn::http {
namespace {

std::string Lower(std::string_view text) {
  std::string lower(text);
  for (char& c : lower) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return lower;
}

TEST(OpenApi, DescribesEveryRouteAndNoOther) {
  FakeService orders;
  FakeServices fakes;
  Router router;
  AddRoutes(router, fakes.With(orders), std::make_shared<WaitCount>(),
            [] { return HttpMetrics(); });
  std::set<std::string> routes;
  for (const Route& route : router.routes()) {
    // TMF641 has a description of its own.
    if (route.pattern.front() == "tmf-api") continue;
    std::string pattern;
    for (const std::string& segment : route.pattern) pattern += "/" + segment;
    routes.insert(Lower(MethodName(route.method)) + " " + pattern);
  }
  const auto document = ParseJson(OpenApiDocument());
  ASSERT_TRUE(document.has_value()) << document.error().message;
  EXPECT_EQ(document->Find("openapi")->text(), "3.1.0");
  std::set<std::string> described;
  for (const Json::Member& path : document->Find("paths")->members()) {
    for (const Json::Member& method : path.value.members()) {
      described.insert(method.key + " " + path.key);
    }
  }
  EXPECT_EQ(described, routes);
}

// Every "$ref" of the document names something in it.
void CheckReferences(const Json& node, const Json& document) {
  if (node.is_array()) {
    for (const Json& item : node.items()) CheckReferences(item, document);
  }
  if (!node.is_object()) return;
  for (const Json::Member& member : node.members()) {
    CheckReferences(member.value, document);
    if (member.key != "$ref") continue;
    const Json* found = &document;
    std::string_view rest = member.value.text();
    ASSERT_TRUE(rest.starts_with("#/")) << rest;
    rest.remove_prefix(1);
    while (!rest.empty() && found != nullptr) {
      rest.remove_prefix(1);
      const std::string_view key = rest.substr(0, rest.find('/'));
      found = found->Find(key);
      rest.remove_prefix(key.size());
    }
    EXPECT_NE(found, nullptr) << member.value.text();
  }
}

TEST(OpenApi, NamesOnlyWhatItDefines) {
  const auto document = ParseJson(OpenApiDocument());
  ASSERT_TRUE(document.has_value());
  CheckReferences(*document, *document);
}

}  // namespace
}  // namespace cairn::http
