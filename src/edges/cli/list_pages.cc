// Lists of the API: the body.
#include "edges/cli/list_pages.h"

#include "edges/cli/json_text.h"
#include "model/limits.h"

#include <fmt/format.h>

namespace cairn::cli {

CliResult<Json> FetchList(NodeClient& node, const ListRequest& request) {
  const std::size_t limit = request.all && request.limit == 0 ? kListLimitMax : request.limit;
  Json joined = Json::Array();
  std::string cursor;
  for (;;) {
    std::string query;
    const auto add = [&](std::string_view name, std::string_view value) {
      query += fmt::format("{}{}={}", query.empty() ? "?" : "&", name, UrlEscape(value));
    };
    for (const auto& [name, value] : request.query) {
      add(name, value);
    }
    if (limit != 0) {
      add("limit", std::to_string(limit));
    }
    if (!cursor.empty()) {
      add("cursor", cursor);
    }
    NodeRequest page;
    page.method = "GET";
    page.path = request.path + query;
    auto reply = node.Send(page);
    if (!reply) {
      return tl::unexpected<Failure>(reply.error());
    }
    if (!request.all) {
      return std::move(reply->json);
    }
    for (const Json& item : ListAt(reply->json, "items")) {
      joined.Push(item);
    }
    const std::string next(TextAt(reply->json, "next"));
    // A cursor that does not move would never end.
    if (next.empty() || next == cursor) {
      break;
    }
    cursor = next;
    if (joined.items().size() > kListItemsMax) {
      return FailWith(ExitCode::kUsage,
                      fmt::format("more than {} items: narrow it down, or read page by page with "
                                  "--limit",
                                  kListItemsMax));
    }
  }
  Json list = Json::Object();
  list.Set("items", std::move(joined));
  return list;
}

void AddPageOptions(CLI::App& command, std::size_t& limit, bool& all) {
  command.add_option("--limit", limit, "At most so many (of one page, with --all)")
      ->check(CLI::Range(std::size_t{1}, kListLimitMax));
  command.add_flag("--all", all, "Read on until there are no more");
}

CliResult<ExitCode> PrintList(const CommandContext& context, const Json& list,
                              const std::string& nothing, const std::function<Table()>& rows) {
  if (context.wants_json()) {
    context.Print(list);
    return ExitCode::kOk;
  }
  if (ListAt(list, "items").empty()) {
    context.around.Note(nothing);
    return ExitCode::kOk;
  }
  context.Print(rows());
  if (!TextAt(list, "next").empty()) {
    context.around.Note("There are more: raise --limit, or see them all with --all.");
  }
  return ExitCode::kOk;
}

}  // namespace cairn::cli
