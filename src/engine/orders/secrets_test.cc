#include "engine/orders/secrets.h"

#include <google/protobuf/text_format.h>
#include <gtest/gtest.h>

namespace cairn {
namespace {

Fields Of(std::string_view json) { return Fields::FromJsonText(json).value(); }

SecretValues Secrets(std::string_view parameters, std::string_view dataset = "{}") {
  records::Product product;
  EXPECT_TRUE(google::protobuf::TextFormat::ParseFromString(
      R"(parameters { name: "pin" secret: true } parameters { name: "key" secret: true }
         parameters { name: "plan" })",
      &product));
  SecretValues secrets;
  secrets.Add(product, Of(parameters).encoded(), Of(dataset).encoded());
  return secrets;
}

std::string Hidden(const SecretValues& secrets, std::string_view json) {
  return secrets.Hide(Of(json)).ToJsonObject();
}

TEST(Secrets, FieldsOfThatNameAreHiddenWhole) {
  EXPECT_EQ(Hidden(Secrets(R"({"pin":"0042"})"), R"({"pin":"0042","plan":"gold","key":null})"),
            R"({"pin":"***","plan":"gold","key":"***"})");
}

TEST(Secrets, ValuesAreHiddenWhereverTheyStand) {
  const SecretValues secrets = Secrets(R"({"pin":"0042","key":{"a":["s\"cret"],"n":12345.50}})");
  EXPECT_EQ(Hidden(secrets, R"({"x":"0042","y":["PIN 0042!",{"z":"as\"cretb"}],"n":12345.50})"),
            R"({"x":"***","y":["PIN ***!",{"z":"a***b"}],"n":"***"})");
  EXPECT_EQ(Hidden(secrets, R"({"n":123455,"m":112345.50,"t":true})"),
            R"({"n":123455,"m":112345.50,"t":true})");
  EXPECT_EQ(secrets.Hide(std::string("0042 refused, 00420042")), "*** refused, ******");
  EXPECT_EQ(secrets.Hide(std::string(R"({"detail":"s\"cret"})")), R"({"detail":"***"})");
}

TEST(Secrets, TheLongestIsHiddenFirst) {
  EXPECT_EQ(Secrets(R"({"pin":"abcd","key":"abcdef"})").Hide(std::string("abcdef")), "***");
  EXPECT_EQ(Secrets(R"({"pin":"abcd","key":"xabcdef"})").Hide(std::string(" xabcdef abcd ")),
            " *** *** ");
}

TEST(Secrets, ShortOnesAreHiddenWhereTheyAreTheWhole) {
  const SecretValues secrets = Secrets(R"({"pin":"1","key":7})");
  EXPECT_EQ(Hidden(secrets, R"({"a":"1","b":"12","c":7,"d":77})"),
            R"({"a":"***","b":"12","c":"***","d":77})");
}

TEST(Secrets, DocumentsKeepTheirIdsAndLoseTheirCharacteristics) {
  const SecretValues secrets = Secrets(R"({"pin":"1","key":"quo\"te"})");
  EXPECT_EQ(secrets
                .HideInDocument(ParseJson(R"({"id":"1","n":1,"c":[{"name":"pin","value":"1"},)"
                                          R"({"name":"x","value":"a {\"k\":\"quo\\\"te\"}"}]})")
                                    .value())
                .Serialize(),
            R"({"id":"1","n":1,"c":[{"name":"pin","value":"***"},)"
            R"({"name":"x","value":"a {\"k\":\"***\"}"}]})");
}

TEST(Secrets, ThoseOfTheDatasetCountToo) {
  EXPECT_EQ(Secrets("{}", R"({"pin":"from above"})").Hide(std::string("is from above")), "is ***");
}

TEST(Secrets, WithoutSecretsEverythingStays) {
  const SecretValues secrets;
  EXPECT_TRUE(secrets.empty());
  EXPECT_EQ(Hidden(secrets, R"({"pin":"1.10"})"), R"({"pin":"1.10"})");
}

}  // namespace
}  // namespace cairn
