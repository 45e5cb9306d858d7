// How a cartridge is called: how often a work order is tried, and how quickly calls follow each
// other, and how one sees whether the target is well, and whether it has done something.
//
// One load, one thread.
#pragma once

#include "adapters/catalog_yaml/node_reader.h"
#include "model/catalog.pb.h"

namespace cairn {

// Takes `attempts` and `retryDelay`, or `retry` in place of both; `callsPerSecond` and `burst`;
// `test` and `verify`.
void ReadPace(SectionReader& reader, MapReader& map, records::Cartridge& out);

}  // namespace cairn
