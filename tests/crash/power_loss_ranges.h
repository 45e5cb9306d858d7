// A set of byte ranges of one file: what was written since the file was last made durable.
// Ranges are half open, sorted, disjoint and never adjacent. Plain C, because it lives inside a
// preloaded library. Not thread-safe: the caller holds the lock of the model.
#pragma once

#include <stddef.h>
#include <stdint.h>

struct PowerLossRange {
  int64_t begin;
  int64_t end;
};

// All zero is the empty set.
struct PowerLossRanges {
  struct PowerLossRange* items;
  size_t count;
  size_t capacity;
};

// Adds [begin, end); an empty range changes nothing. Ends the process when memory is used up.
void PowerLossRangesAdd(struct PowerLossRanges* ranges, int64_t begin, int64_t end);

// Makes the set empty and keeps its memory.
void PowerLossRangesClear(struct PowerLossRanges* ranges);

// Makes the set empty and gives its memory back.
void PowerLossRangesFree(struct PowerLossRanges* ranges);
