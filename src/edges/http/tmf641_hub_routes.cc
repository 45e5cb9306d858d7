#include "edges/http/tmf641_hub_routes.h"

#include "edges/http/field_errors.h"
#include "edges/http/order_json.h"
#include "edges/http/order_query.h"
#include "edges/http/problem.h"
#include "edges/http/submission.h"
#include "edges/http/tmf641_events.h"

#include <boost/url/parse.hpp>
#include <boost/url/url_view.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <string>
#include <utility>

namespace cairn::http {
namespace {

constexpr ErrorStyle kStyle = ErrorStyle::kTmf;
constexpr std::size_t kCallbackBytesMax = 2'048;

Json JsonOf(const ListenerView& listener) {
  Json json = Json::Object();
  json.Set("id", Json::String(listener.id));
  json.Set("callback", Json::String(listener.callback));
  json.Set("query", Json::String(listener.query));
  return json;
}

HttpResponse TmfResponse(unsigned status, const Json& json) {
  HttpResponse response;
  response.status = status;
  response.content_type = kTypeTmfJson;
  response.body = json.Serialize();
  return response;
}

// Braces would be taken for the names of fields by what makes the call.
bool IsCallback(const std::string& text) {
  const auto url = boost::urls::parse_uri(text);
  if (!url) return false;
  return (url->scheme() == "http" || url->scheme() == "https") && !url->encoded_host().empty() &&
         !url->has_userinfo() && !url->has_fragment();
}

void Register(EventService& events, const ExchangePtr& exchange) {
  if (auto refusal = RefuseParameters(exchange->request().target, kStyle)) {
    return exchange->Respond(std::move(*refusal));
  }
  const auto body = ParseBody(exchange->request().body);
  if (!body) return exchange->Respond(BodyRefused(kStyle, body.error()));
  FieldErrors errors;
  const Place top;
  std::string callback;
  std::string query;
  if (errors.Object(&*body, top) != nullptr) {
    const Place place = top.Member("callback");
    const Json* given = body->Find("callback");
    if (given == nullptr) errors.Required(place);
    if (const std::string* text = errors.Text(given, place, kCallbackBytesMax)) {
      callback = *text;
      if (!IsCallback(callback)) {
        errors.Add(place, "bad-url", "must be a whole URL that begins with http:// or https://");
      }
    }
    if (const std::string* text =
            errors.Text(body->Find("query"), top.Member("query"), kTextBytesMax)) {
      query = *text;
      if (const auto parsed = ParseHubQuery(query); !parsed) {
        errors.Add(top.Member("query"), parsed.error().rule, parsed.error().detail);
      }
    }
  }
  if (errors.any()) return exchange->Respond(BodyRefused(kStyle, errors.Take()));
  events.AddListener(std::move(callback), std::move(query), exchange->request().caller.name,
                     [exchange](const Result<ListenerView>& listener) {
                       if (!listener) {
                         return exchange->Respond(ErrorResponse(kStyle, listener.error()));
                       }
                       HttpResponse response = TmfResponse(201, JsonOf(*listener));
                       response.must_be_sent = true;
                       response.headers.emplace_back(
                           "Location", fmt::format("{}/{}", kTmf641HubBase, listener->id));
                       exchange->Respond(std::move(response));
                     });
}

void List(EventService& events, const ExchangePtr& exchange) {
  if (auto refusal = RefuseParameters(exchange->request().target, kStyle)) {
    return exchange->Respond(std::move(*refusal));
  }
  Json list = Json::Array();
  for (const ListenerView& listener : events.ListListeners()) list.Push(JsonOf(listener));
  exchange->Respond(TmfResponse(200, list));
}

void Get(EventService& events, const ExchangePtr& exchange) {
  if (auto refusal = RefuseParameters(exchange->request().target, kStyle)) {
    return exchange->Respond(std::move(*refusal));
  }
  const auto listeners = events.ListListeners();
  const auto found = std::find_if(
      listeners.begin(), listeners.end(),
      [&](const ListenerView& listener) { return listener.id == exchange->path_id(); });
  if (found == listeners.end()) {
    return exchange->Respond(ErrorResponse(kStyle, 404, "there is no such listener"));
  }
  exchange->Respond(TmfResponse(200, JsonOf(*found)));
}

void Unregister(EventService& events, const ExchangePtr& exchange) {
  if (auto refusal = RefuseParameters(exchange->request().target, kStyle)) {
    return exchange->Respond(std::move(*refusal));
  }
  events.RemoveListener(exchange->path_id(), exchange->request().caller.name,
                        [exchange](const Status& removed) {
                          if (!removed) {
                            return exchange->Respond(ErrorResponse(kStyle, removed.error()));
                          }
                          HttpResponse response;
                          response.status = 204;
                          response.must_be_sent = true;
                          exchange->Respond(std::move(response));
                        });
}

}  // namespace

void AddTmf641HubRoutes(Router& router, EventService& events) {
  const auto add = [&](Method method, std::string_view pattern,
                       void (*handler)(EventService&, const ExchangePtr&)) {
    router.Add(
        method, pattern, true,
        [&events, handler](const ExchangePtr& exchange) { handler(events, exchange); }, kTypeJson);
  };
  add(Method::kPost, kTmf641HubBase, Register);
  add(Method::kGet, kTmf641HubBase, List);
  add(Method::kGet, fmt::format("{}/{{id}}", kTmf641HubBase), Get);
  add(Method::kDelete, fmt::format("{}/{{id}}", kTmf641HubBase), Unregister);
}

}  // namespace cairn::http
