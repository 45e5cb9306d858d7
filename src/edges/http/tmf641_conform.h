// Makes JSON conform to a type of TMF641, by the tables of tmf641_schema.h: what can be mended is,
// and the rest is refused when it comes in and left out when it goes out.
//
// Mended: null and an empty text for a time (both stand for nothing), a number for a text where
// clients are known to write one, names that published samples misspell, a small z in a time, and
// what a reference must have but can be told from the rest of it. Members that no table has are
// kept as they are: the specification lets everybody add some.
//
// Pure functions; any thread. The time is in proportion to the size of the JSON.
#pragma once

#include "base/json.h"
#include "edges/http/field_errors.h"
#include "edges/http/tmf641_schema.h"

#include <optional>
#include <string>

namespace cairn::http {

// Mends `object` and reports what is wrong beyond that, at `place`. For what clients send.
// REQUIRES: object.is_object()
void ConformOrReport(Json& object, const TmfType& type, const Place& place, FieldErrors& errors);

// Mends `object` and leaves out what is wrong beyond that, and what that was mandatory for. For
// what is shown. REQUIRES: object.is_object()
void ConformOrLeaveOut(Json& object, const TmfType& type);

// Leaves out the members of an order, and of its items, that this kind of request does not set.
// REQUIRES: order.is_object()
void DropUnsettable(Json& order, const TmfType& type, TmfAccess request);

// The same moment as every reader of RFC 3339 takes it; nothing: it is no such time. Years that
// this node cannot compute with (before 1970, after 2261) pass.
std::optional<std::string> StrictTime(const std::string& text);

}  // namespace cairn::http
