// The set of dirty byte ranges of one file: a sorted array, merged as it grows.
#include "tests/crash/power_loss_ranges.h"

#include <stdlib.h>
#include <string.h>

// The index of the first range that ends at or after `offset`, so that it touches or follows it.
static size_t FirstTouching(const struct PowerLossRanges* ranges, int64_t offset) {
  size_t low = 0;
  size_t high = ranges->count;
  while (low < high) {
    const size_t middle = low + (high - low) / 2;
    if (ranges->items[middle].end < offset) {
      low = middle + 1;
    } else {
      high = middle;
    }
  }
  return low;
}

static void Grow(struct PowerLossRanges* ranges) {
  const size_t capacity = ranges->capacity == 0 ? 8 : ranges->capacity * 2;
  struct PowerLossRange* items = realloc(ranges->items, capacity * sizeof(*items));
  if (items == NULL) {
    abort();
  }
  ranges->items = items;
  ranges->capacity = capacity;
}

void PowerLossRangesAdd(struct PowerLossRanges* ranges, int64_t begin, int64_t end) {
  if (begin >= end) {
    return;
  }
  const size_t first = FirstTouching(ranges, begin);
  size_t last = first;
  while (last < ranges->count && ranges->items[last].begin <= end) {
    begin = begin < ranges->items[last].begin ? begin : ranges->items[last].begin;
    end = end > ranges->items[last].end ? end : ranges->items[last].end;
    ++last;
  }
  if (first == last && ranges->count == ranges->capacity) {
    Grow(ranges);
  }
  struct PowerLossRange* place = ranges->items + first;
  memmove(place + 1, ranges->items + last, (ranges->count - last) * sizeof(*place));
  ranges->count = ranges->count - (last - first) + 1;
  place->begin = begin;
  place->end = end;
}

void PowerLossRangesClear(struct PowerLossRanges* ranges) { ranges->count = 0; }

void PowerLossRangesFree(struct PowerLossRanges* ranges) {
  free(ranges->items);
  memset(ranges, 0, sizeof(*ranges));
}
