// What an HTTP response means for a work order.
//
// Pure functions; any thread.
#pragma once

#include "ports/cartridge.h"

#include <cstdint>
#include <string>
#include <string_view>

namespace cairn {

// The first entry of the operation's statuses that holds the status; else 2xx is ok, 4xx is
// functional, but 408, 425 and 429 say "try later" and are technical, as is everything else.
Outcome OutcomeOfStatus(const records::HttpOperation& operation, std::uint32_t status);

// Sets outcome, output and detail of a complete response. `body` holds at most kOutputBytesMax
// bytes of it, `body_cut` says that there were more. An ok whose body is no JSON object, or too
// large a one, has no output, and its detail says why.
void FillFromResponse(const records::HttpOperation& operation, std::uint32_t status,
                      std::string_view body, bool body_cut, CartridgeAnswer& answer);

// The beginning of text from outside as one line of valid UTF-8 for people: at most
// `characters_max` characters, runs of blanks and control characters as one blank.
std::string OneCleanLine(std::string_view text, std::size_t characters_max);

}  // namespace cairn
