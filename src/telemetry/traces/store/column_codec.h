// Runs of numbers as few bytes as their shape allows, before zstd sees them: few distinct values as a
// dictionary with one byte each, rising values as differences, others as planes of bytes.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "telemetry/traces/store/wire.h"

namespace aloft::telemetry::traces {

void put_ids(std::string& out, const std::vector<std::uint32_t>& values);
void put_integers(std::string& out, const std::vector<std::int64_t>& values);
void put_reals(std::string& out, const std::vector<double>& values);
void put_small(std::string& out, const std::vector<std::uint8_t>& values);

// Exactly `count` values, each below `limit` for ids. What is malformed spoils the reader and gives fewer.
std::vector<std::uint32_t> get_ids(ByteReader& in, std::size_t count, std::uint64_t limit);
std::vector<std::int64_t> get_integers(ByteReader& in, std::size_t count);
std::vector<double> get_reals(ByteReader& in, std::size_t count);
std::vector<std::uint8_t> get_small(ByteReader& in, std::size_t count, std::uint8_t limit);

}  // namespace aloft::telemetry::traces
