// How a call becomes a request, and how an input is kept from changing more than its place in it.
#include "adapters/cartridge_http/http_request.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <string>

namespace cairn {
namespace {

using ::testing::Contains;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

class HttpRequestTest : public ::testing::Test {
 protected:
  HttpRequestTest() {
    definition_->set_name("crm");
    definition_->mutable_http()->set_url("http://127.0.0.1:8081/api");
    operation_ = definition_->mutable_http()->add_operations();
    operation_->set_name("create");
  }
  static void AddHeader(google::protobuf::RepeatedPtrField<records::Header>* headers,
                        const std::string& name, const std::string& value) {
    records::Header* header = headers->Add();
    header->set_name(name);
    header->set_value(value);
  }
  Result<HttpRequest> Build(const std::string& input) const {
    CartridgeCall call;
    call.cartridge = definition_;
    call.operation = "create";
    call.idempotency_key = "wo-1-7-1";
    call.input = Fields::FromJsonText(input).value();
    return BuildHttpRequest(call, *operation_);
  }
  std::string UrlFor(const std::string& path, const std::string& input) {
    operation_->set_path(path);
    const Result<HttpRequest> request = Build(input);
    return request ? request->url : "error: " + request.error().message;
  }

  std::shared_ptr<records::Cartridge> definition_ = std::make_shared<records::Cartridge>();
  records::HttpOperation* operation_ = nullptr;
};

TEST_F(HttpRequestTest, TheInputIsTheJsonBodyOfAPost) {
  operation_->set_path("/subscribers");
  const HttpRequest request = Build(R"({"msisdn":"4179","price":1.10})").value();
  EXPECT_EQ(request.method, "POST");
  EXPECT_EQ(request.url, "http://127.0.0.1:8081/api/subscribers");
  EXPECT_TRUE(request.has_body);
  EXPECT_EQ(request.body, R"({"msisdn":"4179","price":1.10})");
  EXPECT_THAT(request.header_lines, Contains("Content-Type: application/json"));
  EXPECT_THAT(request.header_lines, Contains("Idempotency-Key: wo-1-7-1"));
}

TEST_F(HttpRequestTest, WithoutBodyThereIsNoContentType) {
  operation_->set_no_body(true);
  operation_->set_method("DELETE");
  const HttpRequest request = Build(R"({"a":1})").value();
  EXPECT_FALSE(request.has_body);
  EXPECT_THAT(request.header_lines, Not(Contains(StartsWith("Content-Type"))));
  EXPECT_THAT(request.header_lines, Contains("Idempotency-Key: wo-1-7-1"));
}

TEST_F(HttpRequestTest, UrlAndPathMeetAtOneSlash) {
  const std::string base = "http://127.0.0.1:8081/api";
  EXPECT_EQ(UrlFor("", "{}"), base);
  EXPECT_EQ(UrlFor("/a", "{}"), base + "/a");
  EXPECT_EQ(UrlFor("a", "{}"), base + "/a");
  EXPECT_EQ(UrlFor("?a=1", "{}"), base + "?a=1");
  definition_->mutable_http()->set_url(base + "/");
  EXPECT_EQ(UrlFor("/a", "{}"), base + "/a");
}

TEST_F(HttpRequestTest, FieldsInThePathArePercentEncoded) {
  const std::string base = "http://127.0.0.1:8081/api";
  EXPECT_EQ(UrlFor("/s/{m}", R"({"m":"4179"})"), base + "/s/4179");
  EXPECT_EQ(UrlFor("/s/{m}/x", R"({"m":"a b/c?d#e%&é"})"),
            base + "/s/a%20b%2Fc%3Fd%23e%25%26%C3%A9/x");
  EXPECT_EQ(UrlFor("/s/{n}?on={b}", R"({"n":12.50,"b":true})"), base + "/s/12.50?on=true");
  EXPECT_EQ(UrlFor("/s/{m}", R"({"m":"a\nb"})"), base + "/s/a%0Ab");
  EXPECT_EQ(UrlFor("/s/{m", R"({"m":"1"})"), base + "/s/{m");
}

TEST_F(HttpRequestTest, AFieldThatCanNotStandInThePathIsNamed) {
  EXPECT_EQ(UrlFor("/s/{m}", "{}"), "error: the field 'm' is missing");
  EXPECT_THAT(UrlFor("/s/{m}", R"({"m":null})"), HasSubstr("'m' must be a string, a number"));
  EXPECT_THAT(UrlFor("/s/{m}", R"({"m":{"a":1}})"), HasSubstr("'m' must be"));
  EXPECT_THAT(UrlFor("/s/{m}", R"({"m":["a"]})"), HasSubstr("'m' must be"));
  EXPECT_THAT(UrlFor("/s/{m}", R"({"m":""})"), HasSubstr("'m' is empty"));
}

TEST_F(HttpRequestTest, AnInputCanNotLeaveItsPlaceInThePath) {
  EXPECT_THAT(UrlFor("/s/{m}/x", R"({"m":".."})"), HasSubstr("segment '.' or '..'"));
  EXPECT_THAT(UrlFor("/s/{m}", R"({"m":"."})"), HasSubstr("segment '.' or '..'"));
  EXPECT_THAT(UrlFor("/s/{m}{m}/x", R"({"m":"."})"), HasSubstr("segment '.' or '..'"));
  EXPECT_EQ(UrlFor("/s/{m}", R"({"m":"../x"})"), "http://127.0.0.1:8081/api/s/..%2Fx");
  EXPECT_EQ(UrlFor("/s?m={m}", R"({"m":".."})"), "http://127.0.0.1:8081/api/s?m=..");
}

TEST_F(HttpRequestTest, ATooLongUrlIsRefused) {
  const std::string input = R"({"m":")" + std::string(kHttpUrlBytesMax, 'x') + "\"}";
  operation_->set_path("/s/{m}");
  ASSERT_FALSE(Build(input));
  EXPECT_EQ(Build(input).error().code, ErrorCode::kTooLarge);
}

TEST_F(HttpRequestTest, HeadersOfTheOperationReplaceThoseOfTheCartridge) {
  AddHeader(definition_->mutable_http()->mutable_headers(), "X-Api", "v1");
  AddHeader(definition_->mutable_http()->mutable_headers(), "X-Kept", "{m}");
  AddHeader(operation_->mutable_headers(), "x-api", "v2");
  AddHeader(operation_->mutable_headers(), "X-Empty", "");
  AddHeader(operation_->mutable_headers(), "content-type", "text/x");
  const HttpRequest request = Build(R"({"m":"4179"})").value();
  EXPECT_THAT(request.header_lines, Contains("x-api: v2"));
  EXPECT_THAT(request.header_lines, Not(Contains("X-Api: v1")));
  EXPECT_THAT(request.header_lines, Contains("X-Kept: 4179"));
  EXPECT_THAT(request.header_lines, Contains("X-Empty;"));
  EXPECT_THAT(request.header_lines, Contains("content-type: text/x"));
  EXPECT_THAT(request.header_lines, Not(Contains("Content-Type: application/json")));
}

TEST_F(HttpRequestTest, NoValueBeginsAnotherHeader) {
  AddHeader(operation_->mutable_headers(), "X-Name", "{m}");
  for (const char* input : {R"({"m":"a\r\nX-Evil: 1"})", R"({"m":"a\nb"})", R"({"m":"a\rb"})",
                            R"({"m":"a\u0001b"})", R"({"m":"a\u007fb"})"}) {
    const Result<HttpRequest> request = Build(input);
    ASSERT_FALSE(request) << input;
    EXPECT_EQ(request.error().message, "the header 'X-Name' would hold a control character");
  }
  EXPECT_TRUE(Build(R"({"m":"plain"})"));
}

TEST_F(HttpRequestTest, HeadersOfTheClientItselfAreRefused) {
  for (const char* name :
       {"Idempotency-Key", "CONTENT-LENGTH", "Transfer-Encoding", "Connection", "Expect"}) {
    operation_->clear_headers();
    AddHeader(operation_->mutable_headers(), name, "1");
    const Result<HttpRequest> request = Build("{}");
    ASSERT_FALSE(request) << name;
    EXPECT_THAT(request.error().message, HasSubstr("set by the client itself"));
  }
}

TEST_F(HttpRequestTest, NamesThatAreNoTokensAreRefused) {
  AddHeader(operation_->mutable_headers(), "X-A: 1\r\nX-B", "1");
  EXPECT_THAT(Build("{}").error().message, HasSubstr("no name of a header"));
  operation_->clear_headers();
  operation_->set_method("GET / HTTP/1.0\r\n");
  EXPECT_THAT(Build("{}").error().message, HasSubstr("method"));
}

}  // namespace
}  // namespace cairn
