// For each rule of cartridges the smallest change of a good catalog that breaks it.
#include "engine/orders/broken_catalog_test.h"
#include "engine/orders/catalog_check.h"
#include "model/limits.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace cairn::testing {
namespace {

TEST(CatalogCheck, HttpCartridges) {
  const std::string net = "/cartridges/net";
  const std::string port = net + "/operations/port";
  std::vector<Case> cases = {
      {"no-operations", net,
       [](Cat& c) {
         Net(c).mutable_http()->clear_operations();
         Hlr(c).mutable_steps(0)->set_cartridge("sim");
       }},
      {"unknown-method", port + "/method", [](Cat& c) { Port(c).set_method("post"); }},
      {"bad-path", port + "/path", [](Cat& c) { Port(c).set_path("numbers"); }},
      {"bad-path", port + "/path", [](Cat& c) { Port(c).set_path("/a b"); }},
      {"bad-header", port + "/headers/a:b", [](Cat& c) { Port(c).add_headers()->set_name("a:b"); }},
      {"bad-header", net + "/headers/X-Number",
       [](Cat& c) { Net(c).mutable_http()->mutable_headers(0)->set_value("a\r\nb"); }},
      {"reserved-header", port + "/headers/Content-Length",
       [](Cat& c) { Port(c).add_headers()->set_name("Content-Length"); }},
      {"bad-status", port + "/statuses/0",
       [](Cat& c) { Port(c).mutable_statuses(0)->set_to(600); }},
      {"bad-status", port + "/statuses/0",
       [](Cat& c) { Port(c).mutable_statuses(0)->set_from(410); }},
  };
  for (const char* url :
       {"", "127.0.0.1:8181", "ftp://host", "http://", "http://host:70000", "http://host/?a=b",
        "http://user@host", "http://host/a b", "http://host/{x}", "http://host/"}) {
    cases.push_back(
        {"bad-url", net + "/url", [url](Cat& c) { Net(c).mutable_http()->set_url(url); }});
  }
  for (const char* path : {"/{", "/}", "/{}", "/{a{b}}", "/{a}}"}) {
    cases.push_back({"bad-template", port + "/path", [path](Cat& c) { Port(c).set_path(path); }});
  }
  for (const Case& one : cases) {
    ExpectOneError(one);
  }
  for (const char* url : {"https://host", "http://[::1]:80/a", "http://host.example:8080/a/b"}) {
    records::Catalog catalog = GoodCatalog();
    Net(catalog).mutable_http()->set_url(url);
    EXPECT_TRUE(CheckCatalog(catalog).empty()) << url;
  }
}

TEST(CatalogCheck, CartridgePace) {
  const std::vector<Case> cases = {
      {"out-of-range", "/cartridges/net/retry/delay",
       [](Cat& c) {
         Net(c).set_retry_delay_ns(kCartridgeSpanNsMax + 1);
         Net(c).set_backoff(records::LINEAR);
       }},
      {"out-of-range", "/cartridges/net/retry/max",
       [](Cat& c) { Net(c).set_retry_delay_max_ns(kDay + 1); }, "1d"},
      {"out-of-range", "/cartridges/net/retry/max",
       [](Cat& c) {
         Net(c).set_retry_delay_ns(kMinute);
         Net(c).set_retry_delay_max_ns(kSecond);
       },
       "shorter"},
      {"out-of-range", "/cartridges/net/retry/jitter",
       [](Cat& c) { Net(c).set_retry_jitter_percent(101); }},
      {"unknown-backoff", "/cartridges/net/retry/backoff",
       [](Cat& c) {
         Net(c).set_retry_delay_ns(1);
         Net(c).set_backoff(static_cast<records::Backoff>(9));
       }},
      {"no-delay", "/cartridges/net/retry/backoff",
       [](Cat& c) {
         Net(c).clear_retry_delay_ns();
         Net(c).set_backoff(records::EXPONENTIAL);
       }},
      {"out-of-range", "/cartridges/net/callsPerSecond",
       [](Cat& c) { Net(c).set_calls_per_second(kCallsPerSecondMax + 1); }},
      {"out-of-range", "/cartridges/net/burst",
       [](Cat& c) {
         Net(c).set_calls_per_second(1);
         Net(c).set_burst(kCallsPerSecondMax + 1);
       }},
      {"unknown-operation", "/cartridges/net/test", [](Cat& c) { Net(c).set_test("ping"); }},
      {"unknown-operation", "/cartridges/net/verify", [](Cat& c) { Net(c).set_verify("prot"); },
       "did you mean 'port'?"},
      {"no-verify", "/cartridges/sim/verify",
       [](Cat& c) {
         c.mutable_cartridges(1)->mutable_manual();
         c.mutable_cartridges(1)->set_verify("look");
       }},
      {"missing-input", "/technicalProductOrders/hlr/steps/0",
       [](Cat& c) {
         records::HttpOperation& look = *Net(c).mutable_http()->add_operations();
         look.set_name("zlook");
         look.set_method("GET");
         look.set_path("/{imsi}");
         Net(c).set_verify("zlook");
       },
       "{imsi}"},
      {"no-test", "/cartridges/sim/test",
       [](Cat& c) {
         c.mutable_cartridges(1)->mutable_manual();
         c.mutable_cartridges(1)->set_test("ping");
       }},
      {"no-rate", "/cartridges/net/burst", [](Cat& c) { Net(c).set_burst(1); }},
  };
  for (const Case& one : cases) {
    ExpectOneError(one);
  }
}

TEST(CatalogCheck, CartridgeLimits) {
  const std::vector<Case> cases = {
      {"out-of-range", "/cartridges/net/concurrency",
       [](Cat& c) { Net(c).set_concurrency(kConcurrencyMax + 1); }},
      {"out-of-range", "/cartridges/net/attempts",
       [](Cat& c) { Net(c).set_attempts(kAttemptsMax + 1); }},
      {"out-of-range", "/cartridges/net/timeout",
       [](Cat& c) { Net(c).set_timeout_ns(kCartridgeSpanNsMax + 1); }, "1h"},
      {"out-of-range", "/cartridges/net/retryDelay", [](Cat& c) { Net(c).set_retry_delay_ns(-1); }},
      {"unknown-type", "/cartridges/sim/type",
       [](Cat& c) { c.mutable_cartridges(1)->clear_type(); }},
      {"out-of-range", "/cartridges/sim/answerWithin",
       [](Cat& c) { c.mutable_cartridges(1)->set_answer_within_ns(kAnswerWaitNsMax + 1); }},
      {"out-of-range", "/cartridges/sim/operations/create/answerAfter",
       [](Cat& c) { Sim(c).mutable_operations(0)->set_answer_after_ns(-1); }},
      {"unknown-outcome", "/cartridges/sim/operations/create/answer",
       [](Cat& c) { Sim(c).mutable_operations(0)->set_answer(records::SCRIPTED_DELAYED); }},
      {"out-of-range", "/cartridges/sim/latency",
       [](Cat& c) { Sim(c).set_latency_ns(kCartridgeSpanNsMax + 1); }},
      {"too-many", "/cartridges/sim/operations/create/outcomes",
       [](Cat& c) {
         for (int i = 0; i <= kScriptedOutcomesMax; ++i) {
           Sim(c).mutable_operations(0)->add_outcomes(records::SCRIPTED_OK);
         }
       }},
      {"too-large", "/cartridges/sim/operations/create/output",
       [](Cat& c) {
         Fields fields;
         fields.Add("x", "\"" + std::string(kOutputBytesMax, 'x') + "\"");
         Sim(c).mutable_operations(0)->set_output(fields.encoded());
       }},
      {"bad-json", "/cartridges/sim/operations/create/output/x",
       [](Cat& c) {
         Fields fields;
         fields.Add("x", "tru");
         Sim(c).mutable_operations(0)->set_output(fields.encoded());
       }},
      {"duplicate-name", "/cartridges/sim/operations/create",
       [](Cat& c) { Sim(c).add_operations()->set_name("create"); }},
      {"empty-command", "/cartridges/sms/command", [](Cat& c) { Sms(c).clear_command(); }},
      {"empty-command", "/cartridges/sms/command", [](Cat& c) { Sms(c).set_command(0, ""); }},
      {"bad-command", "/cartridges/sms/command/1",
       [](Cat& c) { Sms(c).set_command(1, std::string(kTextBytesMax + 1, 'x')); }},
      {"out-of-range", "/cartridges/sms/workers",
       [](Cat& c) { Sms(c).set_workers(kExecWorkersMax + 1); }},
  };
  for (const Case& one : cases) {
    ExpectOneError(one);
  }
}

}  // namespace
}  // namespace cairn::testing
