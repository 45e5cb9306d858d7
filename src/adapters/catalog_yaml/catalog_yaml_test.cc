// What a catalog's YAML becomes, and for each mistake the file, the line and the rule.
#include "adapters/catalog_yaml/catalog_yaml.h"

#include "adapters/catalog_yaml/yaml_tree.h"
#include "base/time.h"
#include "model/fields.h"

#include <gmock/gmock.h>
#include <google/protobuf/text_format.h>
#include <google/protobuf/util/message_differencer.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include <sys/stat.h>

namespace cairn {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

// One byte more than a file may have.
constexpr std::size_t kYamlFileBytesLarge = kYamlFileBytesMax + 1;

constexpr const char* kGood = R"(products:
  line:
    description: A line
    selectors:
      - {serviceSpecification: 12, characteristic: msisdn}
    parameters:
      plan: {type: string, default: basic}
      msisdn: {type: string, mandatory: true, pattern: '\+[0-9]{7,15}'}
      any:
    after: [site]
    actions:
      delete: {decomposition: [remove]}
      add: {decomposition: [create, remove], inSequence: true}
  site:
    actions:
      add: {decomposition: [remove]}
technicalProductOrders:
  remove:
    after: [create]
    process: {workOrder: remove, cartridge: net}
  create:
    process:
      sequence:
        - {workOrder: first, cartridge: net, operation: create}
        - parallel:
            - {workOrder: left, cartridge: hlr, operation: get, input: {id: $msisdn}}
            - sequence:
                - {workOrder: right, cartridge: sms}
                - {workOrder: more, cartridge: sms, input: {ref: $right.ref}}
        - workOrder: last
          cartridge: net
          input:
            a: $first.imsi
            b: ${pop::X}
            c: {from: $plan, default: 1.50}
            d: $$text
            e: 1.10
            f: {literal: {from: $x}}
            g: [1, $$y]
            h: {x: true, y: null}
cartridges:
  net:
    type: simulated
    latency: 5ms
    operations:
      remove: {latency: 1s, outcomes: [delayed], answerAfter: 48h, answer: functional}
      create: {outcomes: [technical, ok], output: {imsi: "234", n: 5}}
  hlr:
    type: http
    url: http://127.0.0.1:8181/ok
    concurrency: 8
    timeout: 5s
    attempts: 3
    retryDelay: 200ms
    headers: {X-B: "2", X-A: "1"}
    operations:
      get: {method: GET, path: '/x/{id}',
            statuses: [{status: 404, outcome: ok}, {status: 500-599, outcome: functional}]}
      create:
      put: {method: PUT, body: false}
  sms: {type: exec, command: [node, worker.js], workers: 2}
)";

constexpr const char* kGoodRecords = R"(
  products {
    name: "line" description: "A line"
    parameters { name: "any" }
    parameters { name: "msisdn" type: STRING mandatory: true pattern: "\\+[0-9]{7,15}" }
    parameters { name: "plan" type: STRING default_json: '"basic"' }
    actions { verb: ADD decomposition: "create" decomposition: "remove" in_sequence: true }
    actions { verb: DELETE decomposition: "remove" }
    after: "site"
    selectors { service_specification: "12" characteristic: "msisdn" }
  }
  products { name: "site" actions { verb: ADD decomposition: "remove" } }
  technical_product_orders {
    name: "create"
    steps { name: "first" cartridge: "net" operation: "create" }
    steps {
      name: "left" cartridge: "hlr" operation: "get" after: 0
      input { target: "id" parameter: "msisdn" }
    }
    steps { name: "right" cartridge: "sms" operation: "right" after: 0 }
    steps {
      name: "more" cartridge: "sms" operation: "more" after: 2
      input { target: "ref" output { step: 2 field: "ref" } }
    }
    steps {
      name: "last" cartridge: "net" operation: "last" after: 1 after: 3
      input { target: "a" output { step: 0 field: "imsi" } }
      input { target: "b" parameter: "pop::X" }
      input { target: "c" parameter: "plan" default_json: "1.50" }
      input { target: "d" literal_json: '"$text"' }
      input { target: "e" literal_json: "1.10" }
      input { target: "f" literal_json: '{"from":"$x"}' }
      input { target: "g" literal_json: '[1,"$y"]' }
      input { target: "h" literal_json: '{"x":true,"y":null}' }
    }
  }
  technical_product_orders {
    name: "remove" after: "create"
    steps { name: "remove" cartridge: "net" operation: "remove" }
  }
  cartridges {
    name: "hlr" concurrency: 8 timeout_ns: 5000000000 attempts: 3 retry_delay_ns: 200000000
    http {
      url: "http://127.0.0.1:8181/ok"
      headers { name: "X-A" value: "1" } headers { name: "X-B" value: "2" }
      operations { name: "create" method: "POST" }
      operations {
        name: "get" method: "GET" path: "/x/{id}" no_body: true
        statuses { from: 404 to: 404 outcome: SCRIPTED_OK }
        statuses { from: 500 to: 599 outcome: SCRIPTED_FUNCTIONAL }
      }
      operations { name: "put" method: "PUT" no_body: true }
    }
  }
  cartridges {
    name: "net"
    simulated {
      latency_ns: 5000000
      operations { name: "create" outcomes: SCRIPTED_TECHNICAL outcomes: SCRIPTED_OK }
      operations {
        name: "remove"
        outcomes: SCRIPTED_DELAYED
        latency_ns: 1000000000
        answer_after_ns: 172800000000000
        answer: SCRIPTED_FUNCTIONAL
      }
    }
  }
  cartridges { name: "sms" exec { command: "node" command: "worker.js" workers: 2 } }
)";

// "file:line rule" of each problem.
std::vector<std::string> Places(const std::vector<CatalogFile>& files) {
  const auto loaded = ReadCatalog(files);
  std::vector<std::string> places;
  if (loaded) return places;
  for (const CatalogProblem& problem : loaded.error()) {
    places.push_back(fmt::format("{}:{} {}", problem.file, problem.line, problem.rule));
  }
  return places;
}

std::string MessageOf(const std::string& text) {
  const auto loaded = ReadCatalog({{"a.yaml", text}});
  return loaded ? "none" : loaded.error().front().ToString();
}

// The good catalog with one text in it replaced, which must be there.
std::string Changed(const std::string& from, const std::string& to) {
  std::string text = kGood;
  const std::size_t at = text.find(from);
  EXPECT_NE(at, std::string::npos) << from;
  if (at != std::string::npos) text.replace(at, from.size(), to);
  return text;
}

TEST(CatalogYaml, BecomesRecords) {
  const auto loaded = ReadCatalog({{"good.yaml", kGood}});
  ASSERT_TRUE(loaded.has_value()) << loaded.error().front().ToString();
  records::Catalog wanted;
  ASSERT_TRUE(google::protobuf::TextFormat::ParseFromString(kGoodRecords, &wanted));
  Fields output;
  output.Add("imsi", "\"234\"");
  output.Add("n", "5");
  wanted.mutable_cartridges(1)->mutable_simulated()->mutable_operations(0)->set_output(
      output.encoded());
  google::protobuf::util::MessageDifferencer differencer;
  std::string difference;
  differencer.ReportDifferencesToString(&difference);
  EXPECT_TRUE(differencer.Compare(wanted, loaded->catalog->records())) << difference;
  EXPECT_THAT(loaded->files, ElementsAre("good.yaml"));
}

TEST(CatalogYaml, TheVersionDoesNotDependOnHowItIsWritten) {
  const auto whole = ReadCatalog({{"good.yaml", kGood}});
  ASSERT_TRUE(whole.has_value());
  // Sections in other files, maps in another order, a comment.
  const std::string text = kGood;
  const std::size_t technical = text.find("technicalProductOrders:");
  const std::size_t cartridges = text.find("cartridges:");
  std::string products = text.substr(0, technical);
  const std::string plan = "      plan: {type: string, default: basic}\n";
  products.erase(products.find(plan), plan.size());
  products.insert(products.find("    after: [site]"), plan);
  const auto parts = ReadCatalog({{"c.yaml", "# three files\n" + text.substr(cartridges)},
                                  {"t.yaml", text.substr(technical, cartridges - technical)},
                                  {"p.yaml", products}});
  ASSERT_TRUE(parts.has_value()) << parts.error().front().ToString();
  EXPECT_EQ(parts->catalog->hash(), whole->catalog->hash());
  const auto other = ReadCatalog({{"good.yaml", Changed("latency: 5ms", "latency: 6ms")}});
  ASSERT_TRUE(other.has_value());
  EXPECT_NE(other->catalog->hash(), whole->catalog->hash());
}

struct Mistake {
  const char* from;
  const char* to;
  const char* place;    // "line rule"
  const char* message;  // a part of it
};

void ExpectMistakes(const std::vector<Mistake>& mistakes) {
  for (const Mistake& mistake : mistakes) {
    SCOPED_TRACE(mistake.to);
    const std::string text = Changed(mistake.from, mistake.to);
    EXPECT_THAT(Places({{"a.yaml", text}}), ElementsAre(std::string("a.yaml:") + mistake.place));
    EXPECT_THAT(MessageOf(text), HasSubstr(mistake.message));
  }
}

TEST(CatalogYaml, KeysAreKnown) {
  ExpectMistakes({
      {"cartridges:\n", "cartriges: {}\ncartridges:\n", "41 unknown-key", "mean 'cartridges'?"},
      {"description: A line", "descripton: x", "3 unknown-key", "did you mean 'description'?"},
      {"characteristic: msisdn", "charateristic: x", "5 unknown-key", "a selector has no key"},
      {"default: basic", "defualt: basic", "7 unknown-key", "did you mean 'default'?"},
      {"delete: {", "remove: {", "12 unknown-key", "the map of actions has no key 'remove'"},
      {"inSequence: true", "insequence: true", "13 unknown-key", "did you mean 'inSequence'?"},
      {"after: [create]", "before: [create]", "19 unknown-key", "a technical product order"},
      {"cartridge: net, operation: create}", "cartridge: net, op: create}", "24 unknown-key",
       "a work order has no key 'op'"},
      {"{from: $plan, default", "{from: $plan, fallback", "35 unknown-key", "source of a field"},
      {"latency: 5ms", "latancy: 5ms", "44 unknown-key", "did you mean 'latency'?"},
      {"latency: 5ms", "url: x", "44 unknown-key", "a cartridge has no key 'url'"},
      {"outcomes: [technical, ok]", "outcome: [ok]", "47 unknown-key", "mean 'outcomes'?"},
      {"body: false", "boddy: false", "60 unknown-key", "did you mean 'body'?"},
      {"workers: 2", "worker: 2", "61 unknown-key", "did you mean 'workers'?"},
  });
}

TEST(CatalogYaml, ValuesHaveTypes) {
  ExpectMistakes({
      {"description: A line", "description: [x]", "3 wrong-type", "'description' must be a text"},
      {"mandatory: true", "mandatory: yes", "8 wrong-type", "must be true or false, not 'yes'"},
      {"mandatory: true", "mandatory: 'true'", "8 wrong-type", "must be true or false"},
      {"mandatory: true", "mandatory: [true]", "8 wrong-type", "true or false, not a list"},
      {"type: string, default", "type: text, default", "7 unknown-word", "'text' is none of any, "},
      {"after: [site]", "after: site", "10 wrong-type", "'after' must be a list"},
      {"after: [site]", "after: [[site]]", "10 wrong-type", "must be a text, not a list"},
      {"decomposition: [create, remove]", "decomposition: create", "13 wrong-type", "a list"},
      {"concurrency: 8", "concurrency: -1", "51 wrong-type", "a whole number, not '-1'"},
      {"concurrency: 8", "concurrency: 99999999999", "51 wrong-type", "a whole number"},
      {"timeout: 5s", "timeout: 5", "52 bad-duration", "'5' is not a duration"},
      {"outcomes: [technical, ok]", "outcomes: [later]", "47 unknown-word",
       "none of ok, functional, technical and delayed"},
      {"answer: functional", "answer: delayed", "46 unknown-word",
       "none of ok, functional and technical"},
      {"latency: 5ms", "answerWithin: 9000h", "44 out-of-range", "must lie between 0s and"},
      {"retryDelay: 200ms", "retry: {delay: 200ms}", "53 given-twice",
       "either 'retry' or 'attempts'"},
      {"attempts: 3", "retry: {attempts: 3}", "54 given-twice", "say it in 'retry'"},
      {"attempts: 3\n    retryDelay: 200ms", "retry: 3", "53 wrong-type",
       "a retry policy must be a map"},
      {"attempts: 3\n    retryDelay: 200ms", "retry: {tries: 3}", "53 unknown-key", "'tries'"},
      {"attempts: 3\n    retryDelay: 200ms", "retry: {attempts: 0}", "53 out-of-range",
       "it must be more"},
      {"concurrency: 8", "callsPerSecond: 0", "51 out-of-range", "it must be more"},
      {"attempts: 3\n    retryDelay: 200ms", "retry: {delay: 1s, backoff: lineal}",
       "53 unknown-word", "did you mean 'linear'?"},
      {"attempts: 3\n    retryDelay: 200ms", "retry: {jitter: 20}", "53 bad-percentage",
       "such as 20%, not '20'"},
      {"status: 404", "status: 4xx", "58 bad-status", "such as 500-599"},
      {"type: exec", "type: exce", "61 unknown-word", "did you mean 'exec'?"},
      {"type: exec, ", "", "61 missing-key", "a cartridge needs 'type'"},
      {"command: [node, worker.js], ", "", "61 missing-key", "a cartridge needs 'command'"},
      {"    url: http://127.0.0.1:8181/ok\n", "", "48 missing-key", "a cartridge needs 'url'"},
  });
}

TEST(CatalogYaml, ARetryPolicyAndARate) {
  const auto loaded = ReadCatalog({{"a.yaml", R"(cartridges:
  x:
    type: simulated
    retry: {attempts: 5, backoff: exponential, delay: 1s, max: 1m, jitter: 20%}
    callsPerSecond: 50
    burst: 10
)"}});
  ASSERT_TRUE(loaded.has_value()) << loaded.error()[0].ToString();
  const records::Cartridge& cartridge = loaded->catalog->records().cartridges(0);
  EXPECT_EQ(cartridge.attempts(), 5U);
  EXPECT_EQ(cartridge.backoff(), records::EXPONENTIAL);
  EXPECT_EQ(cartridge.retry_delay_ns(), 1'000'000'000);
  EXPECT_EQ(cartridge.retry_delay_max_ns(), 60'000'000'000);
  EXPECT_EQ(cartridge.retry_jitter_percent(), 20U);
  EXPECT_EQ(cartridge.calls_per_second(), 50U);
  EXPECT_EQ(cartridge.burst(), 10U);
}

TEST(CatalogYaml, PeopleAndQuestions) {
  const auto loaded = ReadCatalog({{"a.yaml", R"(cartridges:
  crew: {type: manual, answerWithin: 14d, attempts: 2}
  hlr: {type: simulated, verify: lookUp}
)"}});
  ASSERT_TRUE(loaded.has_value()) << loaded.error()[0].ToString();
  const auto& cartridges = loaded->catalog->records().cartridges();
  EXPECT_TRUE(cartridges[0].has_manual());
  EXPECT_EQ(cartridges[0].answer_within_ns(), 14 * kDay);
  EXPECT_EQ(cartridges[1].verify(), "lookUp");
  EXPECT_THAT(Places({{"a.yaml", "cartridges:\n  crew:\n    type: manual\n    verify: look\n"}}),
              ElementsAre("a.yaml:4 no-verify"));
  EXPECT_THAT(Places({{"a.yaml", "cartridges:\n  crew:\n    type: manual\n    url: x\n"}}),
              ElementsAre("a.yaml:4 unknown-key"));
}

TEST(CatalogYaml, MeaningIsCheckedWithLines) {
  ExpectMistakes({
      {"[create, remove]", "[create, removed]", "13 unknown-technical-product-order",
       "did you mean 'remove'?"},
      {"after: [site]", "after: [sit]", "10 unknown-product", "did you mean 'site'?"},
      {"default: basic", "default: 5", "7 default-not-of-type", "must be of type string"},
      {"pattern: '\\+[0-9]{7,15}'", "pattern: '('", "8 bad-pattern", "missing )"},
      {"  site:\n", "  site:\n    after: [line]\n", "15 cycle", "line -> site -> line"},
      {"{serviceSpecification: 12, characteristic: msisdn}", "{}", "5 empty-selector", "least one"},
      {"cartridge: net}\n", "cartridge: nat}\n", "20 unknown-cartridge", "did you mean 'net'?"},
      {"operation: get,", "operation: gett,", "26 unknown-operation", "did you mean 'get'?"},
      {"input: {id: $msisdn}", "input: {nr: $msisdn}", "26 missing-input", "{id}"},
      {"workOrder: left", "workOrder: first", "26 duplicate-name", "'first' is given twice"},
      {"$first.imsi", "$last.imsi", "33 not-an-earlier-step", "'last' uses the output of 'last'"},
      {"{ref: $right.ref}", "{ref: $left.ref}", "29 not-an-earlier-step", "'more' uses"},
      {"attempts: 3\n    retryDelay: 200ms", "retry: {attempts: 101}", "53 out-of-range", "is 101"},
      {"attempts: 3\n    retryDelay: 200ms", "retry: {delay: 2s, max: 1s}", "53 out-of-range",
       "the longest delay, 1s, is shorter"},
      {"method: GET", "method: FETCH", "57 unknown-method", "'FETCH'"},
      {"url: http://127.0.0.1:8181/ok", "url: 127.0.0.1:8181", "50 bad-url", "must be http://"},
      {"attempts: 3", "attempts: 101", "53 out-of-range", "the limit is 100"},
      {"[node, worker.js]", "[]", "61 empty-command", "no program"},
      {"concurrency: 8", "concurrency: 0", "51 out-of-range",
       "'concurrency' is 0; it must be more"},
      {"timeout: 5s", "timeout: 0ms", "52 out-of-range", "'timeout' is 0ms; it must be more"},
      {"attempts: 3", "attempts: 0", "53 out-of-range", "'attempts' is 0"},
      {"workers: 2", "workers: 00", "61 out-of-range", "'workers' is 00"},
      {"outcomes: [technical, ok]", "outcomes: []", "47 empty-list", "'outcomes' has no entry"},
  });
}

TEST(CatalogYaml, ProcessesAreWellFormed) {
  ExpectMistakes({
      {"process: {workOrder: remove, cartridge: net}", "process:", "20 unknown-process-node",
       "one of 'workOrder', 'sequence', 'parallel', 'choice'"},
      {"process: {workOrder: remove, cartridge: net}", "process: [x]", "20 unknown-process-node",
       "must be a map"},
      {"process: {workOrder: remove, cartridge: net}", "process: {sequence: []}", "20 empty-list",
       "something in it"},
      {"process: {workOrder: remove, cartridge: net}", "process: {parallel: x}", "20 wrong-type",
       "'parallel' must be a list"},
      {"process: {workOrder: remove, cartridge: net}", "description: x", "18 missing-key",
       "needs 'process'"},
      {"process: {workOrder: remove, cartridge: net}", "process: {workOrder: remove}",
       "20 missing-key", "a work order needs 'cartridge'"},
      {"$first.imsi", "$frist.imsi", "33 unknown-step", "did you mean 'first'?"},
      {"$first.imsi", "$first.", "33 bad-reference", "a field must follow"},
      {"${pop::X}", "$pop::X", "34 bad-reference", "${name}"},
      {"from: $plan", "from: plan", "35 bad-reference", "must be a reference"},
      {"[1, $$y]", "[1, $y]", "39 nested-reference", "'$y' is not replaced here"},
      {"default: 1.50", "default: $x", "35 nested-reference", "'$x' is not replaced here"},
  });
  std::string deep = "{workOrder: remove, cartridge: net}";
  for (int i = 0; i < 21; ++i) {
    deep.insert(0, "{sequence: [");
    deep += "]}";
  }
  EXPECT_THAT(Places({{"a.yaml", Changed("{workOrder: remove, cartridge: net}", deep)}}),
              ElementsAre("a.yaml:20 too-deep"));
}

TEST(CatalogYaml, AHugeProcessIsCutShort) {
  // Parallel after parallel: without a limit, the dependencies would be a hundred million.
  std::string half;
  for (int i = 0; i < 10'000; ++i) half += "{workOrder: a, cartridge: c}, ";
  const std::string text = "technicalProductOrders: {x: {process: {sequence: [{parallel: [" + half +
                           "]}, {parallel: [" + half + "]}]}}}\n" +
                           "cartridges: {c: {type: simulated}}";
  EXPECT_THAT(Places({{"a.yaml", text}}), ElementsAre("a.yaml:1 too-many"));
}

TEST(CatalogYaml, ANameTwiceNamesBothPlaces) {
  const std::string one = "cartridges:\n  x: {type: simulated}\n";
  const std::string two = "\n\ncartridges:\n\n  x: {type: simulated}\n";
  EXPECT_THAT(Places({{"one.yaml", one}, {"two.yaml", two}}),
              ElementsAre("two.yaml:5 duplicate-name"));
  const auto loaded = ReadCatalog({{"one.yaml", one}, {"two.yaml", two}});
  ASSERT_FALSE(loaded.has_value());
  EXPECT_EQ(loaded.error()[0].ToString(),
            "two.yaml:5: the cartridge 'x' is already defined at one.yaml:2 (duplicate-name)");
}

TEST(CatalogYaml, ReportsEverythingAtOnceInReadingOrder) {
  EXPECT_THAT(
      Places({{"a.yaml",
               "products:\n  p:\n    after: [q]\n    colour: red\n    actions:\n"
               "      add: {decomposition: [t, u]}\n"},
              {"b.yaml",
               "technicalProductOrders:\n  t:\n    process: "
               "{workOrder: w, cartridge: c}\n"}}),
      ElementsAre("a.yaml:3 unknown-product", "a.yaml:4 unknown-key",
                  "a.yaml:6 unknown-technical-product-order", "b.yaml:3 unknown-cartridge"));
}

TEST(CatalogYaml, ABrokenFileIsNotTakenForAnEmptyOne) {
  EXPECT_THAT(Places({{"a.yaml", "products: {p: {actions: {add: {decomposition: [t]}}}}\n"},
                      {"b.yaml", "technicalProductOrders:\n  t: [\n"}}),
              ElementsAre("b.yaml:3 yaml-syntax"));
  EXPECT_THAT(Places({{"a.yaml", "products: [x]\n"}}), ElementsAre("a.yaml:1 wrong-type"));
  EXPECT_THAT(Places({{"a.yaml", "- x\n"}}), ElementsAre("a.yaml:1 wrong-type"));
  EXPECT_THAT(Places({{"a.yaml", "products: {x: 5}\n"}}), ElementsAre("a.yaml:1 wrong-type"));
  EXPECT_THAT(Places({{"a.yaml", "products: {x: \xff}\n"}}), ElementsAre("a.yaml:1 bad-utf8"));
}

TEST(CatalogYaml, StopsAfterSoManyProblems) {
  std::string text = "products:\n";
  for (int i = 0; i < 1000; ++i) text += "  p" + std::to_string(i) + ": {colour: red}\n";
  const auto loaded = ReadCatalog({{"a.yaml", text}});
  ASSERT_FALSE(loaded.has_value());
  EXPECT_EQ(loaded.error().size(), 201U);
  EXPECT_EQ(loaded.error().back().rule, "too-many-errors");
}

TEST(CatalogYaml, ProblemsBecomeOneError) {
  const Error error = ProblemsAsError({{"a.yaml", 1, "r", "first"}, {"b", 0, "s", "second"}});
  EXPECT_EQ(error.code, ErrorCode::kInvalidArgument);
  EXPECT_EQ(error.message, "a.yaml:1: first (r)\nb: second (s)");
}

class CatalogFolder : public ::testing::Test {
 protected:
  void SetUp() override {
    std::string name = (std::filesystem::temp_directory_path() / "cairn-catalog-XXXXXX").string();
    ASSERT_NE(mkdtemp(name.data()), nullptr);
    folder_ = name;
  }
  void TearDown() override { std::filesystem::remove_all(folder_); }

  void Write(const std::string& name, const std::string& text) {
    std::filesystem::create_directories((folder_ / name).parent_path());
    std::ofstream(folder_ / name) << text;
  }
  std::string Only() {
    const auto loaded = LoadCatalog(folder_);
    if (loaded) return "none";
    return loaded.error().size() == 1 ? loaded.error()[0].rule : "several";
  }

  std::filesystem::path folder_;
};

TEST_F(CatalogFolder, ReadsAllYamlFilesSorted) {
  Write("b.yaml", "cartridges: {b: {type: simulated}}");
  Write("a.yml", "cartridges: {a: {type: simulated}}");
  Write("sub/c.yaml", "cartridges: {c: {type: simulated}}");
  Write("empty.yaml", "");
  Write("notes.txt", "not yaml: [");
  Write(".hidden.yaml", "not yaml: [");
  Write(".versions/d.yaml", "cartridges: {d: {type: simulated}}");
  std::filesystem::create_directory_symlink(folder_ / "sub", folder_ / "again");
  std::filesystem::create_symlink(folder_ / ".versions/d.yaml", folder_ / "d.yaml");
  const auto loaded = LoadCatalog(folder_);
  ASSERT_TRUE(loaded.has_value()) << loaded.error()[0].ToString();
  EXPECT_EQ(loaded->catalog->records().cartridges_size(), 4);
  EXPECT_THAT(loaded->files,
              ElementsAre((folder_ / "a.yml").string(), (folder_ / "b.yaml").string(),
                          (folder_ / "d.yaml").string(), (folder_ / "empty.yaml").string(),
                          (folder_ / "sub/c.yaml").string()));
}

TEST_F(CatalogFolder, ProblemsNameTheFile) {
  Write("sub/c.yaml", "\ncartridges: {c: {type: simulated, colour: red}}");
  const auto loaded = LoadCatalog(folder_);
  ASSERT_FALSE(loaded.has_value());
  EXPECT_EQ(loaded.error()[0].ToString(), (folder_ / "sub/c.yaml").string() +
                                              ":2: a cartridge has no key 'colour' (unknown-key)");
}

TEST_F(CatalogFolder, RefusesAFolderWithoutACatalog) {
  EXPECT_EQ(Only(), "no-files");
  Write("a.yaml", "cartridges: {}");
  EXPECT_EQ(Only(), "none");
  folder_ /= "missing";
  EXPECT_EQ(Only(), "unreadable");
  folder_ = folder_.parent_path();
}

TEST_F(CatalogFolder, RefusesWhatCannotBeRead) {
  Write("a.yaml", "cartridges: {}");
  std::filesystem::create_symlink(folder_ / "nowhere", folder_ / "b.yaml");
  EXPECT_EQ(Only(), "unreadable");
  std::filesystem::remove(folder_ / "b.yaml");
  ASSERT_EQ(mkfifo((folder_ / "pipe.yaml").c_str(), 0600), 0);
  EXPECT_EQ(Only(), "unreadable");
}

TEST_F(CatalogFolder, SizesHaveLimits) {
  Write("a.yaml", std::string(kYamlFileBytesLarge, '#'));
  EXPECT_EQ(Only(), "file-too-large");
  for (const char* name : {"b.yaml", "c.yaml", "d.yaml"}) {
    Write(name, std::string(kYamlFileBytesLarge, '#'));
  }
  EXPECT_EQ(Only(), "too-large");
  for (std::size_t i = 0; i <= kCatalogFilesMax; ++i) Write("x" + std::to_string(i) + ".yaml", "");
  EXPECT_EQ(Only(), "too-many-files");
}

}  // namespace
}  // namespace cairn
